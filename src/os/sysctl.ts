/** Kernel parameters below /proc/sys by their dotted names. */
import { readFile, writeFile } from "node:fs/promises";

const ROOT = "/proc/sys";
/** Branches whose next part is the name of an interface, which may hold dots (`eth0.100`). */
const PER_INTERFACE = /^(net\.ipv[46]\.(?:conf|neigh))\.(.+)\.([^.]+)$/;

/** `net.ipv4.conf.eth0.100.rp_filter` → `/proc/sys/net/ipv4/conf/eth0.100/rp_filter`. */
export function sysctlPath(name: string): string {
  const [, branch, link, leaf] = PER_INTERFACE.exec(name) ?? [];
  if (branch === undefined || link === undefined || leaf === undefined) {
    return `${ROOT}/${name.replaceAll(".", "/")}`;
  }
  return `${ROOT}/${branch.replaceAll(".", "/")}/${link}/${leaf}`;
}

/** The value with its white space made single blanks; undefined where the kernel has no such name. */
export async function readSysctl(name: string): Promise<string | undefined> {
  try {
    return normal(await readFile(sysctlPath(name), "utf8"));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Throws the file system's error: ENOENT, EACCES, EROFS in a container, EINVAL for a bad value. */
export async function writeSysctl(name: string, value: string): Promise<void> {
  await writeFile(sysctlPath(name), value, { flag: "r+" });
}

const normal = (text: string): string => text.trim().replaceAll(/\s+/g, " ");

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";
