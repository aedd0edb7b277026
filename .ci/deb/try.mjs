/** `npm run package -- --try RELEASE`: a package's life in a fresh Debian, with apt and dpkg. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { makePackage } from "./make.mjs";

/** Stops at the first line that fails; `told` is what the package said last. */
const STORY = `set -eu
export DEBIAN_FRONTEND=noninteractive
step() { echo "try: $*"; }
quietly() { "$@" >/tmp/told 2>&1 || { cat /tmp/told; exit 1; }; }
install() { quietly apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$1"; }
whole() { [ -z "$(dpkg --verify baton)" ]; }

apt-get update -qq
step "apt installs it"
install /OLD
grep -q "neither enabled nor started" /tmp/told
whole
baton --version
baton --help >/dev/null
baton check --no-host
baton status || [ $? = 3 ]
baton completion bash | cmp - /usr/share/bash-completion/completions/baton
zcat /usr/share/doc/baton/changelog.gz | head -1 | grep -q '^baton ('

step "an upgrade leaves what the operator wrote, and asks nothing"
printf '# mine\\n' >>/etc/baton/baton.yaml
echo "1:0123456789abcdef" >/etc/baton/heartbeat.key
install /NEW
grep -q '^# mine$' /etc/baton/baton.yaml
! grep -q "neither enabled" /tmp/told
whole
baton --version

step "and back"
dpkg -i /OLD >/dev/null
whole
baton --version

step "removed: the configuration stays"
mkdir -p /var/lib/baton
echo 7 >/var/lib/baton/counter
apt-get remove -y -qq baton >/dev/null
[ -e /etc/baton/baton.yaml ] && [ -e /var/lib/baton/counter ] && [ ! -e /usr/bin/baton ]

step "purged: only the key stays"
dpkg --purge baton >/tmp/told 2>&1
grep -q "was not written by this package" /tmp/told
[ ! -e /var/lib/baton ] && [ "$(ls /etc/baton)" = heartbeat.key ]

step "purged without anything left"
rm /etc/baton/heartbeat.key
install /OLD
dpkg --purge baton >/dev/null
[ ! -e /etc/baton ] && [ ! -e /usr/lib/baton ]
step "all of it holds"
`;

export async function tryPackage(release, { runtime = false }) {
  const folder = mkdtempSync(join(tmpdir(), "baton-try-"));
  const root = join(folder, "root");
  try {
    const [older, newer] = [
      await makePackage({ runtime, out: folder, version: "0.1.0" }),
      await makePackage({ runtime, out: folder, version: "0.1.1" }),
    ];
    console.log(`try: a fresh ${release} (mmdebstrap)`);
    run("mmdebstrap", "--quiet", "--variant=minbase", release, root);
    for (const file of [older, newer]) copyFileSync(file, join(root, basename(file)));
    const story = STORY.replaceAll("/OLD", `/${basename(older)}`);
    writeFileSync(join(root, "story.sh"), story.replaceAll("/NEW", `/${basename(newer)}`));
    const enter = 'mount -t proc proc "$1/proc" && exec chroot "$1" sh /story.sh';
    run("unshare", "--mount", "sh", "-c", enter, "sh", root);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What apt needs to reach its mirror, and nothing else of this machine. */
const environment = () => ({
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => /_proxy$/i.test(name))),
});

function run(command, ...args) {
  const { status, error } = spawnSync(command, args, {
    stdio: ["ignore", "inherit", "inherit"],
    env: environment(),
  });
  if (error) throw new Error(`${command}: ${error.message}`);
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
}
