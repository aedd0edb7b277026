/** A running director as text: what is wrong first, then who holds what. */
import type {
  InstanceSnapshot,
  PeerSnapshot,
  Snapshot,
} from "../../core/director/snapshot-types.ts";
import { age, ago, loss, millis, type Style, table } from "../text.ts";
import { answererName, type WireView, wireAlarms } from "../wire.ts";
import { kernelLines } from "./render-kernel.ts";

const HISTORY = 5;

/** A line each. */
export function renderStatus(
  snapshot: Snapshot,
  wire: readonly WireView[],
  style: Style,
): readonly string[] {
  const alarms = [...snapshot.alarms, ...wireAlarms(wire)];
  const sections = [
    [header(snapshot, style)],
    alarms.map((alarm) => `${style.bad("ALARM")}  ${alarm}`),
    ...snapshot.instances.map((instance) => instanceLines(instance, wire, style)),
    ...snapshot.peers.map((peer) => peerSection(snapshot, peer, style)),
    ...kernelLines(snapshot, style),
    alertLines(snapshot, style),
    historyLines(snapshot, style),
    discardedLines(snapshot, style),
    [loopLine(snapshot, style)],
  ];
  return joinSections(sections);
}

/** An empty line between what has lines. */
export const joinSections = (sections: readonly (readonly string[])[]): readonly string[] =>
  sections
    .filter((lines) => lines.length > 0)
    .flatMap((lines, i) => (i === 0 ? lines : ["", ...lines]));

function alertLines({ alerts }: Snapshot, style: Style): readonly string[] {
  const rows = alerts.map(({ name, kind, delivered, waiting, dropped, failures, lastFailure }) => [
    name,
    kind,
    [
      `${delivered} events delivered`,
      ...(waiting === 0 ? [] : [`${waiting} waiting`]),
      ...(dropped === 0 ? [] : [style.bad(`${dropped} lost`)]),
      ...(failures === 0 ? [] : [style.bad(`${failures} failures in a row`)]),
      ...(lastFailure ? [`last failure ${ago(lastFailure.agoMs)}: ${lastFailure.why}`] : []),
    ].join(", "),
  ]);
  return rows.length === 0 ? [] : ["alerts", ...table(rows, 2)];
}

function header(snapshot: Snapshot, style: Style): string {
  const { heartbeat, peers, configDigest } = snapshot;
  const verdicts = (heartbeat.transport === "vrrp" ? [] : peers).map(({ director, sameConfig }) => {
    if (sameConfig === undefined) return `unknown on ${director}`;
    return sameConfig ? `the same on ${director}` : style.bad(`another on ${director}`);
  });
  const pace = `port ${heartbeat.port} every ${age(heartbeat.intervalMs)}`;
  const parts = [
    `${style.bold(snapshot.director)} of ${snapshot.cluster}`,
    heartbeat.transport === "vrrp"
      ? "VRRP, which nobody signs"
      : `heartbeats by udp ${pace}, ${signedWord(heartbeat, style)}`,
    ["configuration", configDigest].join(" ") + verdicts.map((text) => `, ${text}`).join(""),
  ];
  return parts.join(" | ");
}

const signedWord = ({ authenticated }: Snapshot["heartbeat"], style: Style): string =>
  authenticated ? "signed" : style.bad("not signed");

const storyLine = ({ kind, agoMs, text }: NonNullable<InstanceSnapshot["story"]>): string =>
  `${kind === "took" ? "took over" : "let go"} ${ago(agoMs)}: ${text}`;

