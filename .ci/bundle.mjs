/** Bundles entries with esbuild such that the output runs without node_modules. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const MODULES = join(ROOT, "node_modules");
const ARCHITECTURES = ["x64", "arm64"];

/** Where each native part lies in node_modules, by processor. */
const NATIVE = {
  koffi: (arch) => join(MODULES, `@koromix/koffi-linux-${arch}`, `linux_${arch}`, "koffi.node"),
  netlink: (arch) => join(MODULES, "netlink", "prebuilds", `linux-${arch}`, "node.napi.node"),
};

/** The lookup in netlink that searches the disk for its prebuild; see NATIVE. */
const NETLINK_LOOKUP = "require('node-gyp-build')(__dirname + '/..')";

/** A module that loads one native part from `native/`, beside the file it is bundled into. */
const loader = (name, format) =>
  format === "cjs"
    ? `module.exports = require(__dirname + "/native/${name}-" + process.arch + ".node");`
    : `
import { createRequire } from "node:module";
const file = new URL("./native/${name}-" + process.arch + ".node", import.meta.url);
export default createRequire(import.meta.url)(file.pathname);
`;

/** koffi's own entry only finds its native part and adds warnings for old names: both left out. */
const nativeParts = (format) => ({
  name: "native-parts",
  setup(build) {
    const namespace = "native-part";
    build.onResolve({ filter: /^koffi$/ }, () => ({ path: "koffi", namespace }));
    build.onResolve({ filter: /^native-part:/ }, ({ path }) => ({
      path: path.slice("native-part:".length),
      namespace,
    }));
    build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
      contents: loader(path, format),
      loader: "js",
    }));
    build.onLoad({ filter: /node_modules\/netlink\/dist\/raw\.js$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      if (!text.includes(NETLINK_LOOKUP)) throw new Error(`${path}: no lookup of the native part`);
      return { contents: text.replace(NETLINK_LOOKUP, 'require("native-part:netlink").default') };
    });
  },
});

/** Another version than the source has. */
const versioned = (version) => ({
  name: "version",
  setup(build) {
    build.onLoad({ filter: /\/src\/base\/version\.ts$/ }, () => ({
      contents: `export const VERSION = ${JSON.stringify(version)};`,
    }));
  },
});

/** Sources that a build of their own puts beside this one: fewer files where the start counts. */
const apart = (outputs) => ({
  name: "apart",
  setup(build) {
    const namespace = "apart";
    for (const [source, path] of Object.entries(outputs)) {
      const filter = new RegExp(`${source.replaceAll(".", "\\.")}$`);
      const common = path.endsWith(".cjs");
      build.onResolve({ filter, namespace: "file" }, () =>
        common ? { path, namespace } : { path, external: true },
      );
    }
    // Node reads the whole text of what is imported from CommonJS, for its names; not if required.
    build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
      contents: `export const { main } = process
        .getBuiltinModule("node:module")
        .createRequire(import.meta.url)(${JSON.stringify(path)});`,
      loader: "js",
    }));
  },
});

/** Empty lines, for the source map, where nothing is required: loading node:module takes time. */
function trimBanners(outputs) {
  for (const path of Object.keys(outputs).filter((each) => each.endsWith(".js"))) {
    const text = readFileSync(join(ROOT, path), "utf8");
    const [head, ...rest] = text.split(REQUIRE);
    if (rest.length !== 1 || /\brequire\b/.test(rest[0])) continue;
    writeFileSync(join(ROOT, path), `${head}\n${rest[0]}`);
  }
}

function copyNativeParts(names, outdir) {
  if (names.length > 0) mkdirSync(join(outdir, "native"), { recursive: true });
  for (const name of names) {
    const from = NATIVE[name];
    for (const arch of ARCHITECTURES.filter((each) => existsSync(from(each)))) {
      copyFileSync(from(arch), join(outdir, "native", `${name}-${arch}.node`));
    }
  }
}

/** The packages that the output contains, for their licences. */
function packagesOf(metafile, native) {
  const names = Object.keys(metafile.inputs).flatMap((input) => {
    const match = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    return match ? [match[1]] : [];
  });
  return [...new Set([...names, ...native])].sort();
}

/** CommonJS packages call require() for Node's own modules. */
const REQUIRE =
  'import { createRequire as __createRequire } from "node:module";\nconst require = __createRequire(import.meta.url);';
const MODULE = { format: "esm", banner: { js: REQUIRE } };
/** Loads sooner: importing one of Node's own modules into an ES module loads all that it leads to. */
const COMMON = {
  format: "cjs",
  outExtension: { ".js": ".cjs" },
  minifyWhitespace: true,
  minifySyntax: true,
};

export async function bundle({ entries, outdir, splitting = false, sourcemap = false, ...more }) {
  const kind = more.common ? COMMON : MODULE;
  const result = await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: Object.entries(entries).map(([out, file]) => ({ in: file, out })),
    outdir,
    bundle: true,
    splitting,
    ...kind,
    platform: "node",
    target: "node20",
    sourcemap: sourcemap ? "linked" : false,
    metafile: true,
    logLevel: "warning",
    plugins: [
      apart(more.apart ?? {}),
      nativeParts(kind.format),
      ...(more.version === undefined ? [] : [versioned(more.version)]),
    ],
  });
  trimBanners(result.metafile.outputs);
  const native = Object.keys(NATIVE).filter(
    (name) => `native-part:${name}` in result.metafile.inputs,
  );
  copyNativeParts(native, outdir);
  return { packages: packagesOf(result.metafile, native) };
}
