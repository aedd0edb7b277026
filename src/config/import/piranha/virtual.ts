/** virtual blocks of lvs.cf: a service, its VIP, its real servers and how nanny asked them. */
import { type Ip, parseIp } from "../../../base/ip.ts";
import { formatEndpoint } from "../../endpoint.ts";
import { hoistServers } from "../hoist.ts";
import { BY_DR, needsDr } from "../itself.ts";
import { changed, idle, lost, type Outcome, type Statement, taken, undecided } from "../types.ts";
import { durationOf, freeName, plainName, wordAt } from "../values.ts";
import type { Claim, Handler } from "../walk.ts";
import { checkOf, type Nanny } from "./check.ts";
import type { Pulse } from "./map.ts";
import { INSTANCE_PLACE } from "./place.ts";
import { type Floating, floatingOf, linkOf, numberOf, portOf, prefixOf } from "./values.ts";

interface Server {
  readonly statement: Statement;
  address: Ip | undefined;
  active: boolean;
  weight: number;
  port: number | undefined;
}

interface Virtual {
  readonly statement: Statement;
  active: boolean;
  floating: Floating | undefined;
  floatingBy: Statement | undefined;
  mask: Statement | undefined;
  mark: number;
  protocol: "tcp" | "udp";
  port: number;
  readonly keys: Record<string, unknown>;
  readonly from: Map<string, Statement>;
  sorry: Statement | undefined;
  readonly nanny: Nanny;
  readonly servers: Server[];
}

export function virtualClaim(pulse: Pulse, statement: Statement): Claim {
  const draft: Virtual = {
    statement,
    active: false,
    floating: undefined,
    floatingBy: undefined,
    mask: undefined,
    mark: 0,
    protocol: "tcp",
    port: 80,
    keys: { scheduler: "wlc" },
    from: new Map(),
    sorry: undefined,
    nanny: { timeout: 10, reentry: 180, regex: false },
    servers: [],
  };
  return {
    outcome: taken,
    inside: { known: { ...listening(draft), ...serving(draft), ...asking(draft), ...junk() } },
    after: () => pulse.deferred.push(() => finish(pulse, draft)),
  };
}

const isOne = (statement: Statement): boolean => wordAt(statement, 1) === "1";

function listening(draft: Virtual): Record<string, Handler> {
  return {
    active: (statement) => {
      draft.active = isOne(statement);
      return taken;
    },
    address: (statement) => {
      draft.floating = floatingOf(statement);
      draft.floatingBy = statement;
      if (!draft.floating) return lost("is no address with an interface");
      return draft.floating.label.includes(":")
        ? changed(`on ${linkOf(draft.floating.label)} itself: a label would make an alias`)
        : taken;
    },
    vip_nmask: (statement) => {
      draft.mask = statement;
      return prefixOf(wordAt(statement, 1)) === undefined ? lost("is no mask") : taken;
    },
    fwmark: (statement) => {
      draft.mark = numberOf(statement) ?? 0;
      return taken;
    },
    protocol: (statement) => {
      draft.protocol = wordAt(statement, 1) === "udp" ? "udp" : "tcp";
      return taken;
    },
    port: (statement) => {
      const port = portOf(wordAt(statement, 1));
      if (port === undefined) return undecided("is no port that is known: write its number");
      draft.port = port;
      return taken;
    },
  };
}

function serving(draft: Virtual): Record<string, Handler> {
  const put = (key: string, value: unknown, statement: Statement): Outcome => {
    draft.keys[key] = value;
    draft.from.set(key, statement);
    return taken;
  };
  return {
    scheduler: (statement) => put("scheduler", wordAt(statement, 1), statement),
    persistent: (statement) => {
      const seconds = numberOf(statement);
      if (seconds === undefined) return lost("is no number");
      return seconds === 0 ? taken : put("persistence", durationOf(seconds), statement);
    },
    pmask: (statement) => put("netmask", wordAt(statement, 1), statement),
    quiesce_server: (statement) =>
      isOne(statement) ? put("onFailure", "weight0", statement) : taken,
    sorry_server: (statement) => {
      draft.sorry = statement;
      return parseIp(wordAt(statement, 1)) === undefined ? lost("is no address") : taken;
    },
    server: (statement) => serverClaim(draft, statement),
  };
}

function serverClaim(draft: Virtual, statement: Statement): Claim {
  const server: Server = {
    statement,
    address: undefined,
    active: false,
    weight: 1,
    port: undefined,
  };
  draft.servers.push(server);
  const known: Record<string, Handler> = {
    address: (line) => {
      server.address = parseIp(wordAt(line, 1));
      if (server.address !== undefined) return taken;
      return undecided("is no address, and baton looks no names up: write the address");
    },
    active: (line) => {
      server.active = isOne(line);
      return taken;
    },
    weight: (line) => {
      server.weight = numberOf(line) ?? 1;
      return numberOf(line) === undefined ? lost("is no number") : taken;
    },
    port: (line) => {
      server.port = portOf(wordAt(line, 1));
      return server.port === undefined ? lost("is no port") : taken;
    },
    ...junk(),
  };
  return { outcome: taken, inside: { known } };
}

