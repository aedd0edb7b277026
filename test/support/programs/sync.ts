/** Fills the connection table of a director's peer, or waits until this director is level:
 * `sync plant COUNT LINK SYNC-ID VIP:PORT SERVER:PORT`, `sync level SOCKET`.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Ip } from "../../../src/base/ip.ts";
import { askStatus } from "../../../src/control/client.ts";
import { openSyncSender } from "../../../src/os/sync-sender.ts";
import { encodeMessages, type SyncRecord } from "../../../src/wire/sync/message.ts";

const MAX_LENGTH = 1472;
/** The receiver's socket holds about ninety messages. */
const BURST = 16;
const PAUSE_MS = 2;
const LOOK_EVERY_MS = 100;

interface At {
  readonly address: Ip;
  readonly port: number;
}

const atOf = (text = ""): At => {
  const [address = "", port] = text.split(":");
  return { address: address as Ip, port: Number(port) };
};

/** The nth established connection of a client of its own. */
const record = (n: number, virtual: At, server: At): SyncRecord => ({
  protocol: 6,
  // Direct routing.
  flags: 3,
  state: 1,
  client: `10.${1 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}` as Ip,
  clientPort: 40_000,
  virtual: virtual.address,
  virtualPort: virtual.port,
  destination: server.address,
  destinationPort: server.port,
  mark: 0,
  timeout: 900,
  engine: undefined,
});

/** As a sync daemon says it: whoever runs a backup daemon on the link takes them. */
async function plant(words: readonly string[]): Promise<void> {
  const [count, link = "", syncId, virtual, server] = words;
  const [vip, real] = [atOf(virtual), atOf(server)];
  const target = { interface: link, group: undefined, port: undefined, ttl: undefined };
  const sender = await openSyncSender(target);
  const records = Array.from({ length: Number(count) }, (_, n) => record(n, vip, real));
  for (const [index, message] of encodeMessages(Number(syncId), records, MAX_LENGTH).entries()) {
    await sender.send(message);
    if (index % BURST === BURST - 1) await sleep(PAUSE_MS);
  }
  sender.close();
}

async function level(socket: string): Promise<void> {
  for (;;) {
    const answer = await askStatus(socket).catch(() => undefined);
    const known = answer?.kind === "running" ? answer.snapshot.instances : [];
    if (known.length > 0 && known.every((one) => one.level)) return;
    await sleep(LOOK_EVERY_MS);
  }
}

const [word, ...rest] = process.argv.slice(2);
await (word === "plant" ? plant(rest) : level(rest[0] ?? ""));
