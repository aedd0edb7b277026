/** Metrics as Prometheus reads them, made in short turns of the loop. */
import { setImmediate as turn } from "node:timers/promises";
import { type Metric, Registry } from "prom-client";
import type { Snapshot } from "../../core/director/snapshot-types.ts";
import { FAMILIES, knownOf } from "./families.ts";
import type { Family, Known, Sample } from "./family.ts";
import type { MetersReading } from "./meters.ts";

/** Samples that are written in one turn: a millisecond's worth. */
const SAMPLES_A_TURN = 500;
/** HELP and TYPE. */
const HEAD_LINES = 2;

/** The text format, version 0.0.4. */
export async function exposition(snapshot: Snapshot, meters: MetersReading): Promise<string> {
  const known = knownOf(snapshot, meters);
  const lines: string[] = [];
  for (const family of FAMILIES) lines.push(...(await linesOf(family, known)));
  return `${lines.join("\n")}\n`;
}

async function linesOf(family: Family, known: Known): Promise<readonly string[]> {
  await turn();
  const samples = family.samples(known);
  const lines: string[] = [];
  for (let from = 0; from === 0 || from < samples.length; from += SAMPLES_A_TURN) {
    if (from > 0) await turn();
    const text = await written(family, samples.slice(from, from + SAMPLES_A_TURN));
    lines.push(...text.split("\n").slice(from === 0 ? 0 : HEAD_LINES));
  }
  return lines;
}

/**
 * A registry asks a metric for `get()` and nothing else. The package's own metrics count by
 * themselves, a hash for each sample; here everything is counted already.
 */
function written({ name, help, type }: Family, values: readonly Sample[]): Promise<string> {
  const registry = new Registry();
  const metric = { name, get: () => Promise.resolve({ name, help, type, values }) };
  registry.registerMetric(metric as unknown as Metric);
  return registry.getSingleMetricAsString(name);
}
