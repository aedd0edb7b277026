/** vrrp_instance: what it says of one virtual router, for the director whose file it is in. */
import { familyOf, parseIp } from "../../../base/ip.ts";
import type { Place } from "../../report.ts";
import {
  changed,
  idle,
  lost,
  type Outcome,
  type Statement,
  taken,
  takenAs,
  undecided,
} from "../types.ts";
import { numberIn, plainName, refusal, wordAt } from "../values.ts";
import type { Claim, Handler, Table } from "../walk.ts";
import { readVip } from "./address.ts";
import { finishInstance, type InstanceDraft } from "./finish-instance.ts";
import { announcements, setMissed } from "./global.ts";
import { asksForMail } from "./mail.ts";
import { eventsOfInstances, notifications, priorityChanges } from "./notify.ts";
import { all, isOn, RARE, type Reading, whenOn } from "./reading.ts";
import { readRoute, readRule } from "./route.ts";
import { trackTables } from "./tracks.ts";

export function instanceClaim(reading: Reading, statement: Statement): Claim {
  const written = wordAt(statement, 1);
  const name = plainName(written);
  const place = ["instances", name];
  const draft: InstanceDraft = {
    name,
    place,
    statement,
    // With a virtual MAC a VIP that names the interface stays there.
    link: has(statement, "use_vmac") ? "" : linkOf(statement),
    isMaster: false,
    version: undefined,
    priority: undefined,
    interval: undefined,
    preempt: undefined,
    delay: undefined,
    source: undefined,
    auth: { type: undefined, pass: undefined },
  };
  const outcome = name === written ? taken : changed(`is called ${name}`);
  reading.sheet.set(place, {}, statement);
  return {
    outcome,
    inside: instanceTable(reading, draft),
    after: () => reading.deferred.push(() => finishInstance(reading, draft)),
  };
}

/** Lines above it go by the interface too. */
const linkOf = ({ block = [] }: Statement): string =>
  block.find(({ words }) => words[0] === "interface")?.words[1] ?? "";

function instanceTable(reading: Reading, draft: InstanceDraft): Table {
  const { sheet } = reading;
  const { place } = draft;
  const keep =
    (key: "priority" | "interval" | "preempt" | "delay" | "source"): Handler =>
    (statement) => {
      const before = draft[key];
      if (before) reading.ledger.put(before, idle("is said again below"));
      draft[key] = statement;
      return taken;
    };
  return {
    known: {
      state: (statement) => state(draft, statement),
      interface: (statement) => {
        sheet.set([...place, "interface"], wordAt(statement, 1), statement);
        return taken;
      },
      virtual_router_id: (statement) => {
        const range = { min: 1, max: 255 };
        const value = numberIn(wordAt(statement, 1), range);
        if (value === undefined) return refusal(statement, range);
        sheet.set([...place, "routerId"], value, statement);
        return taken;
      },
      priority: keep("priority"),
      advert_int: keep("interval"),
      nopreempt: keep("preempt"),
      preempt_delay: keep("delay"),
      preempt: () => taken,
      mcast_src_ip: keep("source"),
      unicast_src_ip: keep("source"),
      version: (statement) => version(draft, statement),
      authentication: () => ({ outcome: taken, inside: authentication(draft) }),
      ...addressing(reading, draft),
      ...speaking(reading, draft),
      ...trackTables(reading, place),
      ...notifications(reading, [...place, "notify"]),
      ...eventsOfInstances(reading, [...place, "notify"]),
      ...announcements(reading, ""),
      dont_track_primary: (statement) => {
        sheet.set([...place, "trackInterface"], false, statement);
        return taken;
      },
      notify_priority_changes: (statement) => priorityChanges(reading, [draft.name], statement),
      use_vmac: virtualMac(reading, draft),
      smtp_alert: asksForMail(reading, "instances", draft.name),
      ...others(),
    },
  };
}

function state(draft: InstanceDraft, statement: Statement): Outcome {
  const word = wordAt(statement, 1);
  draft.isMaster = word === "MASTER";
  if (word !== "MASTER" && word !== "BACKUP") {
    return idle(`${word} is no state; keepalived took it for BACKUP`);
  }
  return takenAs("was a hint only: priorities decide, here as there");
}

function version(draft: InstanceDraft, statement: Statement): Outcome {
  const value = numberIn(wordAt(statement, 1), { min: 2, max: 3 });
  if (value === undefined) return lost("there are versions 2 and 3");
  draft.version = value === 2 ? 2 : 3;
  return taken;
}

const authentication = (draft: InstanceDraft): Table => ({
  known: {
    auth_type: (statement) => {
      draft.auth.type = statement;
      return taken;
    },
    auth_pass: (statement) => {
      draft.auth.pass = statement;
      return taken;
    },
  },
});

function addressing(reading: Reading, draft: InstanceDraft): Record<string, Handler> {
  const { sheet } = reading;
  const { place } = draft;
  const vips =
    (excluded: boolean): Handler =>
    () => ({
      outcome: taken,
      inside: {
        known: {},
        any: (statement) => {
          const read = readVip(statement, draft.link, excluded);
          if ("verdict" in read) return read;
          sheet.push([...place, "vips"], read.value, statement);
          return read.outcome;
        },
      },
    });
  const lines =
    (key: "routes" | "rules"): Handler =>
    () => ({
      outcome: taken,
      inside: {
        known: {},
        any: (statement) => {
          const list = sheet.get([...place, key]);
          const position = Array.isArray(list) ? list.length : 0;
          const read = key === "routes" ? readRoute(statement) : readRule(statement, position);
          if ("verdict" in read) return read;
          sheet.push([...place, key], read.value, statement);
          return read.outcome;
        },
      },
    });
  return {
    virtual_ipaddress: vips(false),
    virtual_ipaddress_excluded: vips(true),
    virtual_routes: lines("routes"),
    virtual_rules: lines("rules"),
  };
}

