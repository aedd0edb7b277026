/** Which network manager has which interface, by the notes that it keeps in /run. */
import { readdir, readFile } from "node:fs/promises";
import type { Link } from "../../wire/rtnl/link.ts";
import type { ManagedLink, ProcessFact } from "../facts.ts";

/** A manager of another namespace has notes about other interfaces of the same numbers. */
export async function readManagers(
  links: readonly Link[],
  processes: readonly ProcessFact[],
): Promise<readonly ManagedLink[]> {
  const runs = (name: string): boolean => processes.some((one) => one.name === name);
  const found = await Promise.all(
    links.flatMap((link) => [
      ...(runs("NetworkManager") ? [byNetworkManager(link)] : []),
      // The kernel keeps 15 characters of the name.
      ...(runs("systemd-network") ? [byNetworkd(link)] : []),
    ]),
  );
  return found.flatMap((one) => one ?? []);
}

async function byNetworkManager({ name, index }: Link): Promise<ManagedLink | undefined> {
  const text = await textOf(`/run/NetworkManager/devices/${index}`);
  if (valueOf(text, "managed") !== "true") return undefined;
  return { link: name, manager: "NetworkManager", keeps: false, file: undefined };
}

async function byNetworkd({ name, index }: Link): Promise<ManagedLink | undefined> {
  const text = await textOf(`/run/systemd/netif/links/${index}`);
  const state = valueOf(text, "ADMIN_STATE");
  if (state === undefined || state === "unmanaged") return undefined;
  const file = valueOf(text, "NETWORK_FILE");
  const keeps = file === undefined ? false : await keepsForeign(file);
  return { link: name, manager: "systemd-networkd", keeps, file };
}

/** `yes` and `static` let addresses stand that networkd did not configure. */
async function keepsForeign(file: string): Promise<boolean> {
  const name = file.split("/").at(-1) ?? "";
  const folders = ["/usr/lib", "/run", "/etc"].map((top) => `${top}/systemd/network/${name}.d`);
  const dropIns = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(folder).catch(() => []);
      return names.filter((one) => one.endsWith(".conf")).map((one) => `${folder}/${one}`);
    }),
  );
  const texts = await Promise.all([file, ...dropIns.flat()].map(textOf));
  const values = texts.flatMap((text) => valueOf(text, "KeepConfiguration") ?? []);
  return /^(yes|true|1|on|static)$/i.test(values.at(-1) ?? "");
}

const textOf = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");

const valueOf = (text: string, key: string): string | undefined =>
  new RegExp(`^\\s*${key}\\s*=\\s*(.*?)\\s*$`, "m").exec(text)?.[1];
