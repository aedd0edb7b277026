/** What several of the demo's acts expect, in intervals. */
import { type DirectorName, INTERVAL_MS } from "../lab/guest/pair.ts";
import { intervals, type Scene } from "./stage.ts";

const inIntervals = (ms: number): string =>
  `${Math.round(ms)} ms, ${(ms / INTERVAL_MS).toFixed(1)} intervals`;

export function expectWithin(scene: Scene, what: string, ms: number, limit: number): void {
  scene.expect(`${what} within ${intervals(limit)}`, ms <= limit * INTERVAL_MS, inIntervals(ms));
}

export async function expectAlone(
  scene: Scene,
  host: DirectorName,
  when = "afterwards",
): Promise<void> {
  const holders = await scene.pair.holders();
  const alone = holders.length === 1 && holders[0] === host;
  scene.expect(`only ${host} has the VIP ${when}`, alone, holders.join(" and ") || "nobody");
}
