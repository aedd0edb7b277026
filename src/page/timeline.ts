/** What happened lately, as this director saw it, the newest first. */
import type { Snapshot } from "../core/director/snapshot-types.ts";
import { h, type PageNode } from "./node.ts";
import { clock } from "./words.ts";

const SHOWN = 60;

interface Entry {
  readonly agoMs: number;
  readonly kind: "role" | "server" | "repair" | "reload";
  readonly what: string;
  readonly why: string;
}

export function timelineView(snapshot: Snapshot, heardAt: Date): readonly PageNode[] {
  const entries = entriesOf(snapshot).toSorted((a, b) => a.agoMs - b.agoMs);
  if (entries.length === 0) return [h("p", { class: "quiet" }, "Nothing has happened yet.")];
  return [
    h(
      "ol",
      { class: "timeline" },
      ...entries.slice(0, SHOWN).map((entry) => {
        const at = new Date(heardAt.getTime() - entry.agoMs);
        return h(
          "li",
          { class: entry.kind },
          h("time", { datetime: at.toISOString() }, clock(at, heardAt)),
          h("span", {}, h("strong", {}, entry.what), entry.why && `: ${entry.why}`),
        );
      }),
    ),
  ];
}

function entriesOf(snapshot: Snapshot): Entry[] {
  const { history, serverHistory, repairs, configuration } = snapshot;
  const { lastReload } = configuration;
  return [
    ...history.map(({ instance, from, to, why, agoMs }): Entry => {
      return { agoMs, kind: "role", what: `${instance}: ${from} → ${to}`, why };
    }),
    ...serverHistory.map(({ service, server, from, to, why, agoMs }): Entry => {
      return { agoMs, kind: "server", what: `${service} ${server}: ${from} → ${to}`, why };
    }),
    ...repairs.map(
      ({ agoMs, what }): Entry => ({ agoMs, kind: "repair", what: "repaired", why: what }),
    ),
    ...(lastReload
      ? [
          {
            agoMs: lastReload.agoMs,
            kind: "reload",
            what: lastReload.done ? "reloaded" : "reload refused",
            why: lastReload.sentence,
          } as const,
        ]
      : []),
  ];
}
