/** Rules about the kernel's connection sync. */
import { familyOf } from "../../base/ip.ts";
import { error, type Problem, warning } from "../report.ts";
import type { Config } from "../types.ts";
import { serverPlace } from "./places.ts";

export function checkSync(config: Config): Problem[] {
  const sync = config.connectionSync;
  if (sync === undefined) return [];
  const problems: Problem[] = [...mixedFamilies(config)];
  const sharing = config.instances.find(
    (instance) =>
      instance.interface === sync.interface ||
      instance.vips.some((vip) => vip.interface === sync.interface),
  );
  if (sharing !== undefined) {
    const whose = `${sync.interface} carries the VIPs of ${sharing.name} too`;
    const message = `${whose}: whoever is on its network can plant connections`;
    const remedy = "Give connection sync an interface and a network of its own.";
    problems.push(warning(["connectionSync", "interface"], message, { remedy }));
  }
  if (sync.syncId === 0) {
    const message = "0 takes the connections of every sync daemon on the network";
    problems.push(warning(["connectionSync", "syncId"], message));
  }
  return problems;
}

/** ip_vs_ctl.c refuses such destinations while a sync daemon runs, and the daemon beside them. */
const mixedFamilies = ({ services }: Config): Problem[] =>
  services.flatMap(({ name, service, servers }) => {
    const { key } = service;
    const family = key.kind === "mark" ? key.family : familyOf(key.address);
    return servers.flatMap((server, i) => {
      if (familyOf(server.address) === family) return [];
      const what = `${server.address} is of another family than its service`;
      const message = `${what}: the kernel refuses that beside connectionSync`;
      return [error(serverPlace(name, i), message)];
    });
  });
