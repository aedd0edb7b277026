/** The tables of Markdown that a bench ends with: medians, spreads, ratios, and the targets. */
import type { CostRun } from "./cost.ts";
import type { GapRun } from "./gaps.ts";
import { table, verdict } from "./markdown.ts";
import type { Results } from "./plan.ts";
import { checks } from "./report-checks.ts";
import { vrrp } from "./report-vrrp.ts";
import type { StartKind } from "./start.ts";
import { digits, median, quantile, ratio, spread } from "./stats.ts";
import type { TableRun } from "./table.ts";

const FORMULA_LIMIT = 5;

function takeover(runs: NonNullable<Results["takeover"]>): string {
  const intervals = [...new Set(runs.map(({ interval }) => interval))].toSorted((a, b) => b - a);
  const rows = intervals.flatMap((interval) => {
    const of = (tool: string) =>
      runs.filter((run) => run.tool === tool && run.interval === interval);
    const ours = of("baton").map((run) => run.clientGap);
    const theirs = of("keepalived").map((run) => run.clientGap);
    return ["baton", "keepalived"].map((tool) => {
      const some = of(tool);
      const beyond = some.map((run) => run.beyondFormula);
      const cells = [
        spread(some.map((run) => run.cutToVip)),
        spread(some.map((run) => run.clientGap)),
        spread(beyond),
      ];
      const last =
        tool === "baton"
          ? [ratio(ours, theirs), verdict(median(beyond) <= FORMULA_LIMIT)]
          : ["", ""];
      return [`${interval}`, tool, String(some.length), ...cells, ...last];
    });
  });
  const head = [
    "interval ms",
    "director",
    "runs",
    "cut to VIP",
    "client gap",
    "beyond the formula",
  ];
  return table(
    "Takeover after the master's host vanished (ms)",
    [...head, "gap ratio", "target"],
    rows,
  );
}

function handover(runs: NonNullable<Results["handover"]>): string {
  const intervals = [...new Set(runs.map(({ interval }) => interval))];
  const rows = intervals.flatMap((interval) =>
    ["baton", "keepalived"].map((tool) => {
      const some = runs.filter((run) => run.tool === tool && run.interval === interval);
      return [
        `${interval}`,
        tool,
        String(some.length),
        spread(some.map((run) => run.stopToVip)),
        spread(some.map((run) => run.clientGap)),
        spread(some.map((run) => run.lost)),
      ];
    }),
  );
  const head = ["interval ms", "director", "runs", "SIGTERM to VIP", "client gap", "probes lost"];
  return table("Planned handover, a probe each ms (ms)", head, rows);
}

const known = (values: readonly (number | undefined)[]): readonly number[] =>
  values.flatMap((value) => (value === undefined ? [] : [value]));

const CRASH_NAMES = {
  restarted: "kill -9, started again at once",
  left: "kill -9, left dead",
  frozen: "frozen for five intervals, thawed",
} as const;

function crash(runs: NonNullable<Results["crash"]>): string {
  const jobs = [...new Set(runs.map(({ fault, interval }) => `${fault} ${interval}`))];
  const rows = jobs.flatMap((job) =>
    ["baton", "keepalived"].map((tool) => {
      const some = runs.filter(
        (run) => run.tool === tool && `${run.fault} ${run.interval}` === job,
      );
      const [fault, interval] = job.split(" ") as [keyof typeof CRASH_NAMES, string];
      const moved = known(some.map((run) => run.moved));
      const off = known(some.map((run) => run.off));
      return [
        CRASH_NAMES[fault],
        interval,
        tool,
        spread(some.map((run) => run.clientGap)),
        `${off.length} of ${some.length}`,
        spread(off),
        `${moved.length} of ${some.length}`,
        spread(moved),
        spread(known(some.map((run) => run.overlap))),
      ];
    }),
  );
  const head = ["fault", "interval ms", "director", "client gap", "VIP off its host", "after"];
  const more = ["VIP on the other", "after", "both after the thaw"];
  return table("The master's daemon dies or freezes (ms)", [...head, ...more], rows);
}

