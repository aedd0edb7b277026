/** Small files that must be whole or absent, and the lock that makes a process the only one. */
import { randomUUID } from "node:crypto";
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { constants, type FileHandle, mkdir, open, rename, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { BatonError } from "../base/errors.ts";
import { type Millis, ms } from "../base/units.ts";
import { tryLock } from "./sys.ts";

const GROUP_OR_OTHERS = 0o077;
const PRIVATE = 0o600;
const LOCK_STEP_MS = 20;

/** The text, or undefined where there is no such file. More than `limit` octets are an error. */
export async function readText(path: string, limit = 1024 * 1024): Promise<string | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    const { size } = await file.stat();
    if (size > limit) throw new RangeError(`${path}: ${size} octets, at most ${limit} expected`);
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

/**
 * The first octets of a regular file. Throws for anything else: who opens a pipe that nobody
 * writes waits, and holds one of the few threads that all files are read by.
 */
export async function readStart(path: string, octets: number): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) throw new TypeError("it is no regular file");
    const { buffer, bytesRead } = await file.read(Buffer.alloc(octets), 0, octets, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}

export interface WriteOptions {
  readonly mode?: number;
  /** Still there after a power cut: what a restart relies on. */
  readonly durable?: boolean;
}

/** A reader sees the old text or the new one, never a part. */
export async function writeAtomic(
  path: string,
  text: string | Uint8Array,
  options: WriteOptions = {},
): Promise<void> {
  const temporary = `${path}.${process.pid}.${randomUUID().slice(0, 8)}`;
  try {
    const file = await open(temporary, "wx", options.mode ?? PRIVATE);
    try {
      await file.writeFile(text);
      // Not what the umask leaves of it.
      if (options.mode !== undefined) await file.chmod(options.mode);
      if (options.durable === true) await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  if (options.durable === true) await syncDirectory(dirname(path));
}

/** A file with secrets: refused where its group or others may read it. */
export async function readSecretFile(path: string): Promise<string> {
  const found = await stat(path).catch((error: unknown) => {
    throw isMissing(error) ? missingSecret(path) : error;
  });
  if ((found.mode & GROUP_OR_OTHERS) !== 0) {
    const mode = (found.mode & 0o777).toString(8).padStart(4, "0");
    throw new BatonError("BATON_SECRET", `${path} is readable by others: its mode is ${mode}`);
  }
  const text = await readText(path);
  if (text === undefined) throw missingSecret(path);
  return text;
}

export type LockResult =
  | { readonly kind: "acquired"; readonly release: () => void }
  /** The holder, as far as it wrote itself down. */
  | { readonly kind: "held"; readonly pid: number | undefined };

/**
 * The lock ends with the process, however that ends; what stands in the file is for people. The
 * file stays: taking it away would let two hold a lock of the same name. Tried for as long as
 * `patience`: whoever only lets go of something holds it for a moment.
 */
export async function acquireLock(path: string, patience: Millis = ms(0)): Promise<LockResult> {
  const fd = await openLock(path);
  try {
    if (!(await lockWithin(fd, patience))) {
      const pid = Number.parseInt(readFileSync(path, "utf8"), 10);
      closeSync(fd);
      return { kind: "held", pid: Number.isNaN(pid) ? undefined : pid };
    }
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  writeHolder(fd);
  let held = true;
  const release = (): void => {
    if (held) closeSync(fd);
    held = false;
  };
  return { kind: "acquired", release };
}

async function lockWithin(fd: number, patience: Millis): Promise<boolean> {
  for (let waited = 0; !tryLock(fd); waited += LOCK_STEP_MS) {
    if (waited >= patience) return false;
    await new Promise((resolve) => setTimeout(resolve, LOCK_STEP_MS));
  }
  return true;
}

async function openLock(path: string): Promise<number> {
  try {
    await mkdir(dirname(path), { recursive: true });
    // Descriptors of node:fs are closed on exec, so no child keeps the lock.
    return openSync(path, "a+", 0o644);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "EACCES" && code !== "EPERM") throw error;
    const sentence = `user ${process.getuid?.()} may not write ${path}`;
    throw new BatonError("BATON_ROOT", sentence, { cause: error });
  }
}

/** A lock on a full disk is a lock all the same. */
function writeHolder(fd: number): void {
  try {
    ftruncateSync(fd, 0);
    writeSync(fd, `${process.pid}\n`);
  } catch {
    // Whoever finds the lock held then does not learn by whom.
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

const missingSecret = (path: string): BatonError =>
  new BatonError("BATON_SECRET", `the secret file ${path} is missing`, {
    remedy: "Create it on both directors with the same content and mode 0600.",
  });

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";
