/** lvs.cf that was read into the parts of baton.yaml that it says. */
import { parseIp } from "../../../base/ip.ts";
import { addressesIn, findAll, type Hints, type Self } from "../directors.ts";
import type { Ledger } from "../ledger.ts";
import { Sheet } from "../sheet.ts";
import {
  changed,
  idle,
  lost,
  type Outcome,
  type Source,
  type Statement,
  taken,
  takenAs,
  undecided,
} from "../types.ts";
import { durationOf, wordAt } from "../values.ts";
import { type Handler, settle } from "../walk.ts";
import { INSTANCE_PLACE } from "./place.ts";
import { floatingOf, linkOf, numberOf, prefixOf } from "./values.ts";
import { virtualClaim } from "./virtual.ts";

const PLACE = INSTANCE_PLACE;
const MAX_SECONDS = 60;

/** What the blocks and the end of the file need to know. */
export interface Pulse {
  readonly sheet: Sheet;
  readonly ledger: Ledger;
  forward: "nat" | "dr" | "tunnel";
  keepalive: Statement | undefined;
  deadtime: Statement | undefined;
  router: Statement | undefined;
  routerMask: Statement | undefined;
  readonly sync: { on: boolean; link: Statement | undefined; id: Statement | undefined };
  readonly deferred: (() => void)[];
}

/** The first file, or the only one, is the primary's; a second one the backup's. */
export function hintsOfPiranha({ statements }: Source, index: number): Hints {
  const of = (key: string) => addressesIn(findAll(statements, key), 1).slice(-1);
  const active = findAll(statements, "backup_active").at(-1);
  const [own, peer] = index === 0 ? ["primary", "backup"] : ["backup", "primary"];
  return {
    name: own,
    own: of(own),
    peers: of(peer),
    peerName: peer,
    alone: active === undefined || wordAt(active, 1) === "0",
  };
}

export function mapPiranha(
  source: Source,
  _self: Self,
  ledger: Ledger,
  directors: readonly Self[],
): Sheet {
  const sheet = new Sheet(ledger);
  const pulse: Pulse = {
    sheet,
    ledger,
    forward: "nat",
    keepalive: undefined,
    deadtime: undefined,
    router: undefined,
    routerMask: undefined,
    sync: { on: false, link: undefined, id: undefined },
    deferred: [],
  };
  sheet.set(["heartbeat", "transport"], "udp");
  sheet.set(["heartbeat", "secretFile"], "/etc/baton/heartbeat.key");
  for (const [i, { name }] of directors.slice(0, 2).entries()) {
    sheet.set(["directors", name, "priority"], i === 0 ? 150 : 100);
  }
  settle(source.statements, { known: topTable(pulse, directors) }, ledger);
  for (const finish of pulse.deferred) finish();
  finishPulse(pulse);
  return sheet;
}

function topTable(pulse: Pulse, directors: readonly Self[]): Record<string, Handler> {
  const { sheet } = pulse;
  const keep =
    (key: "keepalive" | "deadtime" | "router" | "routerMask"): Handler =>
    (statement) => {
      const before = pulse[key];
      if (before) pulse.ledger.put(before, idle("is said again below"));
      pulse[key] = statement;
      return taken;
    };
  return {
    service: (statement) =>
      wordAt(statement, 1) === "fos"
        ? lost("failover services are not taken: VIPs and notify programs can do the same")
        : taken,
    ...directorKeys(sheet, directors),
    keepalive: keep("keepalive"),
    deadtime: keep("deadtime"),
    nat_router: keep("router"),
    nat_nmask: keep("routerMask"),
    network: (statement) => network(pulse, statement),
    ...cluster(pulse),
    ...without(),
    virtual: (statement) => virtualClaim(pulse, statement),
    failover: () =>
      lost("failover services are not taken: VIPs and notify programs can do the same"),
  };
}

const FORWARDS = { nat: "nat", direct: "dr", tunnel: "tunnel" } as const;

function network(pulse: Pulse, statement: Statement): Outcome {
  const word = wordAt(statement, 1);
  if (!Object.hasOwn(FORWARDS, word)) return lost(`${word} is neither nat nor direct nor tunnel`);
  pulse.forward = FORWARDS[word as keyof typeof FORWARDS];
  return taken;
}

function directorKeys(sheet: Sheet, directors: readonly Self[]): Record<string, Handler> {
  const [primary, backup] = directors;
  const own =
    (director: Self | undefined): Handler =>
    (statement) => {
      const address = parseIp(wordAt(statement, 1));
      if (address === undefined) {
        return undecided("is no address, and baton looks no names up: write the address");
      }
      if (director === undefined) return idle("backup_active is 0: there is no backup");
      if (director.address !== undefined && director.address !== address) {
        const other = `the other file, or --director, says ${director.address}`;
        return undecided(`${director.name} is ${address} here; ${other}, which counts`);
      }
      sheet.from.set(JSON.stringify(["directors", director.name, "address"]), statement);
      return taken;
    };
  const second =
    (director: Self | undefined): Handler =>
    (statement) => {
      const address = parseIp(wordAt(statement, 1));
      if (address === undefined) {
        return undecided("is no address, and baton looks no names up: write the address");
      }
      if (director === undefined) return idle("backup_active is 0: there is no backup");
      if (address === director.address) return idle("is the public address: one path");
      sheet.set(["directors", director.name, "second"], address, statement);
      return taken;
    };
  return {
    primary: own(primary),
    backup: own(backup),
    primary_private: second(primary),
    backup_private: second(backup),
    backup_active: (statement) =>
      wordAt(statement, 1) === "0"
        ? changed("a director alone: it serves at once, without waiting")
        : taken,
  };
}

