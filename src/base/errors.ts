/** Every error that an operator can meet: a stable code, a sentence, a remedy. */

/** Code → what to do about it. The sentence, which names what was sought and found, is the caller's. */
export const CATALOGUE = {
  BATON_CONFIG: "Correct the file and run `baton check`.",
  BATON_IMPORT: "Correct the file, or the part of it; its own program has to take it first.",
  BATON_USAGE: "See `baton --help`.",
  BATON_JOURNAL:
    "The daemon writes it from its first start on, for root to read; name a copy of another director's.",
  BATON_RECORDING:
    "Name a file of /var/lib/baton/journal/recordings, unchanged; `baton history` tells which.",
  BATON_ROOT: "Run as root, or grant CAP_NET_ADMIN and CAP_NET_RAW (the systemd unit does).",
  BATON_ALIAS: "Name the real interface: an alias is only a label on an address.",
  BATON_INTERFACE: "Name an interface that `ip link` shows, or set `waitForInterface`.",
  BATON_IDENTITY:
    "Give one director an address of this host in `directors:`, or say who this is with `--as NAME`.",
  BATON_PORT: "Stop the other program, or choose another `heartbeat.port` on both directors.",
  BATON_IPVS: "Load the module with `modprobe ip_vs`; a container needs it on its host.",
  BATON_SECRET: "Run `chmod 600` on the secret file.",
  BATON_RUNNING: "`baton status` shows the daemon that runs; stop it first.",
  BATON_NOT_RUNNING: "Start it with `systemctl start baton` or `baton run`.",
  BATON_CONTROL:
    "Look at the daemon's log; `baton status` reads the kernel where no daemon answers.",
  BATON_REFUSED: "`baton status` says why.",
  BATON_KERNEL: "Look at the kernel's log (`dmesg`) and at `baton status`.",
  BATON_STATE:
    "Install the later version again, or move the file away: what it says is then forgotten.",
  BATON_TIMEOUT: "Try again; if it stays, look at the load of this host and at the log.",
} as const;

export type ErrorCode = keyof typeof CATALOGUE;

export class BatonError extends Error {
  override readonly name = "BatonError";
  readonly code: ErrorCode;
  readonly remedy: string;

  constructor(code: ErrorCode, sentence: string, options?: { remedy?: string; cause?: unknown }) {
    super(sentence, options?.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options?.remedy ?? CATALOGUE[code];
  }
}

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
