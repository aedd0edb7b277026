/** `baton explain` without a subject: why each instance last changed its state, with the evidence. */
import { existsSync } from "node:fs";
import { BatonError } from "../base/errors.ts";
import { formatDuration } from "../base/units.ts";
import type { Evidence, PeerEvidence, ToldBody, TransitionBody } from "../core/journal/types.ts";
import { RECORDING_SUFFIX } from "../os/recording-files.ts";
import { type Context, EXIT, print, printJson } from "./context.ts";
import { type Entry, instanceOf, readTimeline, type Sources } from "./journal-reading.ts";
import { ago, clockText, type Style, styleOf } from "./text.ts";

export interface MovesOptions extends Sources {
  /** Milliseconds on the wall clock; undefined: the last ones. */
  readonly at?: number;
  readonly json?: true;
}

interface Move {
  readonly ms: number;
  readonly director: string;
  readonly transition: TransitionBody & { readonly time: string };
  /** Its times, where they are known. */
  readonly told: ToldBody | undefined;
  /** The file that replays it, where it is still there. */
  readonly recording: string | undefined;
}

/** What happened so close to the moment that was asked for is told with it. */
const AROUND_MS = 10_000;
/** Who says 03:12 means the minute, as somebody's clock had it. */
const ABOUT_MS = 300_000;

export async function explainMoves(context: Context, options: MovesOptions): Promise<number> {
  const { entries, others } = await readTimeline(context, options);
  const moves = movesIn(context, entries);
  if (moves.length === 0) {
    throw new BatonError("BATON_JOURNAL", `no change of a role is in ${context.places.journal}`);
  }
  const chosen = options.at === undefined ? lastOfEach(moves) : around(moves, options.at);
  if (options.json)
    printJson(
      context,
      chosen.map(({ ms: _ms, ...move }) => move),
    );
  else {
    const style = styleOf(context.io.colour);
    const away = options.at !== undefined && isAway(chosen, options.at);
    if (away) print(context, "No role changed around then; this is the nearest change.", "");
    print(context, chosen.map((move) => sentences(move, style).join("\n")).join("\n\n"));
    for (const { director, problem } of others) {
      if (problem !== undefined)
        print(context, "", `${director}'s journal is missing here: ${problem}`);
    }
  }
  return EXIT.done;
}

function movesIn({ places }: Context, entries: readonly Entry[]): readonly Move[] {
  return entries.flatMap(({ ms, line, director }, i): Move[] => {
    if (line.kind !== "transition") return [];
    const { instance, recording } = line;
    const own = entries
      .slice(i + 1)
      .filter(({ line: next, director: by }) => by === director && instanceOf(next) === instance);
    const end = own.findIndex(
      ({ line: next }) => next.kind === "transition" && next.to === "master",
    );
    const told = own
      .slice(0, end < 0 ? undefined : end)
      .find(({ line: next }) => next.kind === "told")?.line;
    const file = `${places.recordings}/${recording}${RECORDING_SUFFIX}`;
    const its = told?.kind === "told" && isItsStory(line, told) ? told : undefined;
    const kept = recording !== undefined && existsSync(file) ? file : undefined;
    return [{ ms, director, transition: line, told: its, recording: kept }];
  });
}

const isItsStory = ({ from, to }: TransitionBody, { story }: ToldBody): boolean =>
  story === "took" ? to === "master" : from === "master" || from === "leaving";

/** With what the other director did then: a handover has two sides. */
function lastOfEach(moves: readonly Move[]): readonly Move[] {
  const last = new Map(moves.map((move) => [move.transition.instance, move.ms]));
  return moves.filter(({ ms, transition }) => {
    const latest = last.get(transition.instance) ?? ms;
    return latest - ms <= AROUND_MS;
  });
}

function around(moves: readonly Move[], at: number): readonly Move[] {
  const nearest = moves.reduce((best, one) =>
    Math.abs(one.ms - at) < Math.abs(best.ms - at) ? one : best,
  );
  return moves.filter(({ ms }) => Math.abs(ms - nearest.ms) <= AROUND_MS);
}

const isAway = (moves: readonly Move[], at: number): boolean =>
  moves.every(({ ms }) => Math.abs(ms - at) > ABOUT_MS);

function sentences(move: Move, style: Style): readonly string[] {
  const { transition, director, told, recording, ms } = move;
  const { instance, from, to, why, evidence, time } = transition;
  const day = new Date(ms).toDateString();
  const head = `${instance} on ${director} went from ${from} to ${to}`;
  return [
    `${style.bold(head)} at ${clockText(time)} on ${day}, ${ago(Date.now() - ms)}.`,
    `  Why: ${why}.`,
    ...evidence.peers.map((peer) => `  ${peerSentence(peer, evidence)}`),
    ...(evidence.peers.length === 0 ? ["  No other director had been heard."] : []),
    `  ${ownSentence(director, evidence)}`,
    ...(told ? [`  Then: ${told.text}.`] : []),
    ...(recording === undefined ? [] : [style.dim(`  baton replay ${recording}`)]),
  ];
}

function peerSentence(peer: PeerEvidence, { intervalMs, missed }: Evidence): string {
  const { director, state, heardAgoMs, claimAgoMs, priority, hold, hearsUs } = peer;
  const silence = `${missed} intervals of ${formatDuration(intervalMs)}`;
  const late = heardAgoMs > intervalMs * missed ? `, more than ${silence}` : "";
  const claimed =
    claimAgoMs === undefined || claimAgoMs === heardAgoMs
      ? ""
      : `, last heard to serve ${formatDuration(claimAgoMs)} before`;
  const parts = [
    `as ${state} with priority ${priority}`,
    ...(peer.level ? [] : ["its connections incomplete"]),
    ...(peer.serviceable ? [] : ["not able to serve"]),
    ...(hold ? ["on hold"] : []),
    ...(hearsUs ? [] : ["not hearing this director"]),
  ];
  const heard = `${director} had last been heard ${formatDuration(heardAgoMs)} before${late}`;
  return `${heard}: ${parts.join(", ")}${claimed}.`;
}

function ownSentence(director: string, evidence: Evidence): string {
  const { priority, level, blind, cutOff, holdMs, faults, event } = evidence;
  const parts = [
    `${director}'s priority counted ${priority}`,
    `its connections were ${level ? "complete" : "incomplete"}`,
    ...(holdMs === undefined ? [] : [`it was on hold for ${formatDuration(Math.round(holdMs))}`]),
    ...(blind ? ["it heard nothing on the interface"] : []),
    ...(cutOff ? ["it may have been cut off"] : []),
    ...(faults.length === 0 ? [] : [`at fault: ${faults.join(", ")}`]),
  ];
  return `${parts.join(", ")}; decided at the event ${event}.`;
}

const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/;

/** `03:12`, of today or else of yesterday, or an ISO time; undefined where it is neither. */
export function momentOf(text: string, now: Date): number | undefined {
  const [, hour, minute, second] = CLOCK.exec(text) ?? [];
  if (hour === undefined || minute === undefined) {
    const at = Date.parse(text);
    return Number.isFinite(at) ? at : undefined;
  }
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second ?? 0) > 59) return undefined;
  const at = new Date(now);
  at.setHours(Number(hour), Number(minute), Number(second ?? 0), 0);
  if (at > now) at.setDate(at.getDate() - 1);
  return at.getTime();
}
