/** The picture that `baton status --watch` draws: what is known, the room for it → lines. */
import type {
  InstanceSnapshot,
  PeerSnapshot,
  Snapshot,
} from "../../../core/director/snapshot-types.ts";
import { age, ago, loss, millis, type Style, wrap } from "../../text.ts";
import { versionWords } from "../render.ts";
import { clip } from "./bars.ts";
import { changeMark, type Room } from "./room.ts";
import { serviceLines } from "./services.ts";

/** What the daemon said when it was asked. */
export type Word =
  | { readonly kind: "running"; readonly snapshot: Snapshot }
  | { readonly kind: "notRunning" }
  | { readonly kind: "silent"; readonly afterMs: number }
  | { readonly kind: "failed"; readonly sentence: string };

export interface Picture {
  readonly word: Word;
  /** The wall clock. */
  readonly now: number;
  /** The last snapshot before this one, and when it came. */
  readonly previous: { readonly snapshot: Snapshot; readonly at: number } | undefined;
  readonly intervalMs: number;
}

/** The table of the kernel is read every few seconds; who is older than this is not. */
const STALE_TABLE_MS = 10_000;

/** At most `rows` lines of at most `columns` characters. */
export function drawPicture(picture: Picture, room: Room, style: Style): readonly string[] {
  const { word, previous } = picture;
  const shown = word.kind === "running" ? word.snapshot : previous?.snapshot;
  const before = word.kind === "running" ? previous?.snapshot : undefined;
  const head = [titleLine(picture, shown, style), ...wrapped(troubleLines(picture, style), room)];
  const body = shown ? bodyLines(shown, before, room, style) : [];
  const foot = shown ? [footLine(shown, style)] : [];
  const height = Math.max(0, room.rows - head.length - foot.length);
  return [...head, ...cut(body, height, room.skip, style), ...foot]
    .slice(0, room.rows)
    .map((line) => clip(line, room.columns));
}

/** How far the lines can be scrolled at most. */
export function furthest(picture: Picture, room: Room, style: Style): number {
  const whole = drawPicture(picture, { ...room, rows: Number.MAX_SAFE_INTEGER, skip: 0 }, style);
  return Math.max(0, whole.length - room.rows + 1);
}

const wrapped = (lines: readonly string[], { columns }: Room): readonly string[] =>
  lines.flatMap((line) => wrap(line, columns));

function titleLine(
  { now, intervalMs }: Picture,
  shown: Snapshot | undefined,
  style: Style,
): string {
  const time = new Date(now).toISOString().slice(11, 19);
  const who = shown ? `${style.bold(shown.director)} of ${shown.cluster}` : style.bold("baton");
  return `${who}  ${time} UTC, every ${age(intervalMs)}  ${style.dim("q ends")}`;
}

function troubleLines(picture: Picture, style: Style): readonly string[] {
  const trouble = troubleOf(picture);
  return trouble === undefined ? [] : [style.bad(trouble), ...sinceLines(picture, style)];
}

function troubleOf({ word }: Picture): string | undefined {
  switch (word.kind) {
    case "running":
      return undefined;
    case "notRunning":
      return "No daemon runs here: `baton status` reads the kernel.";
    case "silent":
      return `The daemon did not answer within ${age(word.afterMs)}: it is hung or stopped.`;
    case "failed":
      return word.sentence;
  }
}

const sinceLines = ({ previous, now }: Picture, style: Style): readonly string[] =>
  previous ? [style.bad(`What follows is ${age(now - previous.at)} old.`)] : [];

function bodyLines(
  snapshot: Snapshot,
  before: Snapshot | undefined,
  room: Room,
  style: Style,
): readonly string[] {
  const known = new Map(before?.instances.map((one) => [one.name, one.state]));
  const about = [
    [
      ...snapshot.alarms.map((alarm) => `${style.bad("ALARM")} ${alarm}`),
      ...staleLines(snapshot, style),
    ],
    snapshot.instances.map((one) => instanceLine(one, known.get(one.name), style)),
    snapshot.heartbeat.transport === "vrrp"
      ? []
      : snapshot.peers.map((one) => peerLine(snapshot, one, style)),
  ].map((lines) => wrapped(lines, room));
  const sections = [
    ...about,
    serviceLines(snapshot, before, room, style),
    wrapped(syncLines(snapshot, style), room),
  ];
  return sections.filter((lines) => lines.length > 0).flatMap((lines) => ["", ...lines]);
}

