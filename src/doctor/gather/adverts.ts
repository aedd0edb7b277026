/** Listens for virtual routers on the interfaces of the instances. */
import { setTimeout as sleep } from "node:timers/promises";
import { DecodeError } from "../../base/bytes.ts";
import { messageOf } from "../../base/errors.ts";
import { type Family, familyOf, type Ip } from "../../base/ip.ts";
import type { Config } from "../../config/types.ts";
import { openRawReceiver, type Packet, type RawReceiver } from "../../os/raw.ts";
import type { Link } from "../../wire/rtnl/link.ts";
import { decode } from "../../wire/vrrp/advert.ts";
import type { Advert } from "../../wire/vrrp/types.ts";
import { type AddressFact, type HeardAdvert, type HeardOn, seen, unseen } from "../facts.ts";

const ANY = { min: 1, max: 255 };
const GROUPS = ["224.0.0.18", "ff02::12"] as readonly string[] as readonly Ip[];
/** A flood is not a list. */
const MAX_HEARD = 64;

export interface Listening {
  readonly config: Config;
  readonly links: readonly Link[];
  readonly addresses: readonly AddressFact[];
  readonly listenMs: number;
}

export async function listen(options: Listening): Promise<readonly HeardOn[]> {
  const names = [...new Set(options.config.instances.map((one) => one.interface))];
  if (options.listenMs <= 0) return [];
  return Promise.all(names.map((name) => listenOn(name, options)));
}

async function listenOn(name: string, options: Listening): Promise<HeardOn> {
  const { links, addresses, listenMs } = options;
  const link = links.find((one) => one.name === name);
  const result = { interface: name, seconds: listenMs / 1000 };
  if (link === undefined) return { ...result, heard: unseen(`there is no interface ${name}`) };
  const own = new Set(addresses.map(({ address }) => address));
  const heard = new Map<string, HeardAdvert>();
  const receivers: RawReceiver[] = [];
  const onPacket = (packet: Packet): void => {
    if (own.has(packet.source) || heard.size >= MAX_HEARD) return;
    const advert = read(packet);
    const id = typeof advert === "string" ? "?" : `${advert.routerId} ${advert.version}`;
    const { source, destination } = packet;
    heard.set(`${source} ${id}`, { source, destination, advert });
  };
  try {
    for (const address of destinations(name, options)) {
      const common = { link, address, routerIds: [], hops: ANY, senders: [] };
      receivers.push(openRawReceiver({ ...common, onPacket, onError: () => undefined }));
    }
    await sleep(listenMs);
    return { ...result, heard: seen([...heard.values()]) };
  } catch (error) {
    return { ...result, heard: unseen(whyNot(error)) };
  } finally {
    for (const receiver of receivers) receiver.close();
  }
}

const whyNot = (error: unknown): string =>
  /EPERM|EACCES/.test(messageOf(error)) ? "CAP_NET_RAW is missing" : messageOf(error);

/** The groups, and this host's own addresses for peers that speak to those. */
function destinations(name: string, { config, addresses }: Listening): readonly Ip[] {
  const here = addresses.filter((one) => one.interface === name).map(({ address }) => address);
  const families = new Set<Family>(here.map(familyOf));
  const named = config.instances.flatMap(({ vrrp }) => (vrrp ? [vrrp.group] : []));
  const paths = config.directors.flatMap((one) => one.paths.map(({ address }) => address));
  const all = [...GROUPS, ...named].filter((group) => families.has(familyOf(group)));
  return [...new Set([...all, ...here.filter((address) => paths.includes(address))])];
}

/** By either checksum: what is wrong with it is the rules' to say. */
function read({ payload, source, destination }: Packet): Advert | string {
  try {
    return decode(payload, { source, destination }, "rfc");
  } catch (error) {
    if (!(error instanceof DecodeError)) return messageOf(error);
    try {
      return decode(payload, { source, destination }, "asV2");
    } catch {
      return error.message;
    }
  }
}
