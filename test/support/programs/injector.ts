/**
 * Puts frames on a link: `injector LINK`. A line of input is `{"frames":[hex…],"pause":ms}`: they
 * go out in order, one each `pause` milliseconds, as many at once as are due. Says `sent N`.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fromHex } from "../../../src/base/bytes.ts";
import { openPacketSender } from "../../../src/os/packet.ts";

const [link = "eth0"] = process.argv.slice(2);
const index = Number(readFileSync(`/sys/class/net/${link}/ifindex`, "utf8"));
const sender = openPacketSender();

/** A link's queue may be full: what the kernel refuses is sent again. */
function send(frames: readonly Uint8Array[]): number {
  return sender.announce(index, frames).sent;
}

async function inject(frames: readonly Uint8Array[], pause: number): Promise<void> {
  const start = performance.now();
  for (let sent = 0; sent < frames.length; ) {
    const due = pause === 0 ? frames.length : Math.floor((performance.now() - start) / pause) + 1;
    sent += send(frames.slice(sent, Math.min(due, frames.length)));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  console.log(`sent ${frames.length}`);
}

console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  const { frames, pause } = JSON.parse(line) as { frames: string[]; pause: number };
  await inject(frames.map(fromHex), pause);
}
