/** From the start of the program to its first advert, beyond the time in which it has to listen. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { eventually, type Running, sleep } from "../support/process.ts";
import { createPair, type Pair } from "./pair.ts";
import { wall } from "./watch.ts";

export type StartKind = "first" | "again" | "adopt" | "keepalived";

export interface StartRun {
  readonly kind: StartKind;
  /** Milliseconds. */
  readonly time: number;
  /** From the start to the end of `node -e 0`, a moment before. */
  readonly bareNode: number;
}

/** Short, so that listening takes little; long enough that adopting is not over too soon. */
const INTERVAL = { cold: 100, adopt: 1000 } as const;
const PAUSE = 100;

/** All through the same chain of programs, with bare Node in between: a busy host slows all alike. */
export async function measureStarts(runs: number): Promise<readonly StartRun[]> {
  return [
    ...(await cold("first", runs)),
    ...(await cold("again", runs)),
    ...(await adopt(runs)),
    ...(await cold("keepalived", runs)),
  ];
}

async function bareNode({ segment }: Pair): Promise<number> {
  const from = wall();
  await segment.network.spawn("lb1", [process.execPath, "-e", "0"]).ended;
  return wall() - from;
}

/** Nobody else is there: the whole election is waited out. */
async function cold(
  kind: "first" | "again" | "keepalived",
  runs: number,
): Promise<readonly StartRun[]> {
  const tool = kind === "keepalived" ? kind : "baton";
  const pair = await createPair(tool, { interval: INTERVAL.cold });
  try {
    if (kind === "again") await firstAdvert(pair).then(({ daemon }) => daemon.stop());
    const measure = async (): Promise<number> => {
      if (kind === "first") await forget(pair);
      const { time, daemon } = await firstAdvert(pair);
      await daemon.stop();
      return time - waitOf(pair);
    };
    return await repeat(pair, kind, { runs, measure });
  } finally {
    await pair.close();
  }
}

/** Nothing is known from an earlier run: no state, no parsed configuration. */
async function forget(pair: Pair): Promise<void> {
  const root = pair.segment.root("lb1");
  await Promise.all(
    ["run", "var"].map((folder) => rm(join(root, folder), { recursive: true, force: true })),
  );
}

/** lb1 listens at its own priority. */
const waitOf = ({ tool, job }: Pair): number =>
  tool.name === "baton" ? tool.downTime(job.interval) : job.interval * (3 + (256 - 200) / 256);

/** After kill -9 the next run takes over what stands, without an election. */
async function adopt(runs: number): Promise<readonly StartRun[]> {
  const pair = await createPair("baton", { interval: INTERVAL.adopt });
  try {
    let { daemon } = await firstAdvert(pair);
    const measure = async (): Promise<number> => {
      await eventually("the VIP", () => pair.addresses.lb1.holds());
      await advertsSince(pair, wall(), 2);
      daemon.kill("SIGKILL");
      await daemon.ended;
      const next = await firstAdvert(pair);
      daemon = next.daemon;
      return next.time;
    };
    return await repeat(pair, "adopt", { runs, measure });
  } finally {
    await pair.close();
  }
}

async function firstAdvert(
  pair: Pair,
): Promise<{ readonly time: number; readonly daemon: Running }> {
  const from = wall();
  const daemon = pair.start("lb1");
  return { time: (await advertsSince(pair, from, 1)) - from, daemon };
}

/** When the advert of that number, counted from a moment on, came. */
const advertsSince = (pair: Pair, from: number, count: number): Promise<number> =>
  eventually("an advert", () => pair.adverts.lb1.times.filter((time) => time >= from)[count - 1], {
    timeout: 15_000,
    interval: 10,
  });

async function repeat(
  pair: Pair,
  kind: StartKind,
  options: { readonly runs: number; readonly measure: () => Promise<number> },
): Promise<readonly StartRun[]> {
  const results: StartRun[] = [];
  for (let run = 0; run < options.runs; run++) {
    const bare = await bareNode(pair);
    results.push({ kind, time: await options.measure(), bareNode: bare });
    await sleep(PAUSE);
  }
  return results;
}