function staleLines({ ipvs }: Snapshot, style: Style): readonly string[] {
  if (ipvs.problem !== undefined) return [style.bad(`IPVS: ${ipvs.problem}`)];
  if (ipvs.readAgoMs === undefined || ipvs.readAgoMs <= STALE_TABLE_MS) return [];
  return [style.bad(`The IPVS table was read ${ago(ipvs.readAgoMs)}: its figures are old.`)];
}

function instanceLine(one: InstanceSnapshot, was: string | undefined, style: Style): string {
  const word = one.state.toUpperCase().padEnd("INITIALIZE".length);
  const painted =
    one.state === "master" ? style.good(word) : one.state === "fault" ? style.bad(word) : word;
  const here = one.vips.filter(({ present }) => present).length;
  const agrees = one.vips.every(({ present, wanted }) => present === wanted);
  const vips = `${here}/${one.vips.length} VIPs here`;
  const parts = [
    `since ${age(one.sinceMs)}`,
    agrees ? vips : style.bad(vips),
    one.level ? "level" : style.bad("not level"),
    `master ${one.master ?? style.bad("nobody")}`,
    one.why,
  ];
  return `${changeMark(was, one.state)}${one.name}  ${painted}  ${parts.join("  ")}`;
}

function peerLine(snapshot: Snapshot, peer: PeerSnapshot, style: Style): string {
  const { director, alive, heardAgoMs, hearsUs, paths } = peer;
  const version = versionWords(snapshot, peer);
  const received = paths.reduce((sum, path) => sum + path.received, 0);
  const lost = paths.reduce((sum, path) => sum + path.lost, 0);
  const jitter = Math.max(0, ...paths.map(({ jitterMs }) => jitterMs ?? 0));
  const parts = [
    `heard ${ago(heardAgoMs)}`,
    ...(hearsUs === false ? [style.bad("does not hear this director")] : []),
    `loss ${loss(lost, received)}`,
    `jitter ${millis(jitter)}`,
    ...(version === undefined ? [] : [version]),
  ];
  return ` ${director}  ${alive ? style.good("alive") : style.bad("silent")}  ${parts.join("  ")}`;
}

function syncLines({ sync }: Snapshot, style: Style): readonly string[] {
  if (!sync) return [];
  const { wanted, running, resync } = sync;
  const agrees = [...wanted].sort().join() === [...running].sort().join();
  const roles = running.length === 0 ? "none" : running.join(" and ");
  const state = agrees ? roles : style.bad(`${roles}, wanted ${wanted.join(" and ") || "none"}`);
  return [
    ` connection sync on ${sync.interface}: ${state}`,
    ...(resync.runningMs === undefined ? [] : [` a resync runs since ${age(resync.runningMs)}`]),
    ...resync.learning.map(
      ({ instance, from, forMs }) => ` ${instance} learns from ${from} since ${age(forMs)}`,
    ),
  ];
}

function footLine({ ipvs, loop, repairs }: Snapshot, style: Style): string {
  const table = ipvs.readAgoMs === undefined ? "not read" : `read ${ago(ipvs.readAgoMs)}`;
  return style.dim(
    ` IPVS ${table}, loop late ${millis(loop.recentLagMs)} at worst, ${repairs.length} repairs`,
  );
}

/** What does not fit is counted. */
function cut(
  lines: readonly string[],
  height: number,
  skip: number,
  style: Style,
): readonly string[] {
  if (lines.length - skip <= height) return lines.slice(skip);
  const shown = lines.slice(skip, skip + Math.max(0, height - 1));
  return [...shown, style.dim(` … ${lines.length - skip - shown.length} more lines`)];
}
