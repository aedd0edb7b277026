/** The names of many addresses, asked of the system many at a time.
 *
 * getnameinfo waits in a thread of libuv's, of which two may do so at once. Their number is settled
 * before a program's own code runs, so that many names are asked for in a process with more.
 */
import { spawn } from "node:child_process";
import { lookupService } from "node:dns/promises";
import { createInterface } from "node:readline";
import type { Ip } from "../base/ip.ts";

/** Up to so many addresses are not worth a process. */
const FEW = 8;
/** Half of them may wait for names. */
const THREADS = "64";

/** Lines of addresses in, `ADDRESS NAME` out, or `ADDRESS` alone where there is no name. */
const ASKER = `
const { lookupService } = require("node:dns");
require("node:readline").createInterface({ input: process.stdin }).on("line", (address) => {
  lookupService(address, 0, (error, name) => console.log(error ? address : address + " " + name));
});
`;

/** Undefined for an address without a name. */
export async function hostNames(
  addresses: readonly Ip[],
): Promise<ReadonlyMap<Ip, string | undefined>> {
  if (addresses.length <= FEW) return namesHere(addresses);
  const found = await namesThere(addresses).catch(() => new Map<Ip, string | undefined>());
  const left = addresses.filter((address) => !found.has(address));
  return left.length === 0 ? found : new Map([...found, ...(await namesHere(left))]);
}

async function namesHere(addresses: readonly Ip[]): Promise<Map<Ip, string | undefined>> {
  const pairs = addresses.map(async (address): Promise<[Ip, string | undefined]> => {
    const answer = await lookupService(address, 0).catch(() => undefined);
    return [address, answer?.hostname];
  });
  return new Map(await Promise.all(pairs));
}

/** What a process that died has not answered is not in the map. */
function namesThere(addresses: readonly Ip[]): Promise<Map<Ip, string | undefined>> {
  const found = new Map<Ip, string | undefined>();
  const child = spawn(process.execPath, ["-e", ASKER], {
    stdio: ["pipe", "pipe", "ignore"],
    env: { ...process.env, UV_THREADPOOL_SIZE: THREADS },
  });
  return new Promise((resolve, reject) => {
    const end = (): void => {
      child.kill();
      resolve(found);
    };
    child.on("error", reject);
    child.stdin.on("error", () => undefined);
    const lines = createInterface({ input: child.stdout });
    lines.on("close", end);
    lines.on("line", (line) => {
      const [address = "", name] = line.split(" ");
      found.set(address as Ip, name);
      if (found.size === addresses.length) end();
    });
    child.stdin.write(`${addresses.join("\n")}\n`);
  });
}
