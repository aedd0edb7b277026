/** Who serves each instance, since when, and why; what each director says of it. */
import type { InstanceSnapshot, PeerSnapshot, Snapshot } from "../core/director/snapshot-types.ts";
import { h, type PageNode } from "./node.ts";
import { badge, button, fact, type Tone } from "./parts.ts";
import type { Actions } from "./state.ts";
import { amount, duration } from "./words.ts";

export const instancesView = (
  snapshot: Snapshot,
  commands: boolean,
  actions: Actions,
): readonly PageNode[] =>
  snapshot.instances.map((one) =>
    h(
      "article",
      { class: "card", key: one.name, "aria-labelledby": `instance-${one.name}` },
      heading(one, snapshot),
      h("div", { class: "directors" }, own(one, snapshot), ...peers(one, snapshot)),
      vips(one),
      one.story && h("p", { class: "quiet" }, storyText(one.story)),
      commands && h("p", { class: "buttons" }, ...buttons(one, snapshot, actions)),
    ),
  );

function heading(one: InstanceSnapshot, { director }: Snapshot): PageNode {
  const who = one.master === undefined ? "nobody serves" : `${one.master} serves`;
  const state = one.state === "fault" ? "at fault" : one.state;
  const since = `${director} has been ${state} for ${duration(one.sinceMs)}: ${one.why}`;
  return h(
    "header",
    {},
    h("h3", { id: `instance-${one.name}` }, one.name),
    h("p", { class: "who" }, badge(one.master === undefined ? "bad" : "good", who)),
    h("p", {}, since),
    h("p", { class: "quiet" }, `router id ${one.routerId} on ${one.interface}`),
  );
}

const toneOf = (state: string): Tone =>
  state === "master" ? "good" : state === "backup" ? "plain" : state === "fault" ? "bad" : "warn";

const activeOf = ({ name }: InstanceSnapshot, services: Snapshot["services"]): number =>
  services
    .filter(({ instance }) => instance === name)
    .flatMap(({ servers }) => servers.map(({ activeConnections }) => activeConnections ?? 0))
    .reduce((sum, one) => sum + one, 0);

const LEARNS = "learns the connections";

function own(one: InstanceSnapshot, { director, services, sync }: Snapshot): PageNode {
  return h(
    "section",
    { class: `director ${one.state}`, key: director, "aria-label": `${director}, this director` },
    h("h4", {}, director, h("span", { class: "quiet" }, " this director")),
    h("p", {}, badge(toneOf(one.state), one.state)),
    h(
      "dl",
      {},
      fact("Priority", priorityText(one)),
      fact("Connections", `${amount(activeOf(one, services))} active`),
      sync && fact("Sync", one.level ? "knows all connections" : badge("warn", LEARNS)),
      one.holdMs !== undefined && fact("Stays away", `for ${duration(one.holdMs)} more`),
      one.faults.length > 0 && fact("Faults", one.faults.join(", ")),
      ...one.tracks
        .filter(({ holds }) => holds === false)
        .map(({ name, why }) => fact(`Track ${name}`, badge("warn", why ?? "does not hold"))),
    ),
  );
}

const priorityText = ({ priority, effectivePriority }: InstanceSnapshot): string =>
  priority === effectivePriority ? `${priority}` : `${effectivePriority} of ${priority}`;

const runs = ({ alive, baton }: PeerSnapshot, { baton: here, heartbeat }: Snapshot) =>
  alive && heartbeat.transport === "udp" && baton !== here
    ? fact("Runs", badge("warn", `baton ${baton ?? "of another version"}`))
    : undefined;

type Peer = InstanceSnapshot["peers"][number];

const peers = (one: InstanceSnapshot, snapshot: Snapshot): readonly PageNode[] =>
  snapshot.peers.map((known) => {
    const { director, alive, heardAgoMs } = known;
    const said = one.peers.find((peer) => peer.director === director);
    const state = alive && said ? said.state : "silent";
    const ago = heardAgoMs === undefined ? "never" : `${duration(heardAgoMs)} ago`;
    return h(
      "section",
      { class: `director ${state}`, key: director, "aria-label": director },
      h("h4", {}, director),
      h("p", {}, badge(state === "silent" ? "bad" : toneOf(state), state)),
      h(
        "dl",
        {},
        fact("Heard", ago),
        runs(known, snapshot),
        alive && said ? peerFacts(said) : undefined,
      ),
    );
  });

const peerFacts = (said: Peer): readonly PageNode[] => [
  fact("Priority", `${said.priority}`),
  fact("Hears this one", said.hearsUs ? "yes" : badge("warn", "no")),
  fact("Connections", `${amount(said.connections.active)} active`),
  ...(said.serviceable ? [] : [fact("Fit to serve", badge("warn", "no"))]),
  ...(said.hold ? [fact("Stays away", "after a handover")] : []),
  ...(said.sameVips ? [] : [fact("VIPs", badge("bad", "other ones than here"))]),
];

const vips = (one: InstanceSnapshot): PageNode =>
  h(
    "ul",
    { class: "vips", "aria-label": `VIPs of ${one.name}` },
    ...one.vips.map(({ vip, interface: link, wanted, present }) =>
      h(
        "li",
        { key: vip },
        h("code", {}, vip),
        " ",
        present === wanted
          ? badge(present ? "good" : "plain", present ? `on ${link} here` : "not here")
          : badge("bad", present ? `on ${link}, and should not be` : `missing on ${link}`),
      ),
    ),
  );

const storyText = ({ kind, agoMs, text }: NonNullable<InstanceSnapshot["story"]>): string =>
  `${kind === "took" ? "Took over" : "Gave way"} ${duration(agoMs)} ago: ${text}`;

/** Longer than a reader waits for the way back. */
const MAX_WAIT_MS = 30_000;

/** One that stays away takes no part. Over VRRP the master gives, and comes back by preemption. */
function mayDrill({ state, master, holdMs, vrrp }: InstanceSnapshot): boolean {
  if (holdMs !== undefined) return false;
  const comesBack = (vrrp?.preemptAfterMs ?? Number.POSITIVE_INFINITY) <= MAX_WAIT_MS;
  if (vrrp) return state === "master" && comesBack;
  return state === "master" || (state === "backup" && master !== undefined);
}

function buttons(one: InstanceSnapshot, snapshot: Snapshot, actions: Actions): PageNode[] {
  const { name: instance } = one;
  const { director } = snapshot;
  const send = (kind: "failover" | "takeover" | "resume" | "drill") => (): void =>
    actions.command({ kind, instance });
  return [
    ...(one.state === "master"
      ? [button("Hand over…", send("failover"), `Hand ${instance} over`)]
      : []),
    ...(one.state === "backup" && one.master !== undefined
      ? [button("Take over…", send("takeover"), `Let ${director} take ${instance} over`)]
      : []),
    ...(mayDrill(one)
      ? [button("Drill…", send("drill"), `Rehearse a handover of ${instance}`)]
      : []),
    ...(one.holdMs === undefined
      ? []
      : [button("Resume…", send("resume"), `Let ${director} stand for ${instance} again`)]),
  ];
}