function cluster(pulse: Pulse): Record<string, Handler> {
  const { sheet, sync } = pulse;
  const timeout =
    (key: "tcp" | "tcpFin" | "udp"): Handler =>
    (statement) => {
      const value = numberOf(statement);
      if (value === undefined) return lost("is no number");
      if (value > 0) sheet.set(["ipvs", "timeouts", key], durationOf(value), statement);
      return taken;
    };
  const command =
    (...keys: readonly string[]): Handler =>
    (statement) => {
      const words = statement.words.slice(1).join(" ").split(/\s+/);
      for (const key of keys) sheet.set([...PLACE, "notify", key], words, statement);
      return changed(`runs at ${keys.join(" and ")}, one after the other, 30s at most`);
    };
  return {
    active_cmd: command("master"),
    inactive_cmd: command("backup", "stop"),
    monitor_links: () => takenAs("the link of the VIPs always counts; others can be tracked"),
    syncdaemon: (statement) => {
      sync.on = wordAt(statement, 1) === "1";
      return taken;
    },
    syncd_iface: (statement) => {
      sync.link = statement;
      return taken;
    },
    syncd_id: (statement) => {
      sync.id = statement;
      return taken;
    },
    tcp_timeout: timeout("tcp"),
    tcpfin_timeout: timeout("tcpFin"),
    udp_timeout: timeout("udp"),
    heartbeat_port: () => changed("baton's port is 8112: the two do not speak with each other"),
  };
}

const none = (words: string, outcome: Outcome): Record<string, Handler> =>
  Object.fromEntries(words.split(" ").map((word) => [word, () => outcome]));

const without = (): Record<string, Handler> => ({
  ...none("heartbeat sync debug_level debug", idle("had no effect in pulse either")),
  serial_no: () => idle("directors compare the configuration's digest"),
  rsh_command: () => idle("is for load_monitor"),
  ipvsadm: () => idle("baton speaks with the kernel itself"),
  hard_shutdown: () => idle("there is no checker process that could die alone"),
  ...none(
    "primary_shared backup_shared reservation_conflict_action",
    lost("shared disks are for a fence, not for a director"),
  ),
});

function finishPulse(pulse: Pulse): void {
  const { sheet, router, sync, ledger } = pulse;
  if (router) ledger.put(router, natRouter(pulse, router));
  else if (pulse.routerMask) ledger.put(pulse.routerMask, idle("there is no nat_router"));
  if (sheet.get([...PLACE, "vips"]) !== undefined) {
    const [first] = sheet.get([...PLACE, "vips"]) as (string | { interface?: string })[];
    sheet.set([...PLACE, "routerId"], 51);
    if (typeof first === "object") sheet.set([...PLACE, "interface"], first.interface);
    sheet.set([...PLACE, "preempt"], "never");
    shorten(sheet);
  } else sheet.remove(PLACE);
  heartbeat(pulse);
  for (const one of [sync.link, sync.id]) {
    if (one && !sync.on) ledger.put(one, idle("syncdaemon is not 1"));
  }
  if (!sync.on) return;
  const link = sync.link ? linkOf(wordAt(sync.link, 1)) : "eth0";
  sheet.set(["connectionSync", "interface"], link, sync.link);
  const id = sync.id ? (numberOf(sync.id) ?? 0) & 0xff : 0;
  sheet.set(["connectionSync", "syncId"], id, sync.id);
}

/** The floating gateway of real servers behind NAT moves with the VIPs. */
function natRouter({ sheet, ledger, routerMask }: Pulse, statement: Statement): Outcome {
  const floating = floatingOf(statement);
  if (!floating) return lost("is no address with an interface");
  const prefix = routerMask ? prefixOf(wordAt(routerMask, 1)) : undefined;
  if (routerMask && prefix === undefined) ledger.put(routerMask, lost("is no mask"));
  const address = prefix === undefined ? floating.address : `${floating.address}/${prefix}`;
  sheet.push([...PLACE, "vips"], { address, interface: linkOf(floating.label) }, statement);
  return routerMask ? taken : changed("/32, where pulse took a mask by the address's class");
}

/** VIPs on the instance's own interface need not name it. */
function shorten(sheet: Sheet): void {
  const link = sheet.get([...PLACE, "interface"]);
  const vips = sheet.get([...PLACE, "vips"]) as unknown[];
  for (const [i, vip] of vips.entries()) {
    const { address, interface: own } = vip as { address: string; interface: string };
    if (own === link) vips[i] = address;
  }
}

const KEEPALIVE = 2;
const DEADTIME = 5;

function heartbeat({ sheet, ledger, keepalive, deadtime }: Pulse): void {
  const read = (statement: Statement | undefined, usual: number): number => {
    const value = statement && numberOf(statement);
    if (statement && !value) ledger.put(statement, lost(`is no number; pulse's own is ${usual}`));
    return value || usual;
  };
  const interval = Math.min(read(keepalive, KEEPALIVE), MAX_SECONDS);
  const dead = read(deadtime, DEADTIME);
  const missed = Math.min(Math.max(2, Math.ceil(dead / interval)), MAX_SECONDS);
  sheet.set(["heartbeat", "interval"], durationOf(interval), keepalive);
  sheet.set(["heartbeat", "missed"], missed, deadtime);
  if (deadtime && missed * interval !== dead) {
    const why = `${missed} intervals of silence: ${durationOf(missed * interval)}`;
    ledger.put(deadtime, changed(why));
  }
}
