/** global_defs and the other keywords at the top of keepalived.conf that are about the whole. */
import { parseIp } from "../../../base/ip.ts";
import { parseDuration } from "../../duration.ts";
import { changed, idle, lost, type Outcome, type Statement, taken, takenAs } from "../types.ts";
import { commandOf, durationOf, numberIn, plainName, refusal, wordAt } from "../values.ts";
import type { Handler, Table } from "../walk.ts";
import { processes, rare } from "./elsewhere.ts";
import { mailTable } from "./mail.ts";
import { priorityChanges, runsAs, userIn } from "./notify.ts";
import { all, isOn, pause, type Reading, whenOn } from "./reading.ts";

const DAY = 86_400;

export function globalTable(reading: Reading): Table {
  const { sheet } = reading;
  return {
    known: {
      router_id: (statement) =>
        plainName(wordAt(statement, 1)) === reading.self
          ? takenAs("names the director")
          : idle(`the director is called ${reading.self} in baton.yaml`),
      ...mailTable(reading),
      ...vrrpDefaults(reading),
      ...announcements(reading),
      ...lvs(reading),
      ...programs(reading),
      dynamic_interfaces: (statement) => {
        if (isOn(statement) === false) return taken;
        sheet.set(["waitForInterface"], true, statement);
        return taken;
      },
      default_interface: () => idle("every VIP's interface is written out"),
      ...processes(),
      ...rare(),
    },
  };
}

function vrrpDefaults(reading: Reading): Record<string, Handler> {
  const { sheet, globals } = reading;
  const group =
    (key: "group4" | "group6"): Handler =>
    (statement) => {
      const address = parseIp(wordAt(statement, 1));
      if (address === undefined) return lost(`${wordAt(statement, 1)} is no address`);
      sheet.set(["heartbeat", "vrrp", key], address, statement);
      return taken;
    };
  return {
    vrrp_version: (statement) => {
      const version = numberIn(wordAt(statement, 1), { min: 2, max: 3 });
      if (version === undefined) return lost(`there are versions 2 and 3`);
      globals.version = version === 2 ? 2 : 3;
      return taken;
    },
    vrrp_mcast_group4: group("group4"),
    vrrp_mcast_group6: group("group6"),
    vrrp_down_timer_adverts: (statement) => setMissed(reading, statement),
    vrrp_strict: (statement) => {
      if (isOn(statement) === false) return taken;
      globals.strict = true;
      return changed(
        "VIPs answer here as everywhere in baton; the rest of strict is what version 3 asks for",
      );
    },
    vrrp_startup_delay: pause(reading, ["startDelay"], 300),
    vrrp_delay_after_boot: () => lost("startDelay counts at every start, not after a boot alone"),
    vrrp_check_unicast_src: () => idle("baton looks at the source of every advertisement"),
    vrrp_skip_check_adv_addr: () =>
      idle("another list of VIPs is an alarm, and no reason to refuse"),
    vrrp_lower_prio_no_advert: whenOn(lost("baton answers a lower priority")),
    vrrp_higher_prio_send_advert: whenOn(takenAs("who yields speaks once more")),
    vrrp_notify_priority_changes: (statement) => priorityChanges(reading, "all", statement),
    fifo_write_vrrp_states_on_reload: whenOn(lost("only changes of the state are told")),
  };
}

/** Intervals of silence; below two there is nothing to count. */
export function setMissed({ sheet }: Reading, statement: Statement): Outcome {
  const range = { min: 1, max: 100 };
  const value = numberIn(wordAt(statement, 1), range);
  if (value === undefined) return lost("is not a number from 1 to 100");
  const missed = Math.min(Math.max(value, 2), 60);
  sheet.set(["heartbeat", "missed"], missed, statement);
  return missed === value ? taken : changed(`${missed} instead of ${value}: 2 to 60 are possible`);
}

/** Also of an instance, under keepalived's other names; baton announces alike everywhere. */
export function announcements(reading: Reading, prefix = "vrrp_"): Record<string, Handler> {
  const { sheet } = reading;
  const repeats = (statement: Statement): Outcome => {
    const value = numberIn(wordAt(statement, 1), { min: 0, max: 100 });
    if (value === undefined) return lost("is not a number from 0 to 100");
    sheet.set(["announce", "repeat"], Math.max(value, 1), statement);
    return value === 0 ? changed("one at least is sent") : taken;
  };
  const own: Record<string, (statement: Statement) => Outcome> = {
    garp_master_delay: pause(reading, ["announce", "delay"], 600),
    garp_master_repeat: repeats,
    garp_master_refresh: pause(reading, ["announce", "refresh"], DAY),
    garp_master_refresh_repeat: () => idle("a refresh is one announcement of each VIP"),
    garp_lower_prio_delay: () => idle("a rival is answered with the burst of a new master"),
    garp_lower_prio_repeat: () => idle("a rival is answered with the burst of a new master"),
    garp_interval: (statement) => pacing(reading, statement),
    gna_interval: (statement) => pacing(reading, statement),
    garp_extra_if: () => lost("a VIP is announced on its own interface alone"),
    min_garp: (statement: Statement) => {
      if (isOn(statement) === false) return taken;
      sheet.set(["announce", "repeat"], 1, statement);
      sheet.set(["announce", "delay"], "0s", statement);
      return taken;
    },
  };
  return Object.fromEntries(
    Object.entries(own).map(([key, handler]): [string, Handler] => [
      prefix + key,
      prefix === "" ? forAll(handler) : handler,
    ]),
  );
}

