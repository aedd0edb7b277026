/** The standard descriptors without Node's streams: loading those takes longer than most commands. */
import { readSync, writeSync } from "node:fs";

const [STDIN, STDOUT, STDERR] = [0, 1, 2];
const CHUNK = 64 * 1024;
/** Octets that a unit of a string takes at most. */
const UTF8_MOST = 3;
/** A pipe that somebody else made non-blocking is full or empty: tried again after so long. */
const PAUSE_MS = 1;

export interface DirectOutput {
  /** Kept until there is enough of it, something goes to `err`, or `flush`. */
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly flush: () => void;
}

export function directOutput(): DirectOutput {
  const buffer = Buffer.allocUnsafe(CHUNK);
  let used = 0;
  const flush = (): void => {
    const length = used;
    used = 0;
    writeAll(STDOUT, buffer.subarray(0, length));
  };
  return {
    out: (text) => {
      const most = text.length * UTF8_MOST;
      if (used + most > CHUNK) flush();
      if (most > CHUNK) writeAll(STDOUT, Buffer.from(text));
      else used += buffer.write(text, used);
    },
    err: (text) => {
      flush();
      writeAll(STDERR, Buffer.from(text));
    },
    flush,
  };
}

/** What nobody reads any more, as in `| head`, is nobody's error. */
function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) {
    const written = patiently(() => writeSync(fd, bytes, at));
    if (written === undefined) return;
    at += written;
  }
}

/** What comes on the standard input, as it comes; each is valid until the next. */
export function* directInput(): Generator<Buffer, void> {
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (;;) {
    const length = patiently(() => readSync(STDIN, buffer)) ?? 0;
    if (length === 0) return;
    yield buffer.subarray(0, length);
  }
}

/** Undefined where it can not be done at all. */
function patiently(act: () => number): number | undefined {
  for (;;) {
    try {
      return act();
    } catch (error) {
      if (!isBusy(error)) return undefined;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "EAGAIN";
