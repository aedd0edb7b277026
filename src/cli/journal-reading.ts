/** The journals of this director and of others, read and put on one clock. */
import { BatonError } from "../base/errors.ts";
import type { PeerAnswer } from "../control/api.ts";
import { aheadAt, type Clocks, compareClocks, type Dated } from "../core/journal/clocks.ts";
import type { Line } from "../core/journal/types.ts";
import { readJournal } from "../os/journal-files.ts";
import type { Context } from "./context.ts";
import { askPeers } from "./peers.ts";

export interface Entry extends Dated {
  readonly director: string;
}

/** Another journal, as far as it is in the timeline. */
export interface Other {
  readonly director: string;
  /** Heartbeats that both wrote down; 0: its clock was read when it answered. */
  readonly compared: number;
  /** How far its clock is ahead at the end; undefined: nothing tells, its times are as they are. */
  readonly aheadMs: number | undefined;
  /** Why it is not in the timeline. */
  readonly problem?: string;
}

export interface Timeline {
  readonly director: string;
  /** On this director's clock, the oldest first. */
  readonly entries: readonly Entry[];
  readonly others: readonly Other[];
  /** Lines of kinds that another version wrote. */
  readonly unknown: number;
}

export interface Sources {
  /** Files, or copies of folders, in place of asking the other directors. */
  readonly peer?: readonly string[];
  /** Nobody is asked. */
  readonly local?: true;
}

/** The others are asked through the daemon, where one runs. Throws BATON_JOURNAL where one can not be read. */
export async function readTimeline(
  context: Context,
  { peer, local }: Sources = {},
): Promise<Timeline> {
  const { lines: own, unknown } = await dated(context.places.journal);
  const director = own.at(-1)?.line.director ?? "";
  const files = await Promise.all(
    (peer ?? []).map(async (path) => moved(own, { name: path, ...(await dated(path)) })),
  );
  const answers = peer || local ? [] : await askPeers(context, { ask: "journal" });
  const read = [...files, ...answers.map(answered(own))];
  const entries = [...own.map((one) => ({ ...one, director })), ...read.flatMap((r) => r.entries)];
  entries.sort((a, b) => a.ms - b.ms);
  const others = read.map(({ other }) => other);
  return { director, entries, others, unknown: read.reduce((sum, r) => sum + r.unknown, unknown) };
}

const answered =
  (own: readonly Dated[]) =>
  ({ director, text, sentence, aheadMs }: PeerAnswer): Moved => {
    if (text !== undefined) {
      const told = readingOf(text.split("\n"));
      return moved(own, { name: director, ...told, ...(aheadMs !== undefined && { aheadMs }) });
    }
    const other = { director, compared: 0, aheadMs: undefined, problem: sentence };
    return { entries: [], other, unknown: 0 };
  };

interface Reading {
  readonly lines: readonly Dated[];
  readonly unknown: number;
}

interface Moved {
  readonly entries: readonly Entry[];
  readonly other: Other;
  readonly unknown: number;
}

function moved(
  own: readonly Dated[],
  { name, lines, unknown, aheadMs: now }: Reading & { name: string; aheadMs?: number },
): Moved {
  const clocks: Clocks = compareClocks(own, lines);
  const director = lines.at(-1)?.line.director ?? name;
  const entries = lines.map(({ ms, line }) => {
    const shifted = ms - (aheadAt(clocks, ms) ?? now ?? 0);
    return { ms: shifted, line: { ...line, time: new Date(shifted).toISOString() }, director };
  });
  const compared = clocks.said.length + clocks.heard.length;
  const aheadMs = aheadAt(clocks, lines.at(-1)?.ms ?? 0) ?? now;
  return { entries, other: { director, compared, aheadMs }, unknown };
}

async function dated(path: string): Promise<Reading> {
  const lines = await readJournal(path);
  if (lines === undefined) {
    throw new BatonError("BATON_JOURNAL", `there is no journal in ${path}`);
  }
  return readingOf(lines);
}

/** What another baton wrote of a kind that is not known here is counted. */
function readingOf(texts: readonly string[]): Reading {
  const all = texts.flatMap(parsed);
  const lines = all.filter(({ line }) => KINDS.has(line.kind));
  return { lines, unknown: all.length - lines.length };
}

/** A line that was cut off by a full disk is passed over. */
function parsed(text: string): readonly Dated[] {
  try {
    const line = JSON.parse(text) as Line;
    const ms = Date.parse(line.time);
    return Number.isFinite(ms) ? [{ ms, line }] : [];
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
  decided: true,
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
