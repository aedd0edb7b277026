/** Alert rules and dashboard name only metrics, labels and states that there are. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { FAMILIES } from "../../../../src/daemon/metrics/families.ts";

const read = (file: string): string =>
  readFileSync(new URL(`../../../../etc/${file}`, import.meta.url), "utf8");

const names = new Set(
  FAMILIES.flatMap(({ name, type }) =>
    type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
);
const METRIC = /\b(?:baton|process)_[a-z_]+\b/g;
const unknownIn = (expressions: readonly string[]): readonly string[] =>
  expressions.flatMap((one) => one.match(METRIC) ?? []).filter((name) => !names.has(name));

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}
const { groups } = parse(read("prometheus/baton-alerts.yml")) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}
const dashboard = JSON.parse(read("grafana/baton.json")) as { panels: readonly Panel[] };
const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

test("alert rules", () => {
  expect(rules.length).toBeGreaterThan(10);
  expect(unknownIn(rules.map(({ expr }) => expr))).toEqual([]);
  for (const { alert, expr, labels, annotations } of rules) {
    expect(expr.match(METRIC), alert).not.toBeNull();
    expect(["warning", "critical"], alert).toContain(labels.severity);
    expect(annotations.summary, alert).not.toBe("");
  }
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
});

test("the dashboard", () => {
  expect(expressions.length).toBeGreaterThan(15);
  expect(unknownIn(expressions)).toEqual([]);
  for (const expr of expressions) expect(expr.match(METRIC), expr).not.toBeNull();
});

test("a metric that is not there is found", () => {
  expect(unknownIn(["rate(baton_no_such_total[5m]) > baton_repairs_total"])).toEqual([
    "baton_no_such_total",
  ]);
});
