/** What a drill found, as text. */
import { formatDuration } from "../../base/units.ts";
import { millis, type Style, table } from "../text.ts";
import type { Leg, LegVip } from "./leg.ts";
import { ASK_EVERY_MS } from "./observer.ts";

export interface DrillReport {
  readonly instance: string | undefined;
  /** Where it was run. */
  readonly director: string;
  readonly maxGapMs: number;
  /** What nobody could tell beforehand. */
  readonly unknown: readonly string[];
  readonly legs: readonly Leg[];
  /** Why it did not start, or did not go on. */
  readonly problems: readonly string[];
  readonly interrupted: boolean;
  readonly ok: boolean;
  /** With --stay: how long the one that gave the role away stays away; undefined: it does not. */
  readonly holdMs: number | undefined;
}

/** A line each. */
export function renderDrill(report: DrillReport, style: Style): readonly string[] {
  const { unknown, legs, problems } = report;
  return [
    ...unknown.map((what) => `not known: ${what}`),
    ...legs.flatMap((leg, i) => legLines(leg, i === 0 ? "there" : "back", style)),
    ...problems.map((problem) => `${style.bad("problem")}: ${problem}`),
    verdict(report, style),
    ...holdLine(report),
  ];
}

function verdict({ legs, interrupted, problems, maxGapMs, ok }: DrillReport, style: Style): string {
  if (interrupted) return style.bad("The drill was interrupted.");
  if (legs.length === 0) return style.bad("The drill did not start.");
  const gap = Math.max(...legs.map(({ gapMs }) => gapMs));
  const measured =
    `${gap === 0 ? "no gap" : `longest gap ${gapWords(gap)}`}, ` +
    `at most ${millis(maxGapMs)} allowed (asked every ${ASK_EVERY_MS} ms)`;
  if (ok) return `${style.good("passed")}: ${measured}`;
  const failed = legs.some(({ done }) => !done) || problems.length > 0;
  return `${style.bad("failed")}: ${failed ? "a handover did not succeed; " : ""}${measured}`;
}

function holdLine({ legs, holdMs }: DrillReport): readonly string[] {
  const [leg] = legs;
  if (holdMs === undefined || !leg?.done) return [];
  const until = `for ${formatDuration(holdMs)}, or until \`baton resume\` there`;
  return [`${leg.from} stays away ${until}`];
}

function legLines(leg: Leg, name: string, style: Style): readonly string[] {
  const { from, to, done, sentence, durationMs, gapMs, overlapMs, vips } = leg;
  const what = done
    ? `took ${millis(durationMs)}, gap ${gapWords(gapMs)}, both held it for ${millis(overlapMs)}`
    : `${style.bad("did not succeed")} within ${millis(durationMs)}, gap ${gapWords(gapMs)}`;
  return [
    `${style.bold(`${name}: ${from} to ${to}`)}  ${what}`,
    `  ${sentence}`,
    ...table(
      vips.map((vip) => [vip.vip, holdWords(vip)]),
      2,
    ),
  ];
}

/** Another host may have held it from just after its last answer to just before its first. */
const RESOLUTION_MS = 2 * ASK_EVERY_MS;

const gapWords = (gap: number): string => {
  if (gap === 0) return "none";
  return gap < RESOLUTION_MS ? `below ${RESOLUTION_MS} ms` : millis(gap);
};

const MAX_HOLDS = 6;

/** `lb1 0 to 290 ms, lb2 281 to 612 ms`, counted from the command. */
function holdWords({ holds }: LegVip): string {
  if (holds.length === 0) return "held by nobody";
  const words = holds
    .slice(0, MAX_HOLDS)
    .map(({ holder, from, to }) => `${holder} ${Math.round(from)} to ${Math.round(to)} ms`);
  return words.join(", ") + (holds.length > MAX_HOLDS ? ", …" : "");
}