/** Of ARP and neighbour advertisements the slower one counts for both. */
function pacing({ sheet }: Reading, statement: Statement): Outcome {
  const range = { min: 0, max: 10, fraction: true };
  const seconds = numberIn(wordAt(statement, 1), range);
  if (seconds === undefined) return refusal(statement, range);
  const place = ["announce", "interval"];
  const known = sheet.get(place);
  const before = typeof known === "string" ? (parseDuration(known) ?? 0) : 0;
  if (seconds * 1000 < before) return changed("the longer interval counts for both families");
  if (seconds === 0) return taken;
  const said = Math.max(seconds, LEAST);
  sheet.set(place, durationOf(said), statement);
  return said === seconds ? taken : changed("1ms is the shortest pause that is kept");
}

const LEAST = 0.001;

const forAll =
  (handler: (statement: Statement) => Outcome): Handler =>
  (statement) => {
    const outcome = handler(statement);
    return outcome.verdict === "taken" ? changed("counts for every instance") : outcome;
  };

function lvs(reading: Reading): Record<string, Handler> {
  const { sheet } = reading;
  return {
    lvs_sync_daemon: (statement) => syncDaemon(reading, statement),
    lvs_timeouts: (statement) => timeouts(reading, statement),
    lvs_flush: (statement) => {
      sheet.set(["ipvs", "table"], "own", statement);
      return changed("nothing is flushed: services that are not in the file are removed");
    },
    lvs_flush_on_stop: (statement) => {
      sheet.set(["onStop"], "remove", statement);
      return changed("baton's own services are removed, nobody else's");
    },
    rs_init_notifies: whenOn(lost("a first good answer is not told")),
    checker_log_all_failures: () => idle("`baton explain` shows the last answers"),
  };
}

const TIMEOUTS = { tcp: "tcp", tcpfin: "tcpFin", udp: "udp" } as const;

function timeouts({ sheet }: Reading, statement: Statement): Outcome {
  const [, ...words] = statement.words;
  for (let i = 0; i < words.length; i += 2) {
    const word = words[i] ?? "";
    const value = numberIn(words[i + 1] ?? "", { min: 0, max: 31 * DAY });
    if (!(word in TIMEOUTS) || value === undefined) return lost(`${word} is not understood`);
    if (value === 0) continue;
    const key = TIMEOUTS[word as keyof typeof TIMEOUTS];
    sheet.set(["ipvs", "timeouts", key], durationOf(value), statement);
  }
  return taken;
}

const SYNC = {
  id: ["syncId", 0, 255],
  maxlen: ["maxLength", 1024, 65_507],
  port: ["port", 1, 65_535],
  ttl: ["ttl", 1, 255],
} as const;

function syncDaemon(reading: Reading, statement: Statement): Outcome {
  const { sheet, deferred } = reading;
  const [, link = "", ...words] = statement.words;
  sheet.set(["connectionSync", "interface"], link, statement);
  let instance: string | undefined;
  const strange: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    const next = words[i + 1] ?? "";
    const [key, min, max] = SYNC[word as keyof typeof SYNC] ?? [];
    if (word === "inst" && next !== "") instance = words[++i];
    else if (word === "group") sheet.set(["connectionSync", "group"], words[++i], statement);
    else if (key === undefined && i === 0) instance = word;
    else if (key === undefined) strange.push(word);
    else {
      const value = numberIn(next, { min, max });
      if (value === undefined) strange.push(`${word} ${next}`);
      else sheet.set(["connectionSync", key], value, statement);
      i++;
    }
  }
  deferred.push(() => {
    if (sheet.get(["connectionSync", "syncId"]) !== undefined) return;
    const of =
      instance === undefined ? 0 : sheet.get(["instances", plainName(instance), "routerId"]);
    sheet.set(["connectionSync", "syncId"], typeof of === "number" ? of : 0, statement);
  });
  if (strange.length > 0) return lost(`not understood: ${strange.join(", ")}`);
  return instance === undefined || Object.hasOwn(SYNC, instance)
    ? changed("its role follows the first instance; keepalived ran both roles at once")
    : taken;
}

function programs(reading: Reading): Record<string, Handler> {
  const { sheet } = reading;
  const fifo =
    (...keys: readonly ("notifyFifo" | "serviceFifo")[]): Handler =>
    (statement) => {
      const path = wordAt(statement, 1);
      if (!path.startsWith("/")) return lost(`${path} is no absolute path`);
      for (const key of keys) sheet.set([key], path, statement);
      return taken;
    };
  const reader =
    (key: "notifyFifo" | "serviceFifo"): Handler =>
    (statement) => {
      const place = [`${key}Script`];
      sheet.set([...place, "command"], commandOf(wordAt(statement, 1)), statement);
      runsAs(reading, place, statement, userIn(statement.words.slice(2)));
      return taken;
    };
  return {
    notify_fifo: fifo("notifyFifo", "serviceFifo"),
    vrrp_notify_fifo: fifo("notifyFifo"),
    lvs_notify_fifo: fifo("serviceFifo"),
    notify_fifo_script: reader("notifyFifo"),
    vrrp_notify_fifo_script: reader("notifyFifo"),
    lvs_notify_fifo_script: reader("serviceFifo"),
    ...all("startup_script shutdown_script", lost("write a unit beside baton's: ExecStartPre")),
    ...all("startup_script_timeout shutdown_script_timeout", idle("its script is not taken")),
    script_user: (statement) => {
      reading.globals.user = userIn(statement.words.slice(1));
      return taken;
    },
    enable_script_security: () =>
      takenAs("`baton check` warns of programs that root runs and others may write"),
  };
}
