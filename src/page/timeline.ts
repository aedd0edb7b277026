/** What happened lately, as the directors saw it, the newest first. */
import type { Lately, PageView, PeerLately } from "../control/api.ts";
import { h, type PageNode } from "./node.ts";
import { clock, duration } from "./words.ts";

const SHOWN = 60;
/** Two directors that tell of the same within this tell of one event. */
const SAME_MS = 10_000;

interface Entry {
  readonly agoMs: number;
  readonly kind: "role" | "server" | "repair" | "reload" | "decision";
  readonly what: string;
  readonly why: string;
  /** The directors that saw it. */
  readonly by: readonly string[];
}

export function timelineView({ snapshot, peers }: PageView, heardAt: Date): readonly PageNode[] {
  const own = [
    ...entriesOf(snapshot, snapshot.director, 0),
    ...reloadOf(snapshot.configuration, snapshot.director),
  ];
  const others = peers.flatMap(({ director, lately, agoMs }) =>
    lately ? entriesOf(lately, director, agoMs) : [],
  );
  const entries = merged([...own, ...others].toSorted((a, b) => a.agoMs - b.agoMs));
  const alone = snapshot.peers.length === 0;
  return [
    entries.length === 0
      ? h("p", { class: "quiet" }, "Nothing has happened yet.")
      : h(
          "ol",
          { class: alone ? "timeline alone" : "timeline" },
          ...entries.slice(0, SHOWN).map((entry) => row(entry, heardAt, alone)),
        ),
    ...peers.flatMap(missing),
  ];
}

function row({ agoMs, kind, what, why, by }: Entry, heardAt: Date, alone: boolean): PageNode {
  const at = new Date(heardAt.getTime() - agoMs);
  return h(
    "li",
    { class: kind },
    h("time", { datetime: at.toISOString() }, clock(at, heardAt)),
    !alone && h("span", { class: "by" }, by.join(", ")),
    h("span", { class: "what" }, h("strong", {}, what), why && `: ${why}`),
  );
}

/** Why something may be missing. */
function missing({ director, lately, agoMs, problem }: PeerLately): readonly PageNode[] {
  if (problem === undefined) return [];
  const what = lately
    ? `What ${director} saw is known until ${duration(agoMs)} ago`
    : `What ${director} saw is not known`;
  return [h("p", { class: "quiet" }, `${what}: ${problem}`)];
}

function entriesOf(lately: Lately, director: string, toldMs: number): readonly Entry[] {
  const by = [director];
  const { history, serverHistory, repairs, decisions } = lately;
  return [
    ...decisions.map(({ agoMs, server, action, who, reason, forMs }): Entry => {
      const span = forMs === undefined ? "" : ` for ${duration(forMs)}`;
      const what = `${who} ${action}s ${server}${span}`;
      return { agoMs: agoMs + toldMs, kind: "decision", what, why: reason, by };
    }),
    ...history.map(({ instance, from, to, why, agoMs }): Entry => {
      return { agoMs: agoMs + toldMs, kind: "role", what: `${instance}: ${from} → ${to}`, why, by };
    }),
    ...serverHistory.map(({ service, server, from, to, why, agoMs }): Entry => {
      const what = `${service} ${server}: ${from} → ${to}`;
      return { agoMs: agoMs + toldMs, kind: "server", what, why, by };
    }),
    ...repairs.map(({ agoMs, what }): Entry => {
      return { agoMs: agoMs + toldMs, kind: "repair", what: "repaired", why: what, by };
    }),
  ];
}

function reloadOf(
  { lastReload }: PageView["snapshot"]["configuration"],
  director: string,
): readonly Entry[] {
  if (!lastReload) return [];
  const { agoMs, done, sentence } = lastReload;
  const what = done ? "reloaded" : "reload refused";
  return [{ agoMs, kind: "reload", what, why: sentence, by: [director] }];
}

/** What a role did is each director's own; what a server did, or is to do, both have heard. */
function merged(entries: readonly Entry[]): readonly Entry[] {
  const all: Entry[] = [];
  for (const entry of entries) {
    const twin = all.findIndex((one) => isSame(one, entry));
    const one = all[twin];
    if (one) all[twin] = { ...one, by: [...one.by, ...entry.by].toSorted() };
    else all.push(entry);
  }
  return all;
}

const isSame = (a: Entry, b: Entry): boolean =>
  (a.kind === "server" || a.kind === "decision") &&
  a.kind === b.kind &&
  a.what === b.what &&
  a.why === b.why &&
  b.agoMs - a.agoMs < SAME_MS &&
  !b.by.some((director) => a.by.includes(director));
