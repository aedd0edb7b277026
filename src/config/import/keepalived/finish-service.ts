/** A virtual_server that was read, as services of baton: one for each thing it listens on. */
import type { Place } from "../../report.ts";
import { hoistServers } from "../hoist.ts";
import { BY_DR, needsDr } from "../itself.ts";
import { changed, idle, type Statement, taken, undecided } from "../types.ts";
import { freeName, plainName } from "../values.ts";
import { checksOf } from "./check.ts";
import { needsUser } from "./notify.ts";
import { paceOf } from "./pace.ts";
import { isOn, type Reading } from "./reading.ts";
import {
  endpoint,
  familyOfListener,
  type Listener,
  type ServerDraft,
  type ServiceDraft,
} from "./service-draft.ts";

const WHICH_INSTANCE = undecided("several instances, and a mark: write which it moves with");

export function finishService(reading: Reading, draft: ServiceDraft): void {
  const { ledger } = reading;
  const byAddress = draft.listeners.some(({ kind }) => kind === "address");
  if (draft.protocol === undefined && byAddress) {
    const why = "names no protocol, and keepalived takes UDP then: is TCP meant?";
    ledger.put(draft.statement, undecided(why));
  }
  settleFlags(reading, draft);
  settleQuorum(reading, draft);
  const whom = draft.user ?? reading.globals.user;
  const programs = draft.keys["onQuorum"] as Record<string, unknown> | undefined;
  if (programs && needsUser(whom)) programs["user"] = whom;
  for (const [i, listener] of draft.listeners.entries()) writeService(reading, draft, listener, i);
}

function nameOf(draft: ServiceDraft, listener: Listener, index: number): string {
  if (draft.name !== "")
    return draft.listeners.length === 1 ? draft.name : `${draft.name}-${index + 1}`;
  if (listener.kind === "mark") return `mark-${listener.mark}`;
  return plainName(`${draft.protocol ?? "udp"}-${listener.address}-${listener.port}`);
}

function writeService(
  reading: Reading,
  draft: ServiceDraft,
  listener: Listener,
  index: number,
): void {
  const { sheet } = reading;
  const wanted = nameOf(draft, listener, index);
  const isTaken = (name: string): boolean => sheet.get(["services", name]) !== undefined;
  const place = ["services", freeName(wanted, isTaken)];
  sheet.set(place, {}, draft.statement);
  const { alert } = draft;
  if (alert) {
    const asked = { on: isOn(alert) !== false, statement: alert };
    reading.mail.own.services.set(String(place[1]), asked);
  }
  sheet.set([...place, "listen"], listenOf(draft, listener), draft.statement);
  if (listener.kind === "mark") markOf(reading, draft, listener, place);
  for (const [key, value] of Object.entries(draft.forward)) sheet.set([...place, key], value);
  for (const [key, value] of Object.entries(draft.keys)) {
    sheet.set([...place, key], value, draft.from.get(key));
  }
  const checked = draft.servers.some(({ checks }) => checks.length > 0);
  const levels = draft.servers.flatMap(({ pace, checks }) => [
    pace.alpha,
    ...checks.map((check) => check.pace.alpha),
  ]);
  // Without alpha keepalived adds its servers before it has asked them.
  if (checked && draft.pace.alpha !== true && !levels.includes(true)) {
    sheet.set([...place, "assumeUp"], true);
  }
  sheet.set([...place, "servers"], []);
  for (const server of draft.servers) writeServer(reading, draft, { server, listener, place });
  hoistServers(sheet, place);
  writeSorry(reading, draft, listener, place);
}

const listenOf = (draft: ServiceDraft, listener: Listener): string =>
  listener.kind === "mark"
    ? `mark ${listener.mark}`
    : `${draft.protocol ?? "udp"} ${endpoint(listener.address, listener.port)}${
        listener.port === 0 ? ":0" : ""
      }`;

function markOf(
  { sheet, ledger }: Reading,
  draft: ServiceDraft,
  listener: Listener,
  place: Place,
): void {
  if (familyOfListener(listener, draft) === 6) sheet.set([...place, "family"], "ipv6");
  const [first, ...more] = Object.keys((sheet.get(["instances"]) as object | undefined) ?? {});
  if (first === undefined || more.length === 0) return;
  sheet.set([...place, "instance"], first);
  ledger.put(draft.statement, WHICH_INSTANCE);
}

