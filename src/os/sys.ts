/** The system calls that Node does not offer, as typed functions: the only file that knows the FFI. */
import { getSystemErrorName } from "node:util";
import koffi from "koffi";

/** Constants of <sys/socket.h> and its like that more than one caller needs; equal on all ports of Node. */
export const SYS = {
  AF_UNIX: 1,
  AF_INET: 2,
  AF_INET6: 10,
  AF_PACKET: 17,
  SOCK_DGRAM: 2,
  SOCK_RAW: 3,
  SOCK_NONBLOCK: 0o4000,
  SOCK_CLOEXEC: 0o2000000,
  SOL_SOCKET: 1,
  SO_REUSEADDR: 2,
  SO_RCVBUF: 8,
  SO_RCVBUFFORCE: 33,
  SO_MEMINFO: 55,
} as const;

const EAGAIN = 11;
const EINTR = 4;
const SO_RCVTIMEO = 20;
const SO_BINDTODEVICE = 25;
const SO_ATTACH_FILTER = 26;
const LOCK_EX_NB = 2 | 4;
const CLOCK_BOOTTIME = 7;
const MSG_NOSIGNAL = 0x4000;
/** SK_MEMINFO_DROPS in <linux/sock_diag.h>: the ninth of nine 32-bit words. */
const MEMINFO_DROPS = 8;
const MEMINFO_WORDS = 9;
const SOCKADDR_STORAGE = 128;

/** A system call that failed, e.g. `bind: EADDRINUSE`. */
export class SysError extends Error {
  override readonly name = "SysError";
  readonly syscall: string;
  /** Positive, as in <errno.h>. */
  readonly errno: number;
  readonly code: string;

  constructor(syscall: string, errno: number) {
    super(`${syscall}: ${errorName(errno)}`);
    this.syscall = syscall;
    this.errno = errno;
    this.code = errorName(errno);
  }
}

/** `EEXIST` for 17. */
const errorName = (errno: number): string => getSystemErrorName(-errno);

/** A new descriptor, non-blocking and closed on exec. */
export function openSocket(domain: number, type: number, protocol: number): number {
  const flags = SYS.SOCK_NONBLOCK | SYS.SOCK_CLOEXEC;
  return checked("socket", libc().socket(domain, type | flags, protocol));
}

/** The same, but it waits: for as long as `limit` milliseconds to receive. */
export function openWaitingSocket(
  domain: number,
  type: number,
  { protocol, limit }: { readonly protocol: number; readonly limit: number },
): number {
  const fd = checked("socket", libc().socket(domain, type | SYS.SOCK_CLOEXEC, protocol));
  const [seconds, micros] = [Math.floor(limit / 1000), (limit % 1000) * 1000];
  const time = longBytes() === 8 ? BigInt64Array.of(BigInt(seconds), BigInt(micros)) : undefined;
  const value = time ?? Int32Array.of(seconds, micros);
  checked(
    "setsockopt",
    libc().setsockopt(fd, SYS.SOL_SOCKET, SO_RCVTIMEO, value, value.byteLength),
  );
  return fd;
}

/** `address` is a whole sockaddr. */
export function bind(fd: number, address: Uint8Array): void {
  checked("bind", libc().bind(fd, address, address.length));
}

/** The sockaddr that `fd` is bound to; undefined where it is no socket. */
export function socketAddress(fd: number): Uint8Array | undefined {
  const address = new Uint8Array(SOCKADDR_STORAGE);
  const length = new Uint32Array([address.length]);
  if (libc().getsockname(fd, address, length) !== 0) return undefined;
  return address.subarray(0, length[0] ?? 0);
}

export function closeFd(fd: number): void {
  checked("close", libc().close(fd));
}

/** Sends one datagram without waiting; 0 or the errno, because losing one is ordinary. */
export function sendTo(fd: number, bytes: Uint8Array, address: Uint8Array): number {
  const sent = libc().sendto(fd, bytes, bytes.length, MSG_NOSIGNAL, address, address.length);
  return sent < 0 ? koffi.errno() : 0;
}

/** The length of the next datagram, put into `buffer`; undefined where none waits. */
export function receive(fd: number, buffer: Uint8Array): number | undefined {
  const length = libc().recv(fd, buffer, buffer.length, 0);
  if (length >= 0) return length;
  const errno = koffi.errno();
  if (errno === EAGAIN || errno === EINTR) return undefined;
  throw new SysError("recv", errno);
}

/** As `receive`, on a socket that waits; undefined where its limit has passed. */
export function receiveWaiting(fd: number, buffer: Uint8Array): number | undefined {
  for (;;) {
    const length = libc().recv(fd, buffer, buffer.length, 0);
    if (length >= 0) return length;
    const errno = koffi.errno();
    if (errno === EAGAIN) return undefined;
    // A signal, or a stop and its end: with a limit the kernel does not take it up again.
    if (errno !== EINTR) throw new SysError("recv", errno);
  }
}

export function setOption(fd: number, level: number, option: number, value: number): void {
  const word = new Int32Array([value]);
  checked("setsockopt", libc().setsockopt(fd, level, option, word, word.byteLength));
}

/** For options that are structures. */
export function setStructOption(
  fd: number,
  level: number,
  option: number,
  value: Uint8Array,
): void {
  checked("setsockopt", libc().setsockopt(fd, level, option, value, value.length));
}

/** `target` becomes another name of what `fd` is; what it was before is closed. */
export function duplicateOnto(fd: number, target: number): void {
  checked("dup2", libc().dup2(fd, target));
}

/** For options that may be refused: whether the kernel took it. */
export function trySetOption(fd: number, level: number, option: number, value: number): boolean {
  const word = new Int32Array([value]);
  return libc().setsockopt(fd, level, option, word, word.byteLength) === 0;
}

