/** The tables about VRRP beside keepalived. */
import { STORIES } from "../support/mixed-stories.ts";
import { type Row, table, verdict } from "./markdown.ts";
import { digits, quantile, spread } from "./stats.ts";
import type { VrrpResult, VrrpRun } from "./vrrp.ts";

const PAIRS = ["baton, keepalived", "keepalived, baton", "baton, baton", "keepalived, keepalived"];
const BASIC = "3, IPv4, multicast";
/** keepalived's processor time may be exceeded so many times. */
const CPU_RATIO = 3;

export const vrrp = (result: VrrpResult): string =>
  [stories(result), variants(result), cost(result), gaps(result)].join("\n");

const known = (runs: readonly VrrpRun[]): readonly number[] =>
  runs.flatMap(({ gap }) => (gap === undefined ? [] : [gap]));

function stories({ runs }: VrrpResult): string {
  const intervals = [...new Set(runs.map(({ interval }) => interval))].toSorted((a, b) => b - a);
  const rows = intervals.flatMap((interval) =>
    STORIES.map(({ name }): Row => {
      const cells = PAIRS.map((pair) => {
        const some = runs.filter(
          (run) =>
            run.variant === BASIC &&
            run.interval === interval &&
            run.story === name &&
            run.pair.join(", ") === pair,
        );
        const failed = some.filter(({ gap }) => gap === undefined).length;
        return `${spread(known(some))}${failed > 0 ? `, ${failed} **failed**` : ""}`;
      });
      return [String(interval), name, ...cells];
    }),
  );
  const head = ["interval ms", "what happens to the better one", ...PAIRS];
  return table(
    "VRRP version 3 over IPv4: the client's longest gap (ms), better one, worse one",
    head,
    rows,
  );
}

function variants({ runs }: VrrpResult): string {
  const names = [...new Set(runs.map(({ variant }) => variant))].filter((name) => name !== BASIC);
  const rows = names.map((name): Row => {
    const cells = PAIRS.slice(0, 2).map((pair) => {
      const some = runs.filter((run) => run.variant === name && run.pair.join(", ") === pair);
      const failed = some.filter(({ problem }) => problem !== undefined);
      const told = failed.map(({ story, problem }) => `${story}: ${problem}`).join("; ");
      return failed.length === 0
        ? `all ${some.length}; gaps ${spread(known(some))}`
        : `**failed** ${told}`;
    });
    return [name, ...cells];
  });
  const head = ["version, family, mode", ...PAIRS.slice(0, 2)];
  return table("Every other way to speak, the same stories", head, rows);
}

function cost({ cost: runs }: VrrpResult): string {
  const rows = runs.map((run): Row => {
    const rival = runs.find(
      (one) =>
        one.tool === "keepalived" &&
        one.instances === run.instances &&
        one.interval === run.interval,
    );
    const sum = (one: typeof run): number => one.master.cpu + one.backup.cpu;
    const times = rival ? sum(run) / sum(rival) : Number.NaN;
    return [
      String(run.instances),
      String(run.interval),
      run.tool,
      `${digits(run.master.rss)} / ${digits(run.backup.rss)}`,
      `${digits(run.master.cpu)} / ${digits(run.backup.cpu)}`,
      run.tool === "baton" ? `x ${digits(times)}: ${verdict(times <= CPU_RATIO)}` : "",
    ];
  });
  const head = ["instances", "interval ms", "director", "RSS MB", "CPU s/min", "target"];
  return table("VRRP at rest, master / backup", head, rows);
}

function gaps({ gaps: runs }: VrrpResult): string {
  const rows = runs.map(
    (run): Row => [
      String(run.instances),
      String(run.interval),
      run.busyLoops === 0 ? "idle" : `${run.busyLoops} busy loops`,
      run.tool,
      [0.5, 0.99, 1].map((q) => digits(quantile(run.gaps, q))).join(" / "),
      `${run.falseTakeovers} in ${run.seconds} s`,
    ],
  );
  const head = ["instances", "interval ms", "cores", "director", "p50 / p99 / max ms"];
  return table("VRRP adverts of one instance", [...head, "false takeovers"], rows);
}
