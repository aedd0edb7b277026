/** A pass in words, for the log and for status. */
import { formatDuration } from "../../base/units.ts";
import type { PassResult } from "./types.ts";

/** `resync 3 (full): 1000 records sent in 41ms; skipped: 2 server gone`. */
export function passText(result: PassResult): string {
  const { pass, kind, sent, tookMs, skipped, problem } = result;
  const passedOver = Object.entries(skipped).map(([why, count]) => `${count} ${why}`);
  const parts = [
    `resync ${pass} (${kind}): ${sent} records sent in ${formatDuration(tookMs)}`,
    ...(passedOver.length > 0 ? [`skipped: ${passedOver.join(", ")}`] : []),
    ...(problem === undefined ? [] : [`not complete: ${problem}`]),
  ];
  return parts.join("; ");
}
