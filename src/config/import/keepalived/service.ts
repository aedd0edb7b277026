/** virtual_server: what clients connect to, and the real servers behind it. */
import { parseIp } from "../../../base/ip.ts";
import { expandRange } from "../../ranges.ts";
import { changed, idle, lost, type Outcome, type Statement, taken } from "../types.ts";
import { commandOf, durationOf, numberIn, plainName, refusal, wordAt } from "../values.ts";
import type { Claim, Handler, Table } from "../walk.ts";
import { finishService } from "./finish-service.ts";
import { userIn } from "./notify.ts";
import { paceTable } from "./pace.ts";
import { all, isOn, type Reading } from "./reading.ts";
import { serverClaim } from "./server.ts";
import { forwardOf, type Listener, type ServiceDraft } from "./service-draft.ts";

export type Groups = Map<string, readonly Listener[]>;

/** Groups are needed by servers that may stand above them: read them first. */
export function groupClaim(groups: Groups, statement: Statement): Claim {
  const found: Listener[] = [];
  groups.set(wordAt(statement, 1), found);
  const any: Handler = (line) => {
    const listeners = listenersOf(line.words);
    if (listeners === undefined) return lost("is no address, range or mark");
    found.push(...listeners);
    return taken;
  };
  return { outcome: taken, inside: { known: {}, any } };
}

function listenersOf([first = "", second = "", third]: readonly string[]):
  | readonly Listener[]
  | undefined {
  if (first === "fwmark") {
    const mark = numberIn(second, { min: 1, max: 0xffff_ffff });
    const family = third === undefined ? undefined : third === "inet6" ? 6 : 4;
    return mark === undefined ? undefined : [{ kind: "mark", mark, family }];
  }
  const port = second === "" ? 0 : numberIn(second, { min: 0, max: 65_535 });
  const addresses = expandRange(first);
  if (port === undefined || addresses === undefined) return undefined;
  return addresses.map((address) => ({ kind: "address", address, port }));
}

export function serviceClaim(reading: Reading, groups: Groups, statement: Statement): Claim {
  const [, ...words] = statement.words;
  const isGroup = words[0] === "group";
  const listeners = isGroup ? [] : listenersOf(words);
  if (listeners === undefined || listeners.length > 1) {
    return lost("names no address with a port, no mark and no group");
  }
  const draft: ServiceDraft = {
    statement,
    listeners,
    name: isGroup ? plainName(words[1] ?? "") : "",
    keys: {},
    from: new Map(),
    servers: [],
    pace: {},
    protocol: undefined,
    forward: { forward: "nat" },
    flags: [],
    sorry: undefined,
    sorryForward: undefined,
    inhibit: false,
    host: undefined,
    mark6: false,
    user: undefined,
    alert: undefined,
  };
  return {
    outcome: taken,
    inside: serviceTable(draft),
    after: () =>
      reading.deferred.push(() => {
        const group = isGroup ? groups.get(words[1] ?? "") : listeners;
        if (!group) reading.ledger.put(statement, lost(`there is no group ${words[1]}`));
        draft.listeners = group ?? [];
        finishService(reading, draft);
      }),
  };
}

function serviceTable(draft: ServiceDraft): Table {
  const { pace } = draft;
  return {
    known: {
      ...paceTable(pace),
      ...kernel(draft),
      ...quorum(draft),
      ...sorry(draft),
      real_server: (statement) => serverClaim(draft, statement),
      inhibit_on_failure: (statement) => {
        if (isOn(statement) === false) return taken;
        draft.keys["onFailure"] = "weight0";
        draft.from.set("onFailure", statement);
        return taken;
      },
      virtualhost: (statement) => {
        draft.host = wordAt(statement, 1);
        return taken;
      },
      weight: () => idle("every real server's weight is written out"),
      ip_family: (statement) => {
        draft.mark6 = wordAt(statement, 1) === "inet6";
        return taken;
      },
      omega: () => idle("what runs at a lost quorum does not run at the end"),
      ha_suspend: () => changed("both directors always check, so that a backup knows its servers"),
      snmp_name: () => idle("baton speaks no SNMP"),
      smtp_alert: (statement) => {
        draft.alert = statement;
        return taken;
      },
    },
  };
}

