/** Two directors of one tool on a segment of their own, and what is known about them. */
import { createSegment, type Segment, VIP } from "../netns/harness.ts";
import { eventually, type Running, sleep } from "../support/process.ts";
import { DIRECTORS, type Director, type Job, type Tool, type ToolName, toolOf } from "./tools.ts";
import { type AddressWatch, type Capture, capture, watchAddress } from "./watch.ts";

const SETTLE_TIMEOUT = 30_000;
/** What a pair needs beyond its intervals to come to rest: starts, announcements. */
const CALM = 300;
/** What is shown of the output of a director that failed. */
const SHOWN = 2000;

export interface Pair {
  readonly tool: Tool;
  readonly job: Job;
  readonly segment: Segment;
  /** Adverts of each director, as the other one receives them. */
  readonly adverts: Readonly<Record<Director, Capture>>;
  readonly addresses: Readonly<Record<Director, AddressWatch>>;
  start(host: Director): Running;
  running(host: Director): Running | undefined;
  /** Waits until exactly one director has held the VIP for some intervals, and returns it. */
  settled(): Promise<Director>;
  close(): Promise<void>;
}

export const other = (host: Director): Director => (host === "lb1" ? "lb2" : "lb1");

export async function createPair(name: ToolName, job: Job): Promise<Pair> {
  const tool = toolOf(name);
  const segment = await createSegment({ echo: true });
  const { network } = segment;
  const [lb1, lb2] = await Promise.all(
    DIRECTORS.map((host) => capture(network, other(host), tool.adverts(host, job))),
  );
  if (!lb1 || !lb2) throw new Error("no capture");
  const adverts = { lb1, lb2 };
  const addresses = {
    lb1: watchAddress(network, "lb1", VIP),
    lb2: watchAddress(network, "lb2", VIP),
  };
  const daemons: Partial<Record<Director, Running>> = {};
  return {
    tool,
    job,
    segment,
    adverts,
    addresses,
    start: (host) => {
      const daemon = network.spawn(host, tool.command(host, job, segment.root(host)));
      daemons[host] = daemon;
      return daemon;
    },
    running: (host) => daemons[host],
    settled: () => settled(tool, job, addresses),
    close: () => segment.close(),
  };
}

/** A pair that serves: both directors run, one of them holds the VIP. */
export async function startPair(name: ToolName, job: Job): Promise<Pair> {
  const pair = await createPair(name, job);
  try {
    // The better one first, so that all pairs begin alike.
    pair.start("lb1");
    await sleep(CALM);
    pair.start("lb2");
    await pair.settled();
    return pair;
  } catch (error) {
    const output = DIRECTORS.map((host) => {
      const daemon = pair.running(host);
      return `${host}: ${`${daemon?.stdout()}${daemon?.stderr()}`.slice(-SHOWN)}`;
    });
    await pair.close();
    throw new Error(`${name} did not come to serve\n${output.join("\n")}`, { cause: error });
  }
}

async function settled(tool: Tool, job: Job, addresses: Pair["addresses"]): Promise<Director> {
  const owner = (): Director | undefined => {
    const owners = DIRECTORS.filter((host) => addresses[host].holds());
    return owners.length === 1 ? owners[0] : undefined;
  };
  const calm = job.interval * 3 + CALM;
  return await eventually(
    `${tool.name}: one owner of the VIP`,
    async () => {
      const before = owner();
      if (before === undefined) return undefined;
      await sleep(calm);
      return owner() === before ? before : undefined;
    },
    { timeout: SETTLE_TIMEOUT, interval: 20 },
  );
}