function heals(runs: NonNullable<Results["heals"]>): string {
  const rows = ["baton", "keepalived"].map((tool) => {
    const some = runs.filter((run) => run.tool === tool);
    const settled = known(some.map((run) => run.settled));
    const [first] = some;
    const soon = settled.filter((time) => time <= (first?.interval ?? 0));
    const count = `${soon.length} of ${some.length}`;
    return [tool, count, `${settled.length} of ${some.length}`, spread(settled)];
  });
  const head = ["director", "within an interval", "within 1.5 s", "clients on the winner"];
  return table("Partitions of 250 ms directors that heal (ms)", head, rows);
}

function connections({ runs, many }: NonNullable<Results["connections"]>): string {
  const rows = runs.map(({ variant, fault, ms, asked, answered, lost }) => [
    variant,
    fault,
    digits(ms),
    `${answered} of ${asked}`,
    String(lost),
  ]);
  const head = ["variant", "fault", "took", "answered afterwards", "broke"];
  const { planted, arrived, ms, lag, last } = many;
  const level = `${planted} connections: ${arrived} taught, level ${digits(ms)} ms after the start`;
  const late = `the loop ${digits(lag.before)} ms late at worst, ${digits(lag.during)} with it`;
  const more = `${level}; ${late}; ${last}\n`;
  return `${table("Connections, at 1 s in the lab's kernel (ms)", head, rows)}\n${more}`;
}

const START_NAMES: Readonly<Record<StartKind, string>> = {
  adopt: "baton, adopting after a crash",
  again: "baton, less the election wait",
  first: "baton's first start ever, less the election wait",
  keepalived: "keepalived, less the election wait",
};
const START_LIMIT = 70;

function start(runs: NonNullable<Results["start"]>): string {
  const rows = (Object.keys(START_NAMES) as StartKind[]).map((kind) => {
    const some = runs.filter((run) => run.kind === kind);
    const beyond = some.map((run) => run.time - run.bareNode);
    const judged = kind === "adopt" || kind === "again";
    return [
      START_NAMES[kind],
      String(some.length),
      spread(some.map((run) => run.time)),
      spread(some.map((run) => run.bareNode)),
      kind === "keepalived" ? "" : spread(beyond),
      judged ? verdict(median(beyond) <= START_LIMIT) : "",
    ];
  });
  const head = ["start", "runs", "to the first advert", "`node -e 0` in turn", "beyond it"];
  return table("Start (ms)", [...head, "target"], rows);
}

const RSS_LIMIT = 80;
const CPU_RATIO = 3;
const CPU_LIMIT = 0.5;

function cost(runs: NonNullable<Results["cost"]>): string {
  const rows = runs.map((run) => {
    const rival = runs.find((one) => one.tool === "keepalived" && one.instances === run.instances);
    return [
      String(run.instances),
      String(run.interval),
      run.tool,
      `${digits(run.master.rss)} / ${digits(run.backup.rss)}`,
      `${digits(run.master.pss)} / ${digits(run.backup.pss)}`,
      `${digits(run.master.cpu)} / ${digits(run.backup.cpu)}`,
      run.tool === "baton" ? judgeCost(run, rival) : "",
    ];
  });
  const head = ["instances", "interval ms", "director", "RSS MB", "PSS MB", "CPU s/min", "target"];
  return table("Cost at rest, master / backup", head, rows);
}

/** Both directors together: what one saves the other may spend. */
function judgeCost(run: CostRun, rival: CostRun | undefined): string {
  const sum = ({ master, backup }: CostRun): number => master.cpu + backup.cpu;
  const memory = Math.max(run.master.rss, run.backup.rss) <= RSS_LIMIT;
  if (run.instances === 1) {
    return verdict(memory && Math.max(run.master.cpu, run.backup.cpu) <= CPU_LIMIT);
  }
  const times = rival ? sum(run) / sum(rival) : Number.NaN;
  return `CPU x ${digits(times)}: ${verdict(times <= CPU_RATIO)}; RSS ${verdict(memory)}`;
}

