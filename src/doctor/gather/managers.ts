/** Which network manager has which interface, by the notes that it keeps in /run. */
import { access, readdir, readFile } from "node:fs/promises";
import type { Link } from "../../wire/rtnl/link.ts";
import type { ManagedLink, NetworkdFact, ProcessFact } from "../facts.ts";

/** The kernel keeps 15 characters of a process's name. */
const NETWORKD = "systemd-network";

/** A manager of another namespace has notes about other interfaces of the same numbers. */
export async function readManagers(
  links: readonly Link[],
  processes: readonly ProcessFact[],
): Promise<readonly ManagedLink[]> {
  const runs = (name: string): boolean => processes.some((one) => one.name === name);
  const found = await Promise.all(
    links.flatMap((link) => [
      ...(runs("NetworkManager") ? [byNetworkManager(link)] : []),
      ...(runs(NETWORKD) ? [byNetworkd(link)] : []),
    ]),
  );
  return [...found.flatMap((one) => one ?? []), ...(await byIfupdown(links))];
}

/** `iface eth0 inet static`; the file says nothing where its program is not installed. */
async function byIfupdown(links: readonly Link[]): Promise<readonly ManagedLink[]> {
  const installed = await access("/usr/sbin/ifdown")
    .catch(() => access("/sbin/ifdown"))
    .then(
      () => true,
      () => false,
    );
  if (!installed) return [];
  const folder = "/etc/network/interfaces.d";
  const more = (await readdir(folder).catch(() => [])).map((name) => `${folder}/${name}`);
  const found: ManagedLink[] = [];
  for (const file of ["/etc/network/interfaces", ...more]) {
    const text = await textOf(file);
    const named = new Set([...text.matchAll(/^\s*iface\s+(\S+)\s/gm)].map(([, name]) => name));
    for (const { name } of links.filter((link) => !link.loopback && named.has(link.name))) {
      found.push({ link: name, manager: "ifupdown", keeps: false, file });
    }
  }
  return found;
}

export async function readNetworkd(
  processes: readonly ProcessFact[],
): Promise<NetworkdFact | undefined> {
  if (!processes.some(({ name }) => name === NETWORKD)) return undefined;
  const tops = ["/usr/lib", "/run", "/etc"].map((top) => `${top}/systemd/networkd.conf`);
  const dropIns = await Promise.all(tops.map((file) => dropInsOf(`${file}.d`)));
  const texts = await Promise.all([...tops, ...dropIns.flat()].map(textOf));
  return {
    takesRoutes: !isNo(lastOf(texts, "ManageForeignRoutes")),
    takesRules: !isNo(lastOf(texts, "ManageForeignRoutingPolicyRules")),
  };
}

const isNo = (value: string): boolean => /^(no|false|0|off)$/i.test(value);

const lastOf = (texts: readonly string[], key: string): string =>
  texts.flatMap((text) => valueOf(text, key) ?? []).at(-1) ?? "";

async function dropInsOf(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((one) => one.endsWith(".conf")).map((one) => `${folder}/${one}`);
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
  const dropIns = await Promise.all(folders.map(dropInsOf));
  const texts = await Promise.all([file, ...dropIns.flat()].map(textOf));
  return /^(yes|true|1|on|static)$/i.test(lastOf(texts, "KeepConfiguration"));
}

const textOf = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");

const valueOf = (text: string, key: string): string | undefined =>
  new RegExp(`^\\s*${key}\\s*=\\s*(.*?)\\s*$`, "m").exec(text)?.[1];