const SCHEDULERS = new Set("rr wrr lc wlc lblc lblcr dh sh sed nq fo ovf mh twos".split(" "));

function kernel(draft: ServiceDraft): Record<string, Handler> {
  const { keys, from } = draft;
  const put = (key: string, value: unknown, statement: Statement): Outcome => {
    keys[key] = value;
    from.set(key, statement);
    return taken;
  };
  const scheduler: Handler = (statement) => {
    const word = wordAt(statement, 1).toLowerCase();
    return SCHEDULERS.has(word)
      ? put("scheduler", word, statement)
      : lost(`${word} is no scheduler`);
  };
  const method: Handler = (statement) => {
    const forward = forwardOf(statement.words.slice(1));
    if (typeof forward === "string") return lost(forward);
    draft.forward = forward;
    return taken;
  };
  const flag: Handler = (statement) => {
    draft.flags.push({ word: wordAt(statement, 0), statement });
    return taken;
  };
  return {
    lb_algo: scheduler,
    lvs_sched: scheduler,
    lb_kind: method,
    lvs_method: method,
    ...Object.fromEntries(FLAGS.map((word) => [word, flag])),
    hashed: () => idle("the kernel sets it by itself"),
    protocol: (statement) => {
      const word = wordAt(statement, 1).toLowerCase();
      if (!/^(tcp|udp|sctp)$/.test(word)) return lost(`${word} is no protocol`);
      draft.protocol = word;
      return taken;
    },
    persistence_timeout: (statement) => {
      const range = { min: 1, max: 2_678_400 };
      const value = statement.words.length === 1 ? 360 : numberIn(wordAt(statement, 1), range);
      if (value === undefined) return refusal(statement, range);
      return put("persistence", durationOf(value), statement);
    },
    persistence_granularity: (statement) => put("netmask", wordAt(statement, 1), statement),
    persistence_engine: (statement) => put("engine", wordAt(statement, 1), statement),
  };
}

const FLAGS = [
  "flag-1",
  "flag-2",
  "flag-3",
  "sh-port",
  "sh-fallback",
  "mh-port",
  "mh-fallback",
  "ops",
];

function quorum(draft: ServiceDraft): Record<string, Handler> {
  const { keys, from } = draft;
  const number =
    (key: "quorum" | "hysteresis", min: number): Handler =>
    (statement) => {
      const range = { min, max: 65_535 };
      const value = numberIn(wordAt(statement, 1), range);
      if (value === undefined) return refusal(statement, range);
      keys[key] = value;
      from.set(key, statement);
      return taken;
    };
  const program =
    (key: "up" | "down"): Handler =>
    (statement) => {
      const known = keys["onQuorum"] as Record<string, unknown> | undefined;
      keys["onQuorum"] = { ...known, [key]: commandOf(wordAt(statement, 1)) };
      from.set("onQuorum", statement);
      draft.user ??= userIn(statement.words.slice(2));
      return taken;
    };
  return {
    quorum: number("quorum", 1),
    hysteresis: number("hysteresis", 0),
    quorum_up: program("up"),
    quorum_down: program("down"),
  };
}

function sorry(draft: ServiceDraft): Record<string, Handler> {
  return {
    sorry_server: (statement) => {
      const address = parseIp(wordAt(statement, 1));
      const port = numberIn(wordAt(statement, 2) || "0", { min: 0, max: 65_535 });
      if (address === undefined || port === undefined) return lost("is no address with a port");
      draft.sorry = { address, port, statement };
      return taken;
    },
    sorry_server_inhibit: () =>
      idle("servers that fail leave by onFailure, and the fallback goes when it is not needed"),
    sorry_server_lvs_method: (statement) => {
      const forward = forwardOf(statement.words.slice(1));
      if (typeof forward === "string") return lost(forward);
      draft.sorryForward = forward;
      return taken;
    },
    ...all("est_timeout", idle("is about keepalived's own workings")),
  };
}