function speaking(reading: Reading, draft: InstanceDraft): Record<string, Handler> {
  const { sheet } = reading;
  const vrrp = [...draft.place, "vrrp"];
  return {
    unicast_peer: (block) => {
      sheet.set([...vrrp, "unicast"], true, block);
      return {
        outcome: taken,
        inside: { known: {}, any: (peer) => unicastPeer(reading, vrrp, peer) },
      };
    },
    mcast_dst_ip: (statement) => {
      const group = parseIp(wordAt(statement, 1));
      if (group === undefined) return lost("is no address");
      sheet.set([...vrrp, familyOf(group) === 4 ? "group4" : "group6"], group, statement);
      return taken;
    },
    v3_checksum_as_v2: (statement) => {
      if (isOn(statement) !== false) sheet.set([...vrrp, "checksumAsV2"], true, statement);
      return taken;
    },
    down_timer_adverts: (statement) => setMissed(reading, statement),
  };
}

const HOPS = { min: 1, max: 255 };
const UNSEEN_HOPS =
  "baton wants 255 hops left, keepalived none: write minTtl where a router is between";

function unicastPeer({ sheet, directors }: Reading, vrrp: Place, statement: Statement): Outcome {
  const address = parseIp(wordAt(statement, 0));
  if (address === undefined) return lost(`${wordAt(statement, 0)} is no address`);
  const minTtl = hopsAfter(statement, "min_ttl");
  const maxTtl = hopsAfter(statement, "max_ttl");
  if (minTtl === undefined && familyOf(address) === 6) sheet.set([...vrrp, "minTtl"], 64);
  const name = directors.find((one) => one.address === address)?.name;
  if (name === undefined && directors.every((one) => one.address !== undefined)) {
    const known = directors.map((one) => `${one.name} is ${one.address}`).join(", ");
    return undecided(`no director is ${address}: ${known}`);
  }
  if (minTtl === undefined && maxTtl === undefined) {
    return familyOf(address) === 6
      ? changed("keepalived sends 64 hops to IPv6 peers, so that minTtl is 64")
      : changed(UNSEEN_HOPS);
  }
  if (name === undefined) return lost(`no director has ${address}: its hops are not looked at`);
  // keepalived looks at no end that is not named.
  const limits = { minTtl: minTtl ?? HOPS.min, ...(maxTtl !== undefined && { maxTtl }) };
  sheet.set([...vrrp, "peers", name], limits, statement);
  return taken;
}

function hopsAfter(statement: Statement, word: string): number | undefined {
  const at = statement.words.indexOf(word);
  return at < 0 ? undefined : numberIn(wordAt(statement, at + 1), HOPS);
}

/** Beside the link's name and a MAC of its own. */
const VMAC_WORDS: ReadonlySet<string> = new Set(["netlink_notify_msg", "group"]);
const OTHER_LINK = lost(
  "a virtual MAC's link is a macvlan, and adverts leave with its base's address",
);

function virtualMac({ sheet }: Reading, { place, statement }: InstanceDraft): Handler {
  return (line) => {
    const [, ...words] = line.words;
    const name = words.find((word) => !word.includes(":") && !VMAC_WORDS.has(word));
    const fromBase = has(statement, "vmac_xmit_base");
    const said = {
      ...(name !== undefined && { interface: name }),
      ...(fromBase && { advertsFromBase: true }),
    };
    sheet.set([...place, "vmac"], Object.keys(said).length === 0 ? true : said, line);
    const own = words.some((word) => word.includes(":"));
    return own ? changed("its MAC is the one that the RFC has for the router id") : taken;
  };
}

const has = ({ block = [] }: Statement, word: string): boolean =>
  block.some(({ words }) => words[0] === word);

const others = (): Record<string, Handler> => ({
  accept: () => taken,
  no_accept: () => lost("VIPs answer: only a firewall can keep clients from them"),
  promote_secondaries: () =>
    idle("write the VIPs as /32: then no other address goes when one does"),
  native_ipv6: () => idle("the first VIP says the family"),
  strict_mode: whenOn(changed("VIPs answer here as everywhere in baton")),
  lower_prio_no_advert: whenOn(lost("baton answers a lower priority")),
  higher_prio_send_advert: whenOn(takenAs("who yields speaks once more")),
  check_unicast_src: () => idle("baton looks at the source of every advertisement"),
  skip_check_adv_addr: () => idle("another list of VIPs is an alarm, and no reason to refuse"),
  track_src_ip: () => taken,
  unicast_fault_no_peer: () => idle("unicast without a peer is refused"),
  use_vmac_addr: () => OTHER_LINK,
  vmac_xmit_base: () => taken,
  use_ipvlan: () => OTHER_LINK,
  ...all("unicast_ttl old_unicast_checksum vrf auth_hmac timer_expired_backup", RARE),
  ...all("owner_ignore_adverts no_virtual_ipaddress track_bfd", RARE),
  ...all(
    "debug kernel_rx_buf_size linkbeat_use_polling garp_extra_if_vmac lvs_sync_daemon_interface",
    idle("is about keepalived's own workings"),
  ),
});