function instanceLines(
  instance: InstanceSnapshot,
  wire: readonly WireView[],
  style: Style,
): readonly string[] {
  const { name, state, sinceMs, why } = instance;
  const head = `${style.bold(name)}: ${stateWord(state, style)} since ${age(sinceMs)}: ${why}`;
  return [
    head,
    ...(instance.story ? [style.dim(`  ${storyLine(instance.story)}`)] : []),
    `  ${aboutLine(instance, style)}`,
    ...instance.faults.map((fault) => `  ${style.bad("fault")}: ${fault}`),
    ...table(
      instance.tracks.map((track) => trackRow(track, style)),
      2,
    ),
    ...table(
      instance.vips.map((vip) => vipRow(vip, wire, style)),
      2,
    ),
    ...table(
      instance.peers.map((peer) => [
        peer.director,
        instance.vrrp ? speaker(peer, style) : instancePeer(peer, style),
      ]),
      2,
    ),
  ];
}

function trackRow(
  { name, weight, holds, why }: InstanceSnapshot["tracks"][number],
  style: Style,
): readonly string[] {
  const means = weight === 0 ? "or it is at fault" : `weight ${weight}`;
  const word = holds === undefined ? "not looked at yet" : holds ? "holds" : style.bad("failed");
  return [`track ${name}`, word, means, ...(why === undefined ? [] : [why])];
}

function stateWord(state: string, style: Style): string {
  const word = state.toUpperCase();
  return state === "fault" ? style.bad(word) : state === "master" ? style.good(word) : word;
}

function aboutLine(instance: InstanceSnapshot, style: Style): string {
  const { routerId, interface: link, priority, effectivePriority, level, holdMs } = instance;
  const counts = effectivePriority === priority ? "" : `, which counts as ${effectivePriority}`;
  const held = holdMs === undefined ? "" : `, ${style.bad(`on hold for ${age(holdMs)}`)}`;
  const spoken = instance.vrrp ? ` by ${vrrpWords(instance.vrrp)}` : "";
  const group = instance.group === undefined ? "" : `, in group ${instance.group}`;
  const followed = instance.master ?? style.bad("nobody");
  return (
    `router id ${routerId} on ${link}${spoken}, priority ${priority}${counts}, ` +
    `${level ? "level" : "not level yet"}${held}${group}, master: ${followed}`
  );
}

function vrrpWords({
  version,
  intervalMs,
  mode,
  vmac,
}: NonNullable<InstanceSnapshot["vrrp"]>): string {
  const virtual = vmac ? `, as ${vmac.mac} on ${vmac.interface}` : "";
  return `VRRP version ${version} every ${age(intervalMs)}, ${mode}${virtual}`;
}

function vipRow(
  { vip, interface: link, present }: InstanceSnapshot["vips"][number],
  wire: readonly WireView[],
  style: Style,
): readonly string[] {
  const view = wire.find(
    ({ address, interface: on }) => address === addressPart(vip) && on === link,
  );
  const here = view?.here ?? present;
  return [vip, link, here ? style.good("here") : "not here", wireWords(view, style)];
}

/** Without the prefix. */
export const addressPart = (cidr: string): string => cidr.slice(0, cidr.indexOf("/"));

export function wireWords(view: WireView | undefined, style: Style): string {
  if (!view) return "";
  const { here, answers, problem, cached } = view;
  const cache = cached === undefined ? "" : style.dim(`; this host's cache has ${cached}`);
  if (problem !== undefined) return `not asked for: ${problem}${cache}`;
  const names = answers.map(answererName).join(", ");
  if (answers.length > 0) {
    const words = here ? `also answered by ${names}` : `answered by ${names}`;
    const fine = answers.length === 1 && !here;
    return `${fine ? words : style.bad(words)}${cache}`;
  }
  return `${here ? "nobody else answers" : style.bad("nobody answers")}${cache}`;
}

function instancePeer(peer: InstanceSnapshot["peers"][number], style: Style): string {
  const { active, inactive } = peer.connections;
  const parts = [
    stateWord(peer.state, style),
    `priority ${peer.priority}`,
    peer.level ? "level" : "not level yet",
    ...(peer.serviceable ? [] : [style.bad("can not serve")]),
    ...(peer.hold ? ["on hold"] : []),
    peer.hearsUs ? "hears this director" : style.bad("does not hear this director"),
    `heard ${ago(peer.heardAgoMs)}`,
    ...(peer.follows === undefined ? [] : [`follows ${peer.follows}`]),
    ...(active + inactive === 0 ? [] : [`${active} active, ${inactive} inactive connections`]),
    ...(peer.sameVips ? [] : [style.bad("has other VIPs")]),
  ];
  return parts.join(", ");
}

