/** What Debian wants to be told of a package: control, changelog, copyright. */

/** Debian's name of a processor. */
export const DEBIAN_ARCHITECTURE = { x64: "amd64", arm64: "arm64" };
/** Where native parts and a carried Node ask for nothing newer. */
const LIBRARIES = ["libc6 (>= 2.28)", "libgcc-s1", "libstdc++6 (>= 8)"];
const NODE = "nodejs (>= 20.19)";
const WIDTH = 76;

/** DEBFULLNAME and DEBEMAIL say it where the builder has them, as Debian's own tools have it. */
const maintainer = ({ DEBFULLNAME, DEBEMAIL } = process.env) =>
  `${DEBFULLNAME ?? "baton maintainers"} <${DEBEMAIL ?? "maintainers@baton.invalid"}>`;

export function control({ version, arch, runtime, kilobytes }) {
  const depends = [...(runtime ? [] : [NODE]), ...LIBRARIES, "iproute2"].join(", ");
  return `Package: baton
Version: ${version}
Architecture: ${DEBIAN_ARCHITECTURE[arch]}
Maintainer: ${maintainer()}
Installed-Size: ${kilobytes}
Depends: ${depends}
Recommends: kmod
Suggests: nftables, ipvsadm
Section: net
Priority: optional
Description: high-availability director for Linux Virtual Server
 Two directors elect a master by authenticated heartbeats; the master holds
 the virtual addresses, IPVS spreads the clients over the real servers, and
 the connection table goes along when the role moves. It checks the real
 servers, speaks VRRP with keepalived and routers, and brings the command
 ipvsadm along.
${runtime ? ` .\n This package carries Node.js ${runtime}.\n` : ""}`;
}

/** Of CHANGELOG.md: `## VERSION` and bullets. */
export function debianChangelog(markdown, { version, epoch }) {
  const [newest = "", ...older] = markdown.split(/^## /m).slice(1);
  const entries = [[version, newest], ...older.map((text) => [text.split(/[\s(]/, 1)[0], text])];
  const date = new Date(epoch * 1000).toUTCString().replace("GMT", "+0000");
  return entries
    .map(([number, text]) => {
      const bullets = text
        .split(/^- /m)
        .slice(1)
        .map((bullet) => wrapped(bullet.replaceAll(/\s+/g, " ").trim()));
      const head = `baton (${number}) unstable; urgency=medium`;
      return `${head}\n\n${bullets.join("\n")}\n\n -- ${maintainer()}  ${date}\n`;
    })
    .join("\n");
}

function wrapped(text) {
  const lines = [];
  let line = "  *";
  for (const word of text.split(" ")) {
    if (line.length + 1 + word.length > WIDTH && line.trim() !== "*") {
      lines.push(line);
      line = "   ";
    }
    line += ` ${word}`;
  }
  return [...lines, line].join("\n");
}

/** `nodeLicence` is where it lies, if a Node is carried. */
export const copyright = (thirdParty, nodeLicence) => `baton is
Copyright: the authors of baton

License: Apache-2.0
On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.

The bundle contains code of the following packages, with their licences.

${thirdParty.trim()}
${nodeLicence ? `\n\n========\n\nNode.js, in /usr/lib/baton/node: see ${nodeLicence}\n` : ""}`;
