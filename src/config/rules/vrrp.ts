/** Rules about the vrrp transport. */
import { familyOf } from "../../base/ip.ts";
import { formatDuration } from "../../base/units.ts";
import { error, note, type Place, type Problem, warning } from "../report.ts";
import { didYouMean } from "../suggest.ts";
import type { Config, Instance, VrrpOptions } from "../types.ts";
import { checkGroups } from "./groups.ts";
import { checkHops } from "./hops.ts";
import { owns } from "./instances.ts";
import { checkVmacs } from "./vmac.ts";

const SECOND = 1000;
const CENTISECOND = 10;
/** Twelve bits of hundredths (RFC 9568 §5.2.7). */
const LONGEST = 40_950;
/** Octets of an Ethernet frame that the addresses can have, beside both headers. */
const ROOM = { 4: 1500 - 20 - 8 - 8, 6: 1500 - 40 - 8 } as const;
const MOST = 255;

type Speaking = Instance & { readonly vrrp: VrrpOptions };

export function checkVrrp(config: Config): Problem[] {
  if (config.heartbeat.transport !== "vrrp") {
    const unused = config.groups.map(({ name }) => foreignGroup(["groups", name], true));
    return [...config.instances.flatMap(idleGroup), ...unused];
  }
  const speaking = config.instances.filter((one): one is Speaking => one.vrrp !== undefined);
  return [
    ...foreignKeys(config),
    ...sharedRouters(speaking),
    ...lonelyGroups(config.instances),
    ...checkGroups(config),
    ...checkVmacs(config),
    ...speaking.flatMap((instance) => [
      ...version(instance),
      ...checksum(instance),
      ...pace(config, instance),
      ...addresses(instance),
      ...peers(config, instance),
      ...sources(config, instance),
      ...owners(config, instance),
      ...checkHops(config, instance),
    ]),
  ];
}

/** Over udp one election can hold VIPs on several interfaces. */
function idleGroup(instance: Instance): Problem[] {
  if (instance.group === undefined) return [];
  return [foreignGroup(place(instance, "group"))];
}

function foreignGroup(at: Place, onKey = false): Problem {
  const message = "groups belong to the vrrp transport";
  const remedy =
    "Put the VIPs into one instance, { address, interface } each: they move together then.";
  return error(at, message, { remedy, onKey });
}

/** keepalived warns of it as well: there is nothing to move together with. */
function lonelyGroups(instances: readonly Instance[]): Problem[] {
  return instances.flatMap((one) => {
    const { group } = one;
    const alone = instances.filter((other) => other.group === group).length === 1;
    if (group === undefined || !alone) return [];
    return [warning(place(one, "group"), `${one.name} is alone in the group ${group}`)];
  });
}

function foreignKeys({ heartbeat }: Config): Problem[] {
  const problems: Problem[] = [];
  if (heartbeat.multicast !== undefined) {
    const message = "is the group of the udp transport";
    const remedy = "Write vrrp.group4 or vrrp.group6; without them it is the RFC's.";
    problems.push(error(["heartbeat", "multicast"], message, { remedy }));
  }
  if (heartbeat.secretFile !== undefined) {
    const message = "signs the datagrams of the udp transport: VRRP has no signature";
    problems.push(error(["heartbeat", "secretFile"], message, { remedy: "Leave it out." }));
  }
  const message = "VRRP is not authenticated: any host on the segment can end a master";
  return [...problems, note(["heartbeat", "transport"], message)];
}

/** One router id names one router on a link and in a family (RFC 9568 §5.2.3). */
function sharedRouters(instances: readonly Speaking[]): Problem[] {
  const holders = new Map<string, string>();
  return instances.flatMap((instance) => {
    const key = `${instance.routerId} ${instance.interface} ${instance.vrrp.family}`;
    const other = holders.get(key);
    if (other === undefined) {
      holders.set(key, instance.name);
      return [];
    }
    const where = `on ${instance.interface} over IPv${instance.vrrp.family}`;
    const message = `${instance.routerId} is the router id of ${other} too, ${where}`;
    return [error(place(instance, "routerId"), message)];
  });
}

const place = ({ name }: Instance, ...keys: Place): Place => ["instances", name, ...keys];

function version(instance: Speaking): Problem[] {
  const { vrrp } = instance;
  const problems: Problem[] = [];
  if (vrrp.version === 2 && vrrp.family === 6) {
    const message = "version 2 knows IPv4 alone, and the first VIP here is an IPv6 address";
    problems.push(error(place(instance), message, { remedy: "Write version 3 for it." }));
  }
  if (vrrp.version === 3 && vrrp.passwordFile !== undefined) {
    const message = "has a passwordFile: version 3 has no password";
    problems.push(error(place(instance), message, { remedy: "Leave it out, or speak version 2." }));
  }
  return problems;
}

