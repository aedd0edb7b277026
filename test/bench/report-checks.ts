/** The tables of the checks' bench. */
import type { ChecksRun } from "./checks.ts";
import { table, verdict } from "./markdown.ts";
import { digits, median, quantile } from "./stats.ts";

const MOST = 2;

export function checks(runs: readonly ChecksRun[]): string {
  const rows = runs
    .filter(({ count }) => count > 0)
    .map((run) => {
      const { type, count, tool, cpu, rss, falseDowns, deaths } = run;
      const theirs = runs.find(
        (one) => one.tool === "keepalived" && one.type === type && one.count === count,
      );
      const share = cpu / (theirs?.cpu ?? Number.NaN);
      const times = [digits(median(deaths)), digits(Math.max(...deaths))].join(" / ");
      const target = tool === "baton" ? `CPU x ${digits(share)}: ${verdict(share <= MOST)}` : "";
      return [
        `${count} ${type}`,
        tool,
        digits(cpu),
        digits(rss),
        String(falseDowns),
        times,
        target,
      ];
    });
  const head = ["checks at 1 s", "director", "CPU s/min", "RSS MB", "false downs"];
  const found = table(
    "Checks of servers; from a death to its line, median / worst (ms)",
    [...head, "found after", "target"],
    rows,
  );
  const gaps = runs
    .filter(({ tool }) => tool === "baton")
    .map(({ type, count, gaps: some }) => [
      count === 0 ? "none" : `${count} ${type}`,
      digits(quantile(some, 0.5)),
      digits(quantile(some, 0.99)),
      digits(Math.max(...some)),
    ]);
  const adverts = table(
    "baton's adverts at 100 ms meanwhile",
    ["checks", "p50", "p99", "max"],
    gaps,
  );
  return `${found}\n${adverts}`;
}
