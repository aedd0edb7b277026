/** virtual blocks of ldirectord.cf: what clients connect to, and the real servers behind it. */
import { type Family, familyOf } from "../../../base/ip.ts";
import { parseEndpoint } from "../../endpoint.ts";
import { hoistServers } from "../hoist.ts";
import { BY_DR, needsDr } from "../itself.ts";
import { changed, idle, lost, type Outcome, type Statement, taken } from "../types.ts";
import { durationOf, freeName, numberIn, plainName, wordAt } from "../values.ts";
import type { Claim, Handler } from "../walk.ts";
import { type Asked, checksOf, endpointOf, type Of } from "./check.ts";
import { keep, settings, type Top } from "./keys.ts";
import { addMailing, MAIL_KEYS } from "./mail.ts";
import { readReal } from "./server.ts";

interface Virtual {
  readonly statement: Statement;
  readonly of: Pick<Of, "address" | "port" | "mark">;
  readonly family: Family;
  readonly said: Map<string, Statement>;
  readonly reals: Statement[];
}

export function virtualClaim(top: Top, statement: Statement, family: Family): Claim {
  const text = wordAt(statement, 1);
  const mark = numberIn(text, { min: 1, max: 0xffff_ffff });
  const end = parseEndpoint(text);
  if (mark === undefined && "complaint" in end) return lost(end.complaint.message);
  if (mark === undefined && "value" in end && end.value.port === undefined) {
    return lost("is no address with a port, and no mark");
  }
  const of =
    "value" in end && mark === undefined
      ? { address: end.value.address, port: end.value.port ?? 0, mark: 0 }
      : { address: undefined, port: 0, mark: mark ?? 0 };
  const draft: Virtual = { statement, of, family, said: new Map(), reals: [] };
  return {
    outcome: taken,
    inside: { known: keys(top, draft) },
    after: () => top.deferred.push(() => finish(top, draft)),
  };
}

const REMEMBERED = (
  "checktype service checkcommand checkport request receive httpmethod virtualhost login passwd " +
  "database secret scheduler persistent netmask protocol schedflags ops"
).split(" ");

function keys({ ledger }: Top, draft: Virtual): Record<string, Handler> {
  const remember = (key: string): Handler => keep(draft.said, ledger, key);
  const real: Handler = (statement) => {
    draft.reals.push(statement);
    return taken;
  };
  return {
    ...Object.fromEntries(REMEMBERED.map((key) => [key, remember(key)])),
    ...settings(remember),
    real,
    real6: real,
    cleanstop: () => changed("only for the whole table: onStop"),
    servicename: remember("servicename"),
    comment: () => idle("write it as a comment"),
    monitorfile: () => idle("`baton explain` shows the last answers"),
    load: () => idle("had no effect in ldirectord either"),
  };
}

function finish(top: Top, draft: Virtual): void {
  const { sheet, ledger } = top;
  const { said } = draft;
  const by = (key: string): Statement | undefined => said.get(key) ?? top.said.get(key);
  const text = (key: string): string | undefined => by(key)?.words[1];
  const protocol = protocolOf(draft, text("protocol"));
  const place = ["services", nameOf(top, draft, protocol)];
  const { address, port, mark } = draft.of;
  const listen =
    address === undefined ? `mark ${mark}` : `${protocol} ${endpointOf(address, port)}`;
  sheet.set(place, {}, draft.statement);
  sheet.set([...place, "listen"], listen, draft.statement);
  if (address === undefined && draft.family === 6) sheet.set([...place, "family"], "ipv6");
  for (const [key, value] of kernelKeys(text)) sheet.set([...place, key[1]], value, by(key[0]));
  const asked = checksOf(text, { ...draft.of, protocol });
  sheet.set([...place, "servers"], []);
  for (const real of draft.reals) ledger.put(real, addReal(top, draft, { real, place, asked }));
  hoistServers(sheet, place);
  for (const [key, outcome] of asked.outcomes) {
    const statement = said.get(key);
    if (statement) ledger.put(statement, outcome);
  }
  addFallback(top, draft, place, by(draft.family === 6 ? "fallback6" : "fallback"));
  addPrograms(top, place, by("fallbackcommand"));
  top.ofMail.push(...MAIL_KEYS.flatMap((key) => said.get(key) ?? []));
  addMailing(top.mailings, by, String(place[1]));
}

