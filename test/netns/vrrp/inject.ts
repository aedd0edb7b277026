/** Packets of protocol 112 from the client's address, which belongs to no director. */
import { toHex } from "../../../src/base/bytes.ts";
import type { Ip } from "../../../src/base/ip.ts";
import { encode } from "../../../src/wire/vrrp/advert.ts";
import type { Advert } from "../../../src/wire/vrrp/types.ts";
import type { Network } from "../../support/network.ts";
import { programFile } from "../../support/programs.ts";

const WAY = { source: "192.168.60.10" as Ip, destination: "224.0.0.18" as Ip };

export const packetOf = (advert: Advert): string => toHex(encode(advert, WAY, "rfc"));

/** `rate` is packets a second, 0 as many as go; `duration` in milliseconds. Resolves with how many
 * went. */
export async function inject(
  network: Network,
  packets: readonly (Advert | string)[],
  { rate, duration }: { readonly rate: number; readonly duration: number },
): Promise<number> {
  const hex = packets.map((one) => (typeof one === "string" ? one : packetOf(one)));
  const argv = [process.execPath, await programFile("flood"), "eth0", WAY.source];
  const words = [WAY.destination, String(rate), String(duration), ...hex];
  const text = await network.must("client", [...argv, ...words], { timeout: duration + 5000 });
  return (JSON.parse(text) as { readonly sent: number }).sent;
}