/** Somebody on protocol 112: a backup is silent there, so who was master may be anything now. */
function speaker(peer: InstanceSnapshot["peers"][number], style: Style): string {
  const { claims, state, priority, heardAgoMs, sameVips } = peer;
  const said = state === "master" ? `claimed with priority ${priority}` : "let go";
  const parts = [
    claims ? `${stateWord("master", style)}, priority ${priority}` : `${said}, is silent since`,
    claims ? `heard ${ago(heardAgoMs)}` : `last heard ${ago(heardAgoMs)}`,
    ...(sameVips ? [] : [style.bad("has other VIPs")]),
  ];
  return parts.join(", ");
}

/** On protocol 112 the instances say all that is known. */
const peerSection = (snapshot: Snapshot, peer: PeerSnapshot, style: Style): readonly string[] =>
  snapshot.heartbeat.transport === "vrrp" ? [] : peerLines(snapshot, peer, style);

/** Where the peer's program is another one than the daemon's here; while a pair is upgraded it is. */
export function versionWords(
  { baton: here, heartbeat }: Snapshot,
  peer: PeerSnapshot,
): string | undefined {
  const known = peer.alive && here !== undefined && heartbeat.transport === "udp";
  if (!known || peer.baton === here) return undefined;
  return `runs baton ${peer.baton ?? "of a version that it does not tell"}, this director ${here}`;
}

function peerLines(snapshot: Snapshot, peer: PeerSnapshot, style: Style): readonly string[] {
  const { director, alive, heardAgoMs, hearsUs } = peer;
  const version = versionWords(snapshot, peer);
  const back = hearsUs ? "hears this director" : style.bad("does not hear this director");
  const heard =
    heardAgoMs === undefined ? style.bad("never heard") : `heard ${ago(heardAgoMs)}, ${back}`;
  const rest = version === undefined ? heard : `${heard}, ${version}`;
  const life = alive ? style.good("alive") : style.bad("silent");
  const rows = peer.paths.map((path) => [
    `path ${path.path}`,
    `${path.from} to ${path.to}`,
    path.heardAgoMs === undefined
      ? style.bad("never heard")
      : [
          `heard ${ago(path.heardAgoMs)}`,
          `loss ${loss(path.lost, path.received)}`,
          `jitter ${path.jitterMs === undefined ? "unknown" : millis(path.jitterMs)}`,
          path.hearsUsAgoMs === undefined
            ? style.bad("not heard there")
            : `heard there ${ago(path.hearsUsAgoMs)}`,
        ].join(", "),
  ]);
  return [`${style.bold(director)}: ${life}, ${rest}`, ...table(rows, 2)];
}

function historyLines({ history }: Snapshot, style: Style): readonly string[] {
  if (history.length === 0) return [];
  const rows = [...history]
    .sort((a, b) => b.agoMs - a.agoMs)
    .slice(-HISTORY)
    .map(({ time, instance, from, to, why }) => [
      time.slice(0, 19).replace("T", " "),
      instance,
      `${from} to ${to}`,
      why,
    ]);
  return [style.bold("history (UTC)"), ...table(rows, 2)];
}

function discardedLines({ discarded }: Snapshot, style: Style): readonly string[] {
  const reasons = Object.entries(discarded).filter(([, count]) => count > 0);
  if (reasons.length === 0) return [];
  const rows = reasons.map(([reason, count]) => [reason, String(count)]);
  return [style.bold("refused datagrams"), ...table(rows, 2)];
}

const loopLine = ({ loop }: Snapshot, style: Style): string =>
  style.dim(
    `the loop was late by ${millis(loop.recentLagMs)} at worst within the last minute, ` +
      `${millis(loop.worstLagMs)} since the start`,
  );