interface Behind {
  readonly server: ServerDraft;
  readonly listener: Listener;
  readonly place: Place;
}

function writeServer(
  reading: Reading,
  draft: ServiceDraft,
  { server, listener, place }: Behind,
): void {
  const { sheet, ledger } = reading;
  const forward = server.forward ?? draft.forward;
  const own = listener.kind === "address" ? listener.port : server.port;
  const fixed = forward["forward"] !== "nat" && listener.kind === "address";
  const moved = fixed && server.port !== own && server.port !== 0;
  if (moved) {
    const why = `port ${own}: what is not NAT hands packets over as they are, in keepalived too`;
    ledger.put(server.statement, changed(why));
  }
  const address = endpoint(server.address, fixed ? own : server.port || own);
  const checks = server.checks.flatMap((check) => {
    const pace = paceOf([check.pace, server.pace, draft.pace], check.defaults);
    const host = server.host ?? draft.host;
    // keepalived asks at the port that is written, whatever the kernel then uses.
    const port = moved ? server.port : undefined;
    return checksOf(check, { pace, host, port, user: reading.globals.user });
  });
  const whom = server.user ?? reading.globals.user;
  const [only, ...others] = checks;
  const long = {
    ...server.keys,
    ...server.forward,
    ...(Object.keys(server.notify).length > 0 && {
      notify: { ...server.notify, ...(needsUser(whom) && { user: whom }) },
    }),
    ...(only && { check: others.length === 0 ? only : checks }),
  };
  const value = Object.keys(long).length === 0 ? address : { address, ...long };
  sheet.push([...place, "servers"], value, server.statement);
}

function writeSorry(
  { sheet, ledger }: Reading,
  draft: ServiceDraft,
  listener: Listener,
  place: Place,
): void {
  const { sorry } = draft;
  if (!sorry) return;
  const asked = draft.sorryForward ?? draft.forward;
  const moved = needsDr(sorry.address, asked["forward"]);
  const forward = moved ? { forward: "dr" } : asked;
  if (moved) ledger.put(sorry.statement, BY_DR);
  const own = listener.kind === "address" ? listener.port : 0;
  const port = forward["forward"] === "nat" ? sorry.port || own : own;
  const address = endpoint(sorry.address, port);
  const value = draft.sorryForward || moved ? { address, ...forward } : address;
  sheet.push([...place, "fallback"], value, sorry.statement);
}

/** flag-1 and flag-2 are the scheduler's. */
function settleFlags({ ledger }: Reading, draft: ServiceDraft): void {
  const { scheduler = "wlc" } = draft.keys as { readonly scheduler?: string };
  const hash = scheduler === "sh" || scheduler === "mh";
  const flags = draft.flags.flatMap(({ word, statement }) => {
    if (word === "ops") return ["onePacket"];
    if (word === "flag-3" || !hash) {
      ledger.put(statement, idle(`means nothing to ${scheduler}`));
      return [];
    }
    if (word === "flag-1") return [`${scheduler}-fallback`];
    return word === "flag-2" ? [`${scheduler}-port`] : [word];
  });
  if (flags.length > 0) draft.keys["flags"] = [...new Set(flags)];
}

/** keepalived lowers what could never be reached. */
function settleQuorum({ ledger }: Reading, draft: ServiceDraft): void {
  const { keys, from, servers } = draft;
  const most = servers.reduce((sum, { keys: own }) => sum + Number(own["weight"] ?? 1), 0);
  lower("quorum", Math.max(1, most));
  lower("hysteresis", Number(keys["quorum"] ?? 1) - 1);
  function lower(key: "quorum" | "hysteresis", limit: number): void {
    const statement: Statement | undefined = from.get(key);
    const value = Number(keys[key] ?? 0);
    if (statement === undefined || value <= limit) return;
    keys[key] = limit;
    ledger.put(statement, changed(`${limit}, the most that can be reached, as in keepalived`));
  }
  if (servers.length === 0 && ledger.get(draft.statement) === taken) {
    ledger.put(draft.statement, changed("has no real servers: clients are refused"));
  }
}
