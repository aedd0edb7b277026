/** How connections are carried across, and how well the directors hear each other. */
import type { PathSnapshot, Snapshot } from "../core/director/snapshot-types.ts";
import { h, type PageNode } from "./node.ts";
import { badge, cell, fact } from "./parts.ts";
import { duration } from "./words.ts";

export function syncView({ sync }: Snapshot): PageNode {
  if (sync === undefined) return h("p", { class: "quiet" }, "Connections are not synchronised.");
  const { resync, wanted, running } = sync;
  const missing = wanted.filter((role) => !running.includes(role));
  return h(
    "dl",
    {},
    fact("Network", `${sync.interface}, sync id ${sync.syncId}`),
    fact(
      "Sync daemon",
      missing.length > 0
        ? badge("bad", `should be ${missing.join(" and ")}`)
        : badge("good", running.join(" and ") || "none is needed"),
    ),
    fact(
      "Progress",
      resync.runningMs !== undefined && `a pass has run for ${duration(resync.runningMs)}; `,
      resync.last === undefined
        ? "no pass yet"
        : `${duration(resync.lastAgoMs ?? 0)} ago: ${resync.last}`,
    ),
    ...resync.learning.map(({ instance, from, forMs }) =>
      fact("Learning", badge("warn", `${instance} from ${from} for ${duration(forMs)}`)),
    ),
  );
}

export function pathsView({ peers, heartbeat }: Snapshot): readonly PageNode[] {
  const rows = peers.flatMap(({ director, paths }) => paths.map((path) => row(director, path)));
  const { transport, intervalMs, missed, authenticated } = heartbeat;
  const heads = ["Director", "From", "To", "Heard", "Lost", "Jitter"];
  return [
    h(
      "p",
      {},
      `${transport}, each ${intervalMs} ms, given up after ${missed} silent intervals, `,
      authenticated ? "signed" : badge("warn", "not signed"),
    ),
    h(
      "table",
      {},
      h("caption", { class: "unseen" }, "Paths of the heartbeats"),
      h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, ...rows),
    ),
  ];
}

function row(director: string, path: PathSnapshot): PageNode {
  const { from, to, heardAgoMs, received, lost, jitterMs } = path;
  const all = received + lost;
  const share = all === 0 ? "–" : `${((lost / all) * 100).toFixed(1)} %`;
  return h(
    "tr",
    { key: `${director} ${path.path}` },
    h("th", { scope: "row" }, director),
    cell("From", {}, h("code", {}, from)),
    cell("To", {}, h("code", {}, to)),
    cell(
      "Heard",
      {},
      heardAgoMs === undefined ? badge("bad", "never") : `${duration(heardAgoMs)} ago`,
    ),
    cell("Lost", { class: "number" }, share),
    cell("Jitter", { class: "number" }, jitterMs === undefined ? "–" : `${jitterMs.toFixed(1)} ms`),
  );
}
