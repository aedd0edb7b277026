/** Bundles entries with esbuild such that the output runs without node_modules. */
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
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
const loader = (name) => `
import { createRequire } from "node:module";
const file = new URL("./native/${name}-" + process.arch + ".node", import.meta.url);
export default createRequire(import.meta.url)(file.pathname);
`;

/** koffi's own entry only finds its native part and adds warnings for old names: both left out. */
const nativeParts = {
  name: "native-parts",
  setup(build) {
    const namespace = "native-part";
    build.onResolve({ filter: /^koffi$/ }, () => ({ path: "koffi", namespace }));
    build.onResolve({ filter: /^native-part:/ }, ({ path }) => ({
      path: path.slice("native-part:".length),
      namespace,
    }));
    build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
      contents: loader(path),
      loader: "js",
    }));
    build.onLoad({ filter: /node_modules\/netlink\/dist\/raw\.js$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      if (!text.includes(NETLINK_LOOKUP)) throw new Error(`${path}: no lookup of the native part`);
      return { contents: text.replace(NETLINK_LOOKUP, 'require("native-part:netlink").default') };
    });
  },
};

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
    for (const [source, path] of Object.entries(outputs)) {
      build.onResolve({ filter: new RegExp(`/${source.replaceAll(".", "\\.")}$`) }, () => ({
        path,
        external: true,
      }));
    }
  },
});

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

export async function bundle({ entries, outdir, splitting = false, sourcemap = false, ...more }) {
  const result = await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: Object.entries(entries).map(([out, file]) => ({ in: file, out })),
    outdir,
    bundle: true,
    splitting,
    format: "esm",
    platform: "node",
    target: "node20",
    // CommonJS packages call require() for Node's own modules.
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module";\nconst require = __createRequire(import.meta.url);',
    },
    sourcemap: sourcemap ? "linked" : false,
    metafile: true,
    logLevel: "warning",
    plugins: [
      apart(more.apart ?? {}),
      nativeParts,
      ...(more.version === undefined ? [] : [versioned(more.version)]),
    ],
  });
  const native = Object.keys(NATIVE).filter(
    (name) => `native-part:${name}` in result.metafile.inputs,
  );
  copyNativeParts(native, outdir);
  return { packages: packagesOf(result.metafile, native) };
}
