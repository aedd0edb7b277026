/** A small network in which the test's own process sits on host `a`. */
import { execFileSync } from "node:child_process";
import { buildSync } from "esbuild";
import type { Ip } from "../../src/base/ip.ts";
import type { ProbeLink } from "../../src/os/packet.ts";
import { openRtnl, type Rtnl } from "../../src/os/rtnl.ts";
import type { Mac } from "../../src/wire/link/ethernet.ts";
import { enterNamespace } from "./enter.ts";
import { buildNetwork, type Network } from "./network.ts";

export const ip = (text: string): Ip => text as Ip;

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** Runs a program on host `a` to its end, while this process waits. */
export const command = (...argv: readonly string[]): string =>
  execFileSync(argv[0] ?? "", argv.slice(1), { encoding: "utf8" });

/** Waits for a condition that is about to come true. */
export async function until(condition: () => boolean, limit = 3000): Promise<void> {
  for (const end = performance.now() + limit; !condition(); await sleep(5)) {
    if (performance.now() > end) throw new Error("it did not come true");
  }
}

/** TypeScript for `node -e`, so that it runs in a process of its own; packages come from here. */
export function scriptOf(contents: string): string {
  const { outputFiles } = buildSync({
    stdin: { contents, resolveDir: process.cwd(), loader: "ts" },
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}

export interface World {
  readonly network: Network;
  readonly rtnl: Rtnl;
  readonly eth0: ProbeLink;
  close(): Promise<void>;
}

/** Hosts a, b and c on 192.168.60.0/24 and fd00:60::/64; a and b on 10.99.0.0/24 as well. */
export async function enterWorld(): Promise<World> {
  const network = await buildNetwork({
    a: { eth0: ["192.168.60.1/24", "fd00:60::1/64"], eth1: ["10.99.0.1/24"] },
    b: { eth0: ["192.168.60.2/24", "fd00:60::2/64"], eth1: ["10.99.0.2/24"] },
    c: { eth0: ["192.168.60.3/24", "fd00:60::3/64"] },
  });
  enterNamespace(network.namespace("a"));
  const rtnl = openRtnl();
  const link = (await rtnl.links()).find(({ name }) => name === "eth0");
  return {
    network,
    rtnl,
    eth0: { index: link?.index ?? 0, mac: network.mac("a") as Mac },
    close: async () => {
      rtnl.close();
      await network.close();
    },
  };
}