function asking({ nanny, from }: Virtual): Record<string, Handler> {
  const text =
    (key: "send" | "expect" | "program"): Handler =>
    (statement) => {
      nanny[key] = statement.words.slice(1).join(" ");
      from.set(key, statement);
      return taken;
    };
  const seconds =
    (key: "timeout" | "reentry"): Handler =>
    (statement) => {
      const value = numberOf(statement);
      if (!value) return lost("is no number above 0");
      nanny[key] = value;
      from.set(key, statement);
      return taken;
    };
  return {
    send: text("send"),
    expect: text("expect"),
    send_program: text("program"),
    use_regex: (statement) => {
      nanny.regex = isOne(statement);
      return taken;
    },
    timeout: seconds("timeout"),
    reentry: seconds("reentry"),
    load_monitor: (statement) =>
      wordAt(statement, 1) === "none"
        ? taken
        : lost("no load moves a weight: a check of type exec with weightFromExit can"),
    client_monitor: (statement) =>
      wordAt(statement, 1).endsWith("/nanny")
        ? idle("baton asks itself")
        : lost("a program of your own instead of nanny: write it as a check of type exec"),
    ...Object.fromEntries(
      ["start_cmd", "stop_cmd"].map((word) => [word, () => idle("is for failover services")]),
    ),
  };
}

const junk = (): Record<string, Handler> =>
  Object.fromEntries(
    ["nmask", "deadtime", "master", "dirs"].map((word) => [
      word,
      () => idle("the web pages wrote it, and pulse had no use for it"),
    ]),
  );

function finish(pulse: Pulse, draft: Virtual): void {
  const { sheet, ledger } = pulse;
  const { statement, floating } = draft;
  if (!draft.active) return shut(pulse, statement, "is not active, so that pulse ignored it");
  if (!floating) {
    ledger.put(statement, lost("has no address"));
    return;
  }
  addVip(pulse, draft, floating);
  const isTaken = (name: string): boolean => sheet.get(["services", name]) !== undefined;
  const written = wordAt(statement, 1);
  const place = ["services", freeName(plainName(written), isTaken)];
  if (place[1] !== written) ledger.put(statement, changed(`is called ${place[1]}`));
  const marked = draft.mark !== 0;
  const { address } = floating;
  const listen = marked
    ? `mark ${draft.mark}`
    : `${draft.protocol} ${formatEndpoint({ address, port: draft.port })}`;
  sheet.set(place, {}, statement);
  sheet.set([...place, "listen"], listen, statement);
  sheet.set([...place, "forward"], pulse.forward);
  for (const [key, value] of Object.entries(draft.keys)) {
    sheet.set([...place, key], value, draft.from.get(key));
  }
  sheet.set([...place, "servers"], []);
  const { check, outcomes } = checkOf(draft.nanny, draft);
  for (const [key, outcome] of outcomes) {
    const by = draft.from.get(key);
    if (by) ledger.put(by, outcome);
  }
  for (const server of draft.servers) addServer(pulse, draft, { server, place, check });
  hoistServers(sheet, place);
  const sorry = draft.sorry && parseIp(wordAt(draft.sorry, 1));
  if (sorry) {
    const port = marked ? undefined : draft.port;
    const address = formatEndpoint({ address: sorry, port });
    const moved = needsDr(sorry, pulse.forward);
    if (moved && draft.sorry) ledger.put(draft.sorry, BY_DR);
    sheet.push([...place, "fallback"], moved ? { address, forward: "dr" } : address, draft.sorry);
  }
}

/** A block that was not in force. */
function shut({ ledger }: Pulse, statement: Statement, why: string): void {
  ledger.put(statement, idle(why));
  for (const inner of statement.block ?? []) {
    shut({ ledger } as Pulse, inner, `its block ${why}`);
  }
}

function addVip({ sheet, ledger }: Pulse, draft: Virtual, { address, label }: Floating): void {
  const { mask, floatingBy } = draft;
  const prefix = mask ? prefixOf(wordAt(mask, 1)) : undefined;
  const text = prefix === undefined || prefix === 32 ? address : `${address}/${prefix}`;
  const place = [...INSTANCE_PLACE, "vips"];
  const vips = (sheet.get(place) ?? []) as { address: string }[];
  if (vips.some((vip) => vip.address.split("/")[0] === address)) return;
  sheet.push(place, { address: text, interface: linkOf(label) }, floatingBy);
  if (mask === undefined && floatingBy) {
    const why = "/32 on the interface itself, where pulse took a mask by the address's class";
    ledger.put(floatingBy, changed(why));
  }
}

interface Behind {
  readonly server: Server;
  readonly place: readonly string[];
  readonly check: (address: Ip, port: number) => unknown;
}

function addServer(pulse: Pulse, draft: Virtual, { server, place, check }: Behind): void {
  const { statement, address, active, weight } = server;
  if (!active) return shut(pulse, statement, "is not active, so that pulse ignored it");
  if (address === undefined) {
    pulse.ledger.put(statement, lost("has no address"));
    return;
  }
  const port = server.port ?? draft.port;
  const fixed = draft.mark === 0 && pulse.forward !== "nat";
  if (fixed && port !== draft.port) {
    const why = `port ${draft.port}: only NAT changes it, in pulse too`;
    pulse.ledger.put(statement, changed(why));
  }
  const end = formatEndpoint({ address, port: fixed ? draft.port : port });
  const own = check(address, port);
  const long = { ...(weight !== 1 && { weight }), check: own };
  pulse.sheet.push([...place, "servers"], { address: end, ...long }, statement);
}
