/** The tables of the checks' bench. */
import type { ChecksRun } from "./checks.ts";
import { table, verdict } from "./markdown.ts";
import { digits, median, quantile } from "./stats.ts";

const MOST = 2;

export function checks(runs: readonly ChecksRun[]): string {
  const rows = runs
    .filter(({ count }) => count > 0)
    .map((run) => {
      const { tool, cpu, rss, falseDowns, deaths } = run;
      const theirs = runs.find((one) => one.tool === "keepalived" && nameOf(one) === nameOf(run));
      const share = cpu / (theirs?.cpu ?? Number.NaN);
      const times = [digits(median(deaths)), digits(Math.max(...deaths))].join(" / ");
      const goal = run.busy
        ? `no false down: ${verdict(falseDowns === 0)}`
        : `CPU x ${digits(share)}: ${verdict(share <= MOST)}`;
      const target = tool === "baton" ? goal : "";
      return [nameOf(run), tool, digits(cpu), digits(rss), String(falseDowns), times, target];
    });
  const head = ["checks at 1 s", "director", "CPU s/min", "RSS MB", "false downs"];
  const found = table(
    "Checks of servers; from a death to its line, median / worst (ms)",
    [...head, "found after", "target"],
    rows,
  );
  const gaps = runs
    .filter(({ tool }) => tool === "baton")
    .map((run) => [
      run.count === 0 ? "none" : nameOf(run),
      digits(quantile(run.gaps, 0.5)),
      digits(quantile(run.gaps, 0.99)),
      digits(Math.max(...run.gaps)),
    ]);
  const adverts = table(
    "baton's adverts at 100 ms meanwhile",
    ["checks", "p50", "p99", "max"],
    gaps,
  );
  return `${found}\n${adverts}`;
}

const nameOf = ({ type, count, busy, seconds }: ChecksRun): string =>
  `${count} ${type}${busy ? `, ${seconds} s on busy cores` : ""}`;
