/** Sends packets of protocol 112 as fast as it is told: `flood LINK SOURCE TO RATE MS HEX…`.
 *
 * RATE is packets a second, 0 as many as go. Prints how many went.
 */
import { readFileSync } from "node:fs";
import { fromHex } from "../../../src/base/bytes.ts";
import type { Ip } from "../../../src/base/ip.ts";
import { openRawSender } from "../../../src/os/raw.ts";

const [link = "", source = "", to = "", rate = "0", duration = "1000", ...hex] =
  process.argv.slice(2);
const index = Number(readFileSync(`/sys/class/net/${link}/ifindex`, "utf8"));
const sender = openRawSender({ name: link, index }, source as Ip);
const packets = hex.map(fromHex);
const BURST = 64;

const began = performance.now();
let sent = 0;
let refused = 0;

function burst(): void {
  const spent = performance.now() - began;
  if (spent >= Number(duration)) {
    console.log(JSON.stringify({ sent, refused }));
    process.exit(0);
  }
  const due = rate === "0" ? sent + BURST : (spent * Number(rate)) / 1000;
  for (; sent < due; sent++) {
    const packet = packets[sent % packets.length];
    if (packet && sender.send(packet, to as Ip) !== 0) refused++;
  }
  if (rate === "0") setImmediate(burst);
  else setTimeout(burst, 1);
}
burst();
