/** `baton history`: what happened on both directors, on one clock. */

import { formatDuration } from "../base/units.ts";
import { VERSION } from "../base/version.ts";
import { tenths } from "../core/journal/evidence.ts";
import { lineText } from "../core/journal/text.ts";
import { type Context, EXIT, print, printJson } from "./context.ts";
import {
  type Entry,
  instanceOf,
  type Other,
  readTimeline,
  type Sources,
  type Timeline,
} from "./journal-reading.ts";
import { clockText, type Style, styleOf, table } from "./text.ts";

export interface HistoryOptions extends Sources {
  /** How far back, in milliseconds. */
  readonly since?: number;
  readonly instance?: string;
  readonly json?: true;
}

const DAY = 86_400_000;

export async function timeline(context: Context, options: HistoryOptions): Promise<number> {
  const read = await readTimeline(context, options);
  const from = Date.now() - (options.since ?? DAY);
  const { instance } = options;
  const entries = read.entries.filter(
    ({ ms, line }) =>
      ms >= from &&
      line.kind !== "clock" &&
      (instance === undefined || (instanceOf(line) ?? instance) === instance),
  );
  if (options.json) {
    printJson(context, { director: read.director, others: read.others, lines: linesOf(entries) });
  } else print(context, ...words(read, entries, styleOf(context.io.colour)));
  return EXIT.done;
}

const linesOf = (entries: readonly Entry[]) => entries.map(({ line }) => line);

function words(
  { director, others, unknown }: Timeline,
  entries: readonly Entry[],
  style: Style,
): readonly string[] {
  let day = "";
  const lines: string[] = [];
  const rows = entries.map((entry) => rowOf(entry, style));
  for (const [i, row] of table(rows, 2).entries()) {
    const of = new Date(entries[i]?.ms ?? 0).toDateString();
    if (of !== day) lines.push(style.bold(of));
    day = of;
    lines.push(row);
  }
  if (lines.length === 0) lines.push("nothing has happened in this time");
  return [...lines, "", ...clockLines(director, others), ...unknownLines(unknown)];
}

const unknownLines = (count: number): readonly string[] =>
  count === 0
    ? []
    : [`${count} lines are not shown: another version wrote them, baton ${VERSION} does not know`];

function rowOf({ line, director }: Entry, style: Style): readonly string[] {
  const text = lineText(line);
  const moves = line.kind === "transition" || line.kind === "started" || line.kind === "stopped";
  return [clockText(line.time), director, moves ? style.bold(text) : text];
}

function clockLines(director: string, others: readonly Other[]): readonly string[] {
  if (others.length === 0) {
    return [
      `All of it is from ${director}'s journal. The other director is asked by the running daemon;`,
      "without one give a copy of its /var/lib/baton/journal: --peer FOLDER",
    ];
  }
  return others.map(({ director: other, aheadMs, compared, problem }) => {
    if (problem !== undefined) return `${other}'s journal is missing here: ${problem}`;
    if (aheadMs === undefined) {
      return `${other}'s times are as it wrote them: no heartbeat is in both journals`;
    }
    const way = aheadMs < 0 ? "behind" : "ahead";
    const offset = `${other}'s clock is ${formatDuration(tenths(Math.abs(aheadMs)))} ${way}`;
    if (compared === 0) return `${offset}, by its answer just now; its times are moved`;
    return `${offset}, by ${compared} heartbeats in both journals; its times are moved`;
  });
}
