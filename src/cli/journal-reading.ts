/** The journals of this director and of others, read and put on one clock. */
import { BatonError } from "../base/errors.ts";
import { aheadAt, type Clocks, compareClocks, type Dated } from "../core/journal/clocks.ts";
import type { Line } from "../core/journal/types.ts";
import { readJournal } from "../os/journal-files.ts";
import type { Context } from "./context.ts";

export interface Entry extends Dated {
  readonly director: string;
}

/** Another journal, as far as it is in the timeline. */
export interface Other {
  readonly director: string;
  readonly path: string;
  /** Heartbeats that both wrote down. */
  readonly compared: number;
  /** How far its clock is ahead at the end; undefined: nothing tells, its times are as they are. */
  readonly aheadMs: number | undefined;
}

export interface Timeline {
  readonly director: string;
  /** On this director's clock, the oldest first. */
  readonly entries: readonly Entry[];
  readonly others: readonly Other[];
}

/** Throws BATON_JOURNAL where one can not be read. */
export async function readTimeline(
  context: Context,
  peerJournals: readonly string[] = [],
): Promise<Timeline> {
  const own = await dated(context.places.journal);
  const director = own.at(-1)?.line.director ?? "";
  const read = await Promise.all(peerJournals.map((path) => moved(own, path)));
  const entries = [...own.map((one) => ({ ...one, director })), ...read.flatMap((r) => r.entries)];
  entries.sort((a, b) => a.ms - b.ms);
  return { director, entries, others: read.map(({ other }) => other) };
}

async function moved(
  own: readonly Dated[],
  path: string,
): Promise<{ readonly entries: readonly Entry[]; readonly other: Other }> {
  const theirs = await dated(path);
  const clocks: Clocks = compareClocks(own, theirs);
  const director = theirs.at(-1)?.line.director ?? path;
  const entries = theirs.map(({ ms, line }) => {
    const shifted = ms - (aheadAt(clocks, ms) ?? 0);
    return { ms: shifted, line: { ...line, time: new Date(shifted).toISOString() }, director };
  });
  const compared = clocks.said.length + clocks.heard.length;
  const aheadMs = aheadAt(clocks, theirs.at(-1)?.ms ?? 0);
  return { entries, other: { director, path, compared, aheadMs } };
}

async function dated(path: string): Promise<readonly Dated[]> {
  const lines = await readJournal(path);
  if (lines === undefined) {
    throw new BatonError("BATON_JOURNAL", `there is no journal in ${path}`);
  }
  return lines.flatMap(parsed);
}

/** A line that was cut off by a full disk, or that a newer baton wrote, is passed over. */
function parsed(text: string): readonly Dated[] {
  try {
    const line = JSON.parse(text) as Line;
    const ms = Date.parse(line.time);
    return Number.isFinite(ms) && KINDS.has(line.kind) ? [{ ms, line }] : [];
  } catch {
    return [];
  }
}

const KIND_LIST = {
  started: true,
  transition: true,
  told: true,
  server: true,
  left: true,
  quorum: true,
  peer: true,
  event: true,
  note: true,
  refused: true,
  repair: true,
  reload: true,
  clock: true,
  lost: true,
  stopped: true,
} satisfies Record<Line["kind"], true>;
const KINDS: ReadonlySet<string> = new Set(Object.keys(KIND_LIST));

/** The instance that a line is about; undefined: all of them, or none. */
export function instanceOf(line: Line): string | undefined {
  if ("instance" in line) return line.instance;
  if (line.kind !== "event") return undefined;
  const { instance } = line.event;
  return typeof instance === "string" ? instance : undefined;
}
