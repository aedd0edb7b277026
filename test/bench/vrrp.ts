/** VRRP with keepalived as the peer: every fault both ways round, beside keepalived with itself. */
import { createMixed, type MixedOptions, otherSide, SIDES, type Side } from "../support/mixed.ts";
import { begin, STORIES, type Story, watched } from "../support/mixed-stories.ts";
import { type CostRun, measureCost } from "./cost.ts";
import { type GapRun, measureGaps } from "./gaps.ts";
import type { ToolName } from "./tools.ts";

export interface VrrpRun {
  /** Better one, worse one. */
  readonly pair: readonly [better: ToolName, worse: ToolName];
  readonly variant: string;
  readonly story: string;
  readonly interval: number;
  /** The client's longest gap; undefined: it did not end as it had to. */
  readonly gap: number | undefined;
  readonly problem: string | undefined;
}

export interface VrrpResult {
  readonly runs: readonly VrrpRun[];
  readonly cost: readonly CostRun[];
  readonly gaps: readonly (GapRun & { readonly instances: number })[];
}

interface Pairing {
  readonly better: Side;
  readonly same?: Side;
}

const PAIRINGS: readonly Pairing[] = [
  { better: "baton" },
  { better: "keepalived" },
  { better: "baton", same: "baton" },
  { better: "keepalived", same: "keepalived" },
];

const VIPS = Array.from({ length: 20 }, (_, i) => `192.168.60.${150 + i}`);
const BASIC = "3, IPv4, multicast";
const VARIANTS: Readonly<Record<string, Partial<MixedOptions>>> = {
  "2, IPv4, multicast": { version: 2, interval: 1000 },
  "2, IPv4, multicast, PASS": { version: 2, interval: 1000, password: "secret99" },
  "2, IPv4, unicast, PASS": { version: 2, interval: 1000, unicast: true, password: "secret99" },
  "3, IPv4, unicast": { unicast: true },
  "3, IPv6, multicast": { family: 6 },
  "3, IPv6, unicast": { family: 6, unicast: true },
  "3, IPv4, 20 VIPs": { vips: { baton: VIPS, keepalived: VIPS } },
};

const toolOf = (side: Side, same: Side | undefined): ToolName => same ?? side;

async function play(
  { better, same }: Pairing,
  variant: string,
  changes: Partial<MixedOptions>,
): Promise<readonly VrrpRun[]> {
  const worse = otherSide(better);
  const options: MixedOptions = {
    version: 3,
    family: 4,
    interval: 100,
    priorities: { [better]: 150, [worse]: 100 } as MixedOptions["priorities"],
    ...(same && { same }),
    ...changes,
  };
  const about = {
    pair: [toolOf(better, same), toolOf(worse, same)] as const,
    variant,
    interval: options.interval,
  };
  const pair = await createMixed(options);
  const runs: VrrpRun[] = [];
  try {
    await begin(pair, better);
    for (const story of STORIES) {
      const { gap, problem } = await tried(pair, better, story);
      runs.push({ ...about, story: story.name, gap, problem });
      if (problem !== undefined) break;
    }
  } finally {
    await pair.close();
  }
  return runs;
}

async function tried(
  pair: Parameters<Story["run"]>[0],
  better: Side,
  story: Story,
): Promise<{ readonly gap: number | undefined; readonly problem: string | undefined }> {
  try {
    const { gap } = await watched(pair, better, () => story.run(pair, better));
    return { gap, problem: undefined };
  } catch (error) {
    return { gap: undefined, problem: String(error).split("\n", 1)[0] };
  }
}

export async function measureVrrp(
  runs: number,
  seconds: number,
  tell: (what: string) => void,
): Promise<VrrpResult> {
  const all: VrrpRun[] = [];
  for (const interval of [1000, 100]) {
    tell(`vrrp, every pairing at ${interval} ms`);
    for (let run = 0; run < runs; run++) {
      // Mostly waiting.
      const some = PAIRINGS.map((pairing) => play(pairing, BASIC, { interval }));
      all.push(...(await Promise.all(some)).flat());
    }
  }
  for (const [variant, changes] of Object.entries(VARIANTS)) {
    tell(`vrrp ${variant}`);
    const some = SIDES.map((better) => play({ better }, variant, changes));
    all.push(...(await Promise.all(some)).flat());
  }
  return { runs: all, ...(await measureLoad(seconds, tell)) };
}

const COSTS = [
  { interval: 1000, instances: 255, vrrp: true },
  { interval: 10, instances: 20, vrrp: true },
] as const;
const GAPS = [
  { interval: 100, instances: 1 },
  { interval: 20, instances: 1 },
  { interval: 10, instances: 20 },
] as const;

async function measureLoad(
  seconds: number,
  tell: (what: string) => void,
): Promise<Pick<VrrpResult, "cost" | "gaps">> {
  const cost: CostRun[] = [];
  for (const job of COSTS) {
    tell(`vrrp, cost of ${job.instances} instances at ${job.interval} ms`);
    for (const name of ["baton", "keepalived"] as const) {
      cost.push(await measureCost(name, job, seconds));
    }
  }
  const gaps: (GapRun & { readonly instances: number })[] = [];
  for (const job of GAPS) {
    for (const busy of [false, true]) {
      tell(
        `vrrp, adverts of ${job.instances} at ${job.interval} ms on ${busy ? "busy" : "idle"} cores`,
      );
      for (const name of ["baton", "keepalived"] as const) {
        const run = await measureGaps(name, { ...job, busy, seconds, vrrp: true });
        gaps.push({ ...run, instances: job.instances });
      }
    }
  }
  return { cost, gaps };
}
