/** What systemd-networkd does with interfaces, and what it takes for its own. */
import type { Link } from "../../wire/rtnl/link.ts";
import type { ManagedLink, NetworkdFact } from "../facts.ts";
import { namesIn, textOf, valueOf } from "./notes.ts";

/** In the order in which they count, the last one most. */
const TOPS = ["/usr/lib", "/run", "/etc"] as const;

export async function byNetworkd(
  { name, index }: Link,
  root: string,
): Promise<ManagedLink | undefined> {
  const text = await textOf(`${root}/run/systemd/netif/links/${index}`);
  const file = valueOf(text, "NETWORK_FILE");
  if (file === undefined || valueOf(text, "ADMIN_STATE") === "unmanaged") return undefined;
  return { link: name, manager: "systemd-networkd", keeps: await keepsForeign(file, root), file };
}

/** `yes` and `static` let addresses stand that networkd did not configure. */
async function keepsForeign(file: string, root: string): Promise<boolean> {
  const name = file.split("/").at(-1) ?? "";
  const folders = TOPS.map((top) => `${root}${top}/systemd/network/${name}.d`);
  const texts = await textsOf([`${root}${file}`], folders);
  return /^(yes|true|1|on|static)$/i.test(lastOf(texts, "KeepConfiguration"));
}

export async function readNetworkd(root: string): Promise<NetworkdFact> {
  const files = TOPS.map((top) => `${root}${top}/systemd/networkd.conf`);
  const texts = await textsOf(
    files,
    files.map((file) => `${file}.d`),
  );
  return {
    takesRoutes: !isNo(lastOf(texts, "ManageForeignRoutes")),
    takesRules: !isNo(lastOf(texts, "ManageForeignRoutingPolicyRules")),
  };
}

/** Files, then their drop-ins, which count more. */
async function textsOf(
  files: readonly string[],
  folders: readonly string[],
): Promise<readonly string[]> {
  const dropIns = await Promise.all(folders.map((folder) => namesIn(folder, ".conf")));
  return Promise.all([...files, ...dropIns.flat()].map(textOf));
}

const isNo = (value: string): boolean => /^(no|false|0|off)$/i.test(value);

const lastOf = (texts: readonly string[], key: string): string =>
  texts.flatMap((text) => valueOf(text, key) ?? []).at(-1) ?? "";
