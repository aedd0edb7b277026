/** What the page is told: the snapshot as text, made in short turns of the loop. */
import type { PageView } from "../../control/api.ts";
import type { ServiceSnapshot, Snapshot } from "../../core/director/snapshot-types.ts";
import { inTurns } from "../turns.ts";

/** A PageView on one line. */
export async function viewText(
  running: { snapshotInTurns(): Promise<Snapshot> },
  { nextMs, commands, peers }: Omit<PageView, "snapshot">,
): Promise<string> {
  const { services, ...rest } = await running.snapshotInTurns();
  const texts: string[] = [];
  await inTurns(services, (service: ServiceSnapshot) => void texts.push(JSON.stringify(service)));
  const head = JSON.stringify({ nextMs, commands, peers }).slice(0, -1);
  const snapshot = `${JSON.stringify(rest).slice(0, -1)},"services":[${texts.join(",")}]}`;
  return `${head},"snapshot":${snapshot}}`;
}
