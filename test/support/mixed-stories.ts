/** What happens to a baton and a keepalived that share a virtual router, and who serves afterwards. */
import type { Mixed, Side } from "./mixed.ts";
import { otherSide } from "./mixed.ts";
import { longestGap, type Report } from "./probe.ts";
import { sleep } from "./process.ts";

/** Begins with both running and `better` as master; ends so, but for the last one. */
export interface Story {
  readonly name: string;
  readonly run: (pair: Mixed, better: Side) => Promise<void>;
}

const other = otherSide;

export const STORIES: readonly Story[] = [
  {
    name: "stopped in good order, and started again",
    run: async (pair, better) => {
      await pair.stop(better);
      await pair.servedBy(other(better));
      await pair.start(better);
      await pair.servedBy(better);
    },
  },
  {
    name: "cut off, and back",
    run: async (pair, better) => {
      const host = pair.hosts[better];
      pair.network.isolate(host);
      await pair.taken(other(better));
      pair.network.rejoin(host);
      await pair.servedBy(better);
    },
  },
  {
    name: "carrier lost, and back",
    run: async (pair, better) => {
      const host = pair.hosts[better];
      pair.network.unplug(host);
      await pair.servedBy(other(better));
      pair.network.plug(host);
      await pair.servedBy(better);
    },
  },
  {
    name: "parted, and healed",
    run: async (pair, better) => {
      await pair.network.partition(["lb1"], ["lb2"]);
      await pair.taken(other(better));
      await sleep(2 * pair.options.interval);
      await pair.network.healDrops();
      await pair.servedBy(better);
    },
  },
  {
    name: "priority lowered, and raised again",
    run: async (pair, better) => {
      pair.pin(better, -100);
      await pair.servedBy(other(better));
      pair.pin(better, 0);
      await pair.servedBy(better);
    },
  },
  {
    name: "killed whole",
    run: async (pair, better) => {
      await pair.kill(better);
      // keepalived leaves its VIP where it was: what counts is whom the clients reach.
      await pair.taken(other(better));
    },
  },
];

/** Both run and `better` serves: the other one first, so that it is preempted. */
export async function begin(pair: Mixed, better: Side): Promise<void> {
  await pair.start(other(better));
  await pair.servedBy(other(better));
  await pair.start(better);
  await pair.servedBy(better);
}

/** baton says where its VIP is once a second: who was told wrong has heard it by then. */
const AFTERWARDS = 1300;

/** Who answered at last, and the longest time without an answer. */
export async function watched(
  pair: Mixed,
  better: Side,
  run: () => Promise<void>,
): Promise<{ readonly gap: number; readonly last: Side | undefined; readonly report: Report }> {
  const probe = await pair.segment.probe(pair.vip, 2);
  await probe.answeredBy(pair.hosts[better]);
  await run();
  await sleep(AFTERWARDS);
  const report = await probe.stop();
  const by = report.answers.at(-1)?.by;
  const last = by === undefined ? undefined : pair.hosts.baton === by ? "baton" : "keepalived";
  return { gap: longestGap(report), last, report };
}
