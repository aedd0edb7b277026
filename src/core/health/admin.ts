/** What people decided about servers: the newest word counts, here and on the other director. */
import { endpointName } from "../../base/service.ts";
import { after, earliest, elapsed, hours, type Instant, type Millis } from "../../base/units.ts";
import type { DestinationKey } from "../../wire/ipvs/types.ts";
import type { Decision } from "./decision.ts";
import type { AdminAction, AdminEntry } from "./types.ts";

/** Enough for every maintenance. */
export const MAX_ENTRIES = 256;

type Scope = Pick<AdminEntry, "service" | "address" | "port">;

const covers = (wide: Scope, narrow: Scope): boolean =>
  wide.address === narrow.address &&
  (wide.service === undefined || wide.service === narrow.service) &&
  (wide.port === undefined || wide.port === narrow.port);

/** A total order, so that both directors end with the same entries whatever came first. */
const isNewer = (a: AdminEntry, b: AdminEntry): boolean =>
  a.version !== b.version ? a.version > b.version : a.director > b.director;

export const nextVersion = (entries: readonly AdminEntry[]): number =>
  entries.reduce((highest, { version }) => Math.max(highest, version), 0) + 1;

/** An `enable` is remembered so long, for a director that was away when it was said. */
const ENABLE_REMEMBERED = hours(24);

/** When a word ends that is said `now`, for a while or until somebody takes it back. */
export function endOf(
  action: AdminAction,
  span: Millis | undefined,
  now: Instant,
): Instant | undefined {
  if (action === "enable") return after(now, ENABLE_REMEMBERED);
  return span && after(now, span);
}

/** The entries with another one; the same list where it says nothing new. */
export function withEntry(
  entries: readonly AdminEntry[],
  entry: AdminEntry,
): readonly AdminEntry[] {
  if (entries.some((known) => covers(known, entry) && !isNewer(entry, known))) return entries;
  const all = beside(entries, entry);
  if (all.length <= MAX_ENTRIES) return all;
  // A server must not serve again unasked: an `enable` goes first, the oldest word last.
  const spare = all.findLastIndex(({ action }) => action === "enable");
  return all.toSpliced(spare, 1);
}

const beside = (entries: readonly AdminEntry[], entry: AdminEntry): readonly AdminEntry[] =>
  [...entries.filter((known) => !covers(entry, known) || isNewer(known, entry)), entry].sort(
    (a, b) => (isNewer(a, b) ? -1 : 1),
  );

/** Whether another entry takes no drained or disabled server's place. */
export function hasRoom(entries: readonly AdminEntry[], entry: AdminEntry): boolean {
  const counts = (one: AdminEntry): boolean => one === entry || one.action !== "enable";
  return beside(entries, entry).filter(counts).length <= MAX_ENTRIES;
}

/** Without what is over; the same list where nothing is. */
export function unexpired(entries: readonly AdminEntry[], now: Instant): readonly AdminEntry[] {
  const left = entries.filter(({ until }) => until === undefined || until > now);
  return left.length === entries.length ? entries : left;
}

export const adminDeadline = (entries: readonly AdminEntry[]): Instant | undefined =>
  earliest(...entries.map(({ until }) => until));

/** What counts for one server of one service. */
export function entryFor(
  entries: readonly AdminEntry[],
  service: string,
  server: DestinationKey,
): AdminEntry | undefined {
  if (entries.length === 0) return undefined;
  const scope = { service, address: server.address, port: server.port };
  // The newest comes first.
  const found = entries.find((entry) => covers(entry, scope));
  return found?.action === "enable" ? undefined : found;
}

const WORDS: Readonly<Record<AdminAction, string>> = {
  drain: "drained",
  disable: "disabled",
  enable: "enabled",
};

/** `drained by root: new disks`. */
export function adminText(entry: AdminEntry): string {
  const reason = entry.reason === "" ? "" : `: ${entry.reason}`;
  return `${WORDS[entry.action]} by ${entry.who}${reason}`;
}

const SECOND_MS = 1000;

/** As it is told `at` a moment. */
export function decisionOf(entry: AdminEntry, at: Instant): Decision {
  const { action, who, reason, director: on, time: said, until } = entry;
  const left = until === undefined || action === "enable" ? undefined : elapsed(at, until);
  const forMs = left && Math.round(left / SECOND_MS) * SECOND_MS;
  return { server: scopeText(entry), action, who, reason, on, said, forMs };
}

/** As a person wrote it: `10.0.0.1:80`, or `10.0.0.1` for every port. */
export const scopeText = ({ service, address, port }: Scope): string => {
  const server = port === undefined ? address : endpointName({ address, port });
  return service === undefined ? server : `${server} of ${service}`;
};