export function getOption(fd: number, level: number, option: number): number {
  const word = new Int32Array(1);
  const length = new Uint32Array([word.byteLength]);
  checked("getsockopt", libc().getsockopt(fd, level, option, word, length));
  return word[0] ?? 0;
}

/** A receive buffer beyond net.core.rmem_max where CAP_NET_ADMIN allows it, else as far as allowed. */
export function growReceiveBuffer(fd: number, size: number): void {
  if (trySetOption(fd, SYS.SOL_SOCKET, SYS.SO_RCVBUFFORCE, size)) return;
  trySetOption(fd, SYS.SOL_SOCKET, SYS.SO_RCVBUF, size);
}

/** Lets the kernel throw away what a classic BPF `program` of 8-octet instructions refuses. */
export function attachFilter(fd: number, program: Uint8Array): void {
  const { setFilter, filterSize } = libc();
  const fprog = { len: program.length / 8, filter: program };
  checked("setsockopt", setFilter(fd, SYS.SOL_SOCKET, SO_ATTACH_FILTER, fprog, filterSize));
}

/** Keeps to one link what is sent and received; needs CAP_NET_RAW on older kernels. */
export function bindToDevice(fd: number, link: string): void {
  const name = new TextEncoder().encode(`${link}\0`);
  checked("setsockopt", libc().setsockopt(fd, SYS.SOL_SOCKET, SO_BINDTODEVICE, name, name.length));
}

/** Datagrams that the kernel threw away because the receive buffer was full (the Drops of /proc/net). */
export function receiveDrops(fd: number): number {
  const words = new Uint32Array(MEMINFO_WORDS);
  const length = new Uint32Array([words.byteLength]);
  checked("getsockopt", libc().getsockopt(fd, SYS.SOL_SOCKET, SYS.SO_MEMINFO, words, length));
  return words[MEMINFO_DROPS] ?? 0;
}

/** Takes the whole-file lock if nobody holds it; it ends with the descriptor. */
export function tryLock(fd: number): boolean {
  if (libc().flock(fd, LOCK_EX_NB) === 0) return true;
  const errno = koffi.errno();
  if (errno === EAGAIN) return false;
  throw new SysError("flock", errno);
}

/** Milliseconds since boot, suspended time included: comparable between processes of one boot. */
export function bootMillis(): number {
  const parts = longBytes() === 8 ? new BigInt64Array(2) : new Int32Array(2);
  checked("clock_gettime", libc().clock_gettime(CLOCK_BOOTTIME, parts));
  return Number(parts[0] ?? 0) * 1000 + Number(parts[1] ?? 0) / 1e6;
}

function checked(syscall: string, result: number): number {
  if (result < 0) throw new SysError(syscall, koffi.errno());
  return result;
}

type Memory = ArrayBufferView | null;

interface Libc {
  readonly socket: (domain: number, type: number, protocol: number) => number;
  readonly bind: (fd: number, address: Memory, length: number) => number;
  readonly getsockname: (fd: number, address: Memory, length: Memory) => number;
  readonly close: (fd: number) => number;
  readonly dup2: (fd: number, target: number) => number;
  readonly sendto: (
    fd: number,
    bytes: Memory,
    length: number,
    flags: number,
    address: Memory,
    addressLength: number,
  ) => number;
  readonly recv: (fd: number, bytes: Memory, length: number, flags: number) => number;
  readonly setsockopt: (
    fd: number,
    level: number,
    option: number,
    value: Memory,
    length: number,
  ) => number;
  /** setsockopt with a struct sock_fprog, which holds a pointer. */
  readonly setFilter: (
    fd: number,
    level: number,
    option: number,
    program: { readonly len: number; readonly filter: Uint8Array },
    length: number,
  ) => number;
  readonly filterSize: number;
  readonly getsockopt: (
    fd: number,
    level: number,
    option: number,
    value: Memory,
    length: Memory,
  ) => number;
  readonly flock: (fd: number, operation: number) => number;
  readonly clock_gettime: (clock: number, time: Memory) => number;
}

/** `ssize_t` is `long` here: the FFI does not know the former. */
const PROTOTYPES: Readonly<Record<Exclude<keyof Libc, "filterSize">, string>> = {
  socket: "int socket(int, int, int)",
  bind: "int bind(int, const void *, uint32_t)",
  getsockname: "int getsockname(int, void *, void *)",
  close: "int close(int)",
  dup2: "int dup2(int, int)",
  sendto: "long sendto(int, const void *, size_t, int, const void *, uint32_t)",
  recv: "long recv(int, void *, size_t, int)",
  setsockopt: "int setsockopt(int, int, int, const void *, uint32_t)",
  setFilter: "int setsockopt(int, int, int, const sock_fprog *, uint32_t)",
  getsockopt: "int getsockopt(int, int, int, void *, void *)",
  flock: "int flock(int, int)",
  clock_gettime: "int clock_gettime(int, void *)",
};

let loaded: Libc | undefined;

/** The process's own libc, whichever it is (null: no library by name), bound at first use. */
function libc(): Libc {
  if (loaded) return loaded;
  const library = koffi.load(null);
  const filter = koffi.struct("sock_fprog", { len: "uint16_t", filter: "const void *" });
  const functions = Object.fromEntries(
    Object.entries(PROTOTYPES).map(([name, prototype]) => [name, library.func(prototype)]),
  );
  loaded = { ...functions, filterSize: koffi.sizeof(filter) } as unknown as Libc;
  return loaded;
}

const longBytes = (): number => koffi.sizeof("long");
