/** Figures that a test comes by: printed where somebody wants to see them, asserted nowhere. */

const SHOWN = process.env["BATON_TEST_FIGURES"] !== undefined;

export function measured(what: string, milliseconds: readonly number[]): void {
  if (!SHOWN) return;
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const all = sorted.map((one) => one.toFixed(1)).join(" ");
  process.stderr.write(`measured: ${what}: median ${median.toFixed(1)} ms (${all})\n`);
}
