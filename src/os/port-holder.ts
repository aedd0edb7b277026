/** Who holds a UDP port: for the message that a busy port deserves. */
import { readdir, readFile, readlink } from "node:fs/promises";
import { familyOf, type Ip, ipBytes } from "../base/ip.ts";

/** e.g. `dnsmasq (pid 812)`; undefined where it cannot be found, as without root. */
export async function udpPortHolder(address: Ip, port: number): Promise<string | undefined> {
  const inode = await inodeOf(address, port);
  if (inode === undefined) return undefined;
  for (const pid of await readdir("/proc")) {
    if (/^\d+$/.test(pid) && (await holds(pid, inode))) return describe(pid);
  }
  return undefined;
}

/** /proc/net/udp: the local address, as 32-bit words in host order, is the second column. */
async function inodeOf(address: Ip, port: number): Promise<string | undefined> {
  const file = familyOf(address) === 4 ? "/proc/self/net/udp" : "/proc/self/net/udp6";
  const wanted = [procAddress(ipBytes(address)), procAddress(ipBytes(address).fill(0))].map(
    (text) => `${text}:${hex(port, 4)}`,
  );
  const lines = (await readFile(file, "utf8").catch(() => "")).split("\n");
  for (const line of lines) {
    const columns = line.trim().split(/\s+/);
    if (wanted.includes(columns[1] ?? "")) return columns[9];
  }
  return undefined;
}

/** Each word of four octets is printed as the number that it is on a little-endian host. */
function procAddress(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer);
  let text = "";
  for (let i = 0; i < bytes.length; i += 4) text += hex(view.getUint32(i, true), 8);
  return text;
}

const hex = (value: number, digits: number): string =>
  value.toString(16).toUpperCase().padStart(digits, "0");

async function holds(pid: string, inode: string): Promise<boolean> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const fd of descriptors) {
    const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => "");
    if (target === `socket:[${inode}]`) return true;
  }
  return false;
}

async function describe(pid: string): Promise<string> {
  const name = (await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")).trim();
  return `${name === "" ? "a process" : name} (pid ${pid})`;
}
