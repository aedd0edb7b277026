/** Modules of the kernel that a configuration needs, and whether they can be had. */
import type { Config } from "../../config/types.ts";
import type { ModuleFacts, ModuleState, Pair } from "../facts.ts";
import { about, type Finding } from "../finding.ts";

const { ok, note, error, unjudged } = about("kernel");

export interface NeededModule {
  readonly name: string;
  /** What in the file needs it. */
  readonly reason: string;
}

/** Schedulers and engines are modules of their own. */
export function neededModules({ services, connectionSync }: Config): readonly NeededModule[] {
  const needed = new Map<string, string>();
  const add = (name: string, reason: string): void => {
    if (!needed.has(name)) needed.set(name, reason);
  };
  if (connectionSync !== undefined) add("ip_vs", "connection sync");
  for (const { name, service } of services) {
    add("ip_vs", `service ${name}`);
    if (service.scheduler !== "none") {
      add(`ip_vs_${service.scheduler}`, `the scheduler ${service.scheduler} of service ${name}`);
    }
    if (service.engine !== undefined) {
      add(`ip_vs_pe_${service.engine}`, `the engine ${service.engine} of service ${name}`);
    }
  }
  return [...needed].map(([name, reason]) => ({ name, reason }));
}

export function kernelRules({ config, facts }: Pair): readonly Finding[] {
  const { modules, kernel } = facts;
  const needed = neededModules(config);
  const absent = needed.filter(({ name }) => modules.states[name] !== "loaded");
  if (absent.length > 0 && modules.otherKernels.length > 0) {
    return [gone(kernel, modules, absent[0]?.name ?? "ip_vs")];
  }
  if (absent.length > 0 && absent.every(({ name }) => stateOf(modules, name) === "unknown")) {
    return [untold(absent.map(({ name }) => name))];
  }
  return needed.map((one) => judgeModule(one, stateOf(modules, one.name), modules.locked));
}

const stateOf = ({ states }: ModuleFacts, name: string): ModuleState => states[name] ?? "unknown";

function judgeModule({ name, reason }: NeededModule, state: ModuleState, locked: boolean): Finding {
  const fix = { kind: "module", name } as const;
  if (state === "loaded") return ok("module", `${name} is in the kernel (${reason})`);
  if (locked) {
    return error("modules-locked", `${name} is not loaded, and no module can be any more`, {
      why: `kernel.modules_disabled is 1, and ${reason} needs it.`,
      remedy: `Load it before that switch is thrown: echo ${name} >/etc/modules-load.d/baton.conf, and boot.`,
    });
  }
  if (state === "available") {
    return note("module-not-loaded", `${name} is not loaded yet; modprobe can`, {
      why: `The kernel loads it itself when ${reason} asks for it.`,
      fix,
    });
  }
  if (state === "unknown") return untold([name]);
  return error("module-missing", `this kernel has no ${name}`, {
    why: `Without it ${reason} can not be set up.`,
    remedy: `Install the package with this kernel's modules (linux-modules-extra, kernel-modules), or choose something else.`,
  });
}

const untold = (names: readonly string[]): Finding =>
  unjudged("module-unknown", `whether ${names.join(", ")} can be loaded could not be told`, {
    why: "There is no folder of modules here, as in a container: the host loads them.",
    remedy: `On the host: modprobe -a ${names.join(" ")}`,
  });

const gone = (kernel: string, { otherKernels }: ModuleFacts, name: string): Finding =>
  error("modules-gone", `the modules of the running kernel ${kernel} are not on the disk`, {
    why: `${name} can not be loaded: an upgrade left ${otherKernels.join(", ")} only.`,
    remedy: "Boot the kernel that is installed.",
  });