function gaps(runs: NonNullable<Results["gaps"]>): string {
  const rows = runs.map((run: GapRun) => [
    run.busyLoops === 0 ? "idle" : `${run.busyLoops} busy loops`,
    run.tool,
    [0.5, 0.99, 1].map((q) => digits(quantile(run.gaps, q))).join(" / "),
    `${run.falseTakeovers} in ${run.seconds} s`,
    run.tool === "baton" ? verdict(run.falseTakeovers === 0) : "",
  ]);
  const head = ["cores", "director", "p50 / p99 / max ms", "false takeovers", "target"];
  return table("Adverts at 100 ms", head, rows);
}

const KEEPALIVED_SHARE = 0.4;
const IPVSADM_SHARE = 1 / 7;

function programming(result: NonNullable<Results["table"]>): string {
  const of = (tool: TableRun["tool"]) => result.runs.filter((run) => run.tool === tool);
  const commands = (tool: TableRun["tool"]) => of(tool).map((run) => run.commands);
  const ours = commands("baton");
  const share = (tool: TableRun["tool"]) => median(ours) / median(commands(tool));
  const limits = { baton: undefined, keepalived: KEEPALIVED_SHARE, ipvsadm: IPVSADM_SHARE };
  const rows = (["baton", "keepalived", "ipvsadm"] as const).map((tool) => {
    const limit = limits[tool];
    return [
      tool === "ipvsadm" ? "ipvsadm -R" : tool,
      String(of(tool).length),
      spread(commands(tool)),
      spread(of(tool).map((run) => run.fromStart)),
      limit === undefined ? "" : `${digits(share(tool))}: ${verdict(share(tool) <= limit)}`,
    ];
  });
  const { services, servers, oneMore } = result;
  const title = `${services} services of ${servers} servers, from empty, in the lab's kernel (ms)`;
  const head = ["program", "runs", "first command to last", "start to last", "baton's share"];
  const more = `One server more, after a crash and a restart: ${oneMore.commands} command(s).\n`;
  return `${table(title, head, rows)}\n${more}`;
}

const RESTORE_SHARE = 0.25;

/** Without the start of Node, which is told apart. */
function command(runs: NonNullable<Results["ipvsadm"]>): string {
  const of = (tool: string, words: string): readonly number[] =>
    runs.flatMap((run) => (run.tool === tool && run.words === words ? [run.ms] : []));
  const node = median(of("node", "alone"));
  const rows = ["-v", "-R", "-Ln", "-Sn"].map((words) => {
    const ours = of("baton", words);
    const theirs = of("ipvsadm", words);
    const share = (median(ours) - node) / median(theirs);
    const limit = words === "-R" ? RESTORE_SHARE : 1;
    const target = words === "-v" ? "" : `${digits(share)}: ${verdict(share <= limit)}`;
    return [words, spread(ours), digits(median(ours) - node), spread(theirs), target];
  });
  const head = ["command", "baton ipvsadm", "less bare Node", "ipvsadm", "share"];
  const title = "1000 services of 10 servers, start to end, in the lab's kernel (ms)";
  return `${table(title, head, rows)}\nA start of Node alone: ${spread(of("node", "alone"))}.\n`;
}

export function report(results: Results): string {
  const parts = [
    results.takeover && takeover(results.takeover),
    results.handover && handover(results.handover),
    results.crash && crash(results.crash),
    results.heals && heals(results.heals),
    results.vrrp && vrrp(results.vrrp),
    results.table && programming(results.table),
    results.connections && connections(results.connections),
    results.ipvsadm && command(results.ipvsadm),
    results.start && start(results.start),
    results.cost && cost(results.cost),
    results.gaps && gaps(results.gaps),
    results.checks && checks(results.checks),
  ];
  return parts.filter((part) => part !== undefined).join("\n");
}
