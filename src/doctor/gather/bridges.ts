/** Bridges of this host that an interface is, or is a port of. */
import { readFile, readlink } from "node:fs/promises";
import type { BridgeFact } from "../facts.ts";

const NET = "/sys/class/net";

export async function readBridges(links: readonly string[]): Promise<readonly BridgeFact[]> {
  const found = await Promise.all(links.map(readBridge));
  return found.flatMap((one) => one ?? []);
}

async function readBridge(link: string): Promise<BridgeFact | undefined> {
  const master = await readlink(`${NET}/${link}/master`).catch(() => undefined);
  const bridge = master?.split("/").at(-1) ?? link;
  const snooping = await valueOf(bridge, "multicast_snooping");
  if (snooping === undefined) return undefined;
  const querier = await valueOf(bridge, "multicast_querier");
  return { interface: link, bridge, snooping: snooping === "1", querier: querier === "1" };
}

const valueOf = (bridge: string, name: string): Promise<string | undefined> =>
  readFile(`${NET}/${bridge}/bridge/${name}`, "utf8").then(
    (text) => text.trim(),
    () => undefined,
  );