/** Over IPv6 and in version 2 there is one checksum alone. */
function checksum(instance: Speaking): Problem[] {
  const { version: spoken, family, checksumAsV2 } = instance.vrrp;
  if (!checksumAsV2 || (spoken === 3 && family === 4)) return [];
  const how = spoken === 2 ? "version 2" : "IPv6";
  const message = `checksumAsV2 does nothing to ${instance.name}: it speaks ${how}`;
  return [note(place(instance, "vrrp"), message, { remedy: "Leave it out." })];
}

function pace({ heartbeat }: Config, instance: Speaking): Problem[] {
  const { interval } = instance;
  const own = interval !== heartbeat.interval;
  const at = own ? place(instance, "interval") : ["heartbeat", "interval"];
  const said = formatDuration(interval);
  if (instance.vrrp.version === 2 && interval % SECOND !== 0) {
    const message = `${instance.name} speaks version 2, which counts seconds: ${said} is none`;
    return [error(at, message, { remedy: "Write 1s, or speak version 3." })];
  }
  if (instance.vrrp.version === 3 && (interval % CENTISECOND !== 0 || interval > LONGEST)) {
    const message = `${said} is not a multiple of 10ms up to 40.95s, as version 3 counts`;
    return [error(at, message)];
  }
  return [];
}

function addresses(instance: Speaking): Problem[] {
  const { family, advertised } = instance.vrrp;
  if (advertised.length === 0) {
    return [
      error(place(instance, "vips"), "all are excluded: an advertisement names one at least"),
    ];
  }
  const most = Math.min(MOST, Math.floor(ROOM[family] / (family === 4 ? 4 : 16)));
  if (advertised.length > most) {
    const message = `${advertised.length} addresses do not fit a packet, ${most} do`;
    const remedy = "Write { address, excluded: true } for the others, on both ends.";
    return [error(place(instance, "vips"), message, { remedy })];
  }
  const other = instance.vips.find((vip) => familyOf(vip.address) !== family && !vip.excluded);
  if (other === undefined) return [];
  const message =
    `${other.address} is not of the first VIP's family: it is excluded from the ` +
    "advertisement, and must be excluded on the other end";
  return [warning(place(instance, "vips"), message)];
}

/** Unicast needs somebody to send to, of the family that the instance speaks. */
function peers({ directors }: Config, instance: Speaking): Problem[] {
  const { unicast, family } = instance.vrrp;
  if (!unicast) return [];
  return directors.flatMap((director) => {
    if (director.paths.some(({ address }) => familyOf(address) === family)) return [];
    const message = `has no IPv${family} address that ${instance.name} could be sent to`;
    return [error(["directors", director.name], message)];
  });
}

function sources({ directors }: Config, instance: Speaking): Problem[] {
  const { family } = instance.vrrp;
  return Object.entries(instance.vrrp.sources).flatMap(([name, address]) => {
    const at = place(instance, "sources", name);
    if (!directors.some((director) => director.name === name)) {
      const names = directors.map((director) => director.name);
      return [error(at, `there is no director ${name}${didYouMean(name, names)}`, { onKey: true })];
    }
    if (familyOf(address) !== family) {
      return [error(at, `${address} is not of the first VIP's family, IPv${family}`)];
    }
    const own = directors.find((director) => director.name === name)?.paths ?? [];
    const moves = instance.vips.some((vip) => vip.address === address);
    if (!moves || own.some((path) => path.address === address)) return [];
    const message = `${address} is a VIP: a backup does not have it, and speaks from nowhere`;
    return [error(at, message, { remedy: "Write an address that stays, or leave sources out." })];
  });
}

/** Linux drops what comes from an address that it has itself: the owner's return is not heard. */
function owners({ directors }: Config, instance: Speaking): Problem[] {
  const { sources: named } = instance.vrrp;
  return directors.flatMap((director) => {
    const vip = instance.vips.find(({ address }) => address === named[director.name]);
    if (!owns(director, instance) || (named[director.name] && !vip)) return [];
    const message =
      "whoever holds the owner's address drops what comes from it: two masters when it returns";
    const remedy =
      `Give ${director.name} another address there, and write it as its source; or set ` +
      `accept_local=1 on the other's interface.`;
    return [warning(place(instance, "priorities", director.name), message, { remedy })];
  });
}
