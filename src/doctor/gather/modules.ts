/** Whether modules are in the kernel, or could be. */
import { access, readdir, readFile } from "node:fs/promises";
import { readSysctl } from "../../os/sysctl.ts";
import type { ModuleFacts, ModuleState } from "../facts.ts";

export async function readModules(
  names: readonly string[],
  kernel: string,
  root = "/lib/modules",
): Promise<ModuleFacts> {
  const lists = await Promise.all(
    ["modules.dep", "modules.builtin"].map((name) =>
      readFile(`${root}/${kernel}/${name}`, "utf8").catch(() => undefined),
    ),
  );
  const [available, builtin] = lists;
  const states = await Promise.all(
    names.map(async (name): Promise<readonly [string, ModuleState]> => {
      if (await isLoaded(name)) return [name, "loaded"];
      if (has(builtin, name)) return [name, "loaded"];
      if (available === undefined) return [name, "unknown"];
      return [name, has(available, name) ? "available" : "missing"];
    }),
  );
  const kernels = await readdir(root).catch(() => []);
  return {
    states: Object.fromEntries(states),
    otherKernels: available === undefined ? kernels.filter((one) => one !== kernel) : [],
    locked: (await readSysctl("kernel.modules_disabled").catch(() => undefined)) === "1",
  };
}

const isLoaded = (name: string): Promise<boolean> =>
  access(`/sys/module/${name}`).then(
    () => true,
    () => false,
  );

/** The file's name may have dashes where the module's has underscores. */
function has(list: string | undefined, name: string): boolean {
  if (list === undefined) return false;
  const pattern = name.replaceAll("_", "[_-]");
  return new RegExp(`(^|/)${pattern}\\.ko(\\.\\w+)?(:|$)`, "m").test(list);
}