function protocolOf({ of }: Virtual, said: string | undefined): Of["protocol"] {
  if (of.address === undefined) return "fwm";
  return said === "udp" ? "udp" : "tcp";
}

function nameOf({ sheet }: Top, { of, said }: Virtual, protocol: string): string {
  const own = said.get("servicename")?.words[1];
  const usual =
    of.address === undefined ? `mark-${of.mark}` : `${protocol}-${of.address}-${of.port}`;
  return freeName(plainName(own ?? usual), (name) => sheet.get(["services", name]) !== undefined);
}

type KernelKey = readonly [of: string, to: string];

/** Pairs of keys, there and here, with the value. */
function kernelKeys(text: (key: string) => string | undefined): [KernelKey, unknown][] {
  const found: [KernelKey, unknown][] = [[["scheduler", "scheduler"], text("scheduler") ?? "wrr"]];
  const persistent = numberIn(text("persistent") ?? "", { min: 1, max: 2_678_400 });
  if (persistent !== undefined) found.push([["persistent", "persistence"], durationOf(persistent)]);
  const netmask = text("netmask");
  if (netmask !== undefined) found.push([["netmask", "netmask"], netmask]);
  const flags = [
    ...(text("schedflags")?.split(/[,\s]+/) ?? []),
    ...(text("ops") === "yes" ? ["onePacket"] : []),
  ];
  if (flags.length > 0) found.push([["schedflags", "flags"], flags]);
  if (text("quiescent") === "yes") found.push([["quiescent", "onFailure"], "weight0"]);
  return found;
}

interface Adding {
  readonly real: Statement;
  readonly place: readonly string[];
  readonly asked: Asked;
}

function addReal({ sheet }: Top, draft: Virtual, { real, place, asked }: Adding): Outcome {
  const read = readReal(wordAt(real, 1));
  if (typeof read === "string") return lost(read);
  const { of } = draft;
  const fixed = of.address !== undefined && read.forward !== "nat";
  const port = fixed ? of.port : (read.port ?? of.port);
  for (const address of read.addresses) {
    const weight = asked.off ? 0 : read.weight;
    sheet.push(
      [...place, "servers"],
      {
        address: endpointOf(address, port),
        forward: read.forward,
        ...(weight !== undefined && weight !== 1 && { weight }),
        ...(read.upper !== undefined && { upperThreshold: read.upper }),
        ...(read.lower !== undefined && { lowerThreshold: read.lower }),
        check: asked.check(read, address, port),
      },
      real,
    );
  }
  if (read.port === undefined || read.port === port) return taken;
  return changed(`port ${port}: only masq changes it, in ldirectord too`);
}

const FORWARDS = { gate: "dr", masq: "nat", ipip: "tunnel" } as const;

function addFallback(
  { sheet, ledger }: Top,
  { of }: Virtual,
  place: readonly string[],
  statement: Statement | undefined,
): void {
  if (!statement) return;
  const [where = "", method = "masq"] = wordAt(statement, 1).split(/\s+/);
  const end = parseEndpoint(where);
  if ("complaint" in end) {
    ledger.put(statement, lost(end.complaint.message));
    return;
  }
  const { address, port } = end.value;
  if (of.address !== undefined && familyOf(of.address) !== familyOf(address)) return;
  const asked = Object.hasOwn(FORWARDS, method) ? FORWARDS[method as keyof typeof FORWARDS] : "nat";
  const moved = needsDr(address, asked);
  const forward = moved ? "dr" : asked;
  if (moved) ledger.put(statement, BY_DR);
  const own = forward === "nat" ? (port ?? of.port) : of.port;
  sheet.push([...place, "fallback"], { address: endpointOf(address, own), forward }, statement);
}

/** `start` when the fallback serves, `stop` when it is not needed any more. */
function addPrograms(
  { sheet, ledger }: Top,
  place: readonly string[],
  statement: Statement | undefined,
): void {
  if (!statement) return;
  const command = wordAt(statement, 1).split(/\s+/);
  sheet.set(
    [...place, "onQuorum"],
    { down: [...command, "start"], up: [...command, "stop"] },
    statement,
  );
  ledger.put(statement, changed("is told start and stop, not the service and its protocol"));
}
