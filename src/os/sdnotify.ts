/** What systemd is told, by the protocol of sd_notify(3). */
import { closeFd, openSocket, SYS, sendTo } from "./sys.ts";

const MAX_PATH = 107;

/**
 * Sends lines such as `READY=1` to the service manager. False where there is none, or where it
 * does not listen: a daemon carries on without.
 */
export function notify(
  lines: readonly string[],
  path: string | undefined = process.env["NOTIFY_SOCKET"],
): boolean {
  const address = path === undefined ? undefined : unixAddress(path);
  if (!address) return false;
  const fd = openSocket(SYS.AF_UNIX, SYS.SOCK_DGRAM, 0);
  try {
    return sendTo(fd, Buffer.from(lines.join("\n")), address) === 0;
  } finally {
    closeFd(fd);
  }
}

/** Milliseconds within which the manager wants a `WATCHDOG=1`; undefined where it does not watch. */
export function watchdogInterval(
  env: NodeJS.ProcessEnv = process.env,
  pid: number = process.pid,
): number | undefined {
  const micros = Number(env["WATCHDOG_USEC"] ?? 0);
  const watched = env["WATCHDOG_PID"];
  if (watched !== undefined && Number(watched) !== pid) return undefined;
  return micros > 0 ? micros / 1000 : undefined;
}

/** A sockaddr_un; `@name` is an abstract address, whose first octet is zero (unix(7)). */
function unixAddress(path: string): Uint8Array | undefined {
  const name = Buffer.from(path);
  const abstract = path.startsWith("@");
  if (!(abstract || path.startsWith("/")) || name.length > MAX_PATH) return undefined;
  const address = new Uint8Array(2 + name.length + (abstract ? 0 : 1));
  new DataView(address.buffer).setUint16(0, SYS.AF_UNIX, true);
  address.set(name, 2);
  if (abstract) address[2] = 0;
  return address;
}
