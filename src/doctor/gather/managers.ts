/** Which network manager has which interface, by the notes that it keeps. */
import { access } from "node:fs/promises";
import type { Link } from "../../wire/rtnl/link.ts";
import type { ManagedLink, NetworkdFact, ProcessFact } from "../facts.ts";
import { byNetworkd, readNetworkd } from "./networkd.ts";
import { namesIn, textOf, valueOf } from "./notes.ts";

/** The kernel keeps 15 characters of a process's name. */
const NETWORKD = "systemd-network";

export interface Managers {
  readonly managed: readonly ManagedLink[];
  readonly networkd: NetworkdFact | undefined;
}

/** A manager of another namespace has notes about other interfaces of the same numbers. */
export async function readManagers(
  links: readonly Link[],
  processes: readonly ProcessFact[],
  root = "",
): Promise<Managers> {
  const runs = (name: string): boolean => processes.some((one) => one.name === name);
  const found = await Promise.all(
    links.flatMap((link) => [
      ...(runs("NetworkManager") ? [byNetworkManager(link, root)] : []),
      ...(runs(NETWORKD) ? [byNetworkd(link, root)] : []),
    ]),
  );
  return {
    managed: [...found.flatMap((one) => one ?? []), ...(await byIfupdown(links, root))],
    networkd: runs(NETWORKD) ? await readNetworkd(root) : undefined,
  };
}

async function byNetworkManager(
  { name, index }: Link,
  root: string,
): Promise<ManagedLink | undefined> {
  const text = await textOf(`${root}/run/NetworkManager/devices/${index}`);
  if (valueOf(text, "managed") !== "true") return undefined;
  return { link: name, manager: "NetworkManager", keeps: false, file: undefined };
}

/** `iface eth0 inet static`; the file says nothing where its program is not installed. */
async function byIfupdown(links: readonly Link[], root: string): Promise<readonly ManagedLink[]> {
  if (!(await isThere(`${root}/usr/sbin/ifdown`)) && !(await isThere(`${root}/sbin/ifdown`))) {
    return [];
  }
  const main = `${root}/etc/network/interfaces`;
  const found: ManagedLink[] = [];
  for (const file of [main, ...(await namesIn(`${main}.d`, ""))]) {
    const text = await textOf(file);
    const named = new Set([...text.matchAll(/^\s*iface\s+(\S+)\s/gm)].map(([, name]) => name));
    for (const { name } of links.filter((link) => !link.loopback && named.has(link.name))) {
      found.push({ link: name, manager: "ifupdown", keeps: false, file });
    }
  }
  return found;
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
