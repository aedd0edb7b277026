/** One fault from its calm before to its verdict. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  DIRECTORS,
  type DirectorName,
  other,
  type Pair,
  SERVICE_PORT,
  VIP,
} from "../hosts/pair.ts";
import { longestGap, type Probe } from "../support/probe.ts";
import { eventually } from "../support/process.ts";
import { startTraffic, type Traffic } from "../support/traffic.ts";
import { type Fault, noted, SAVED, type Scene } from "./faults.ts";
import { answering, diagnose } from "./observe.ts";
import type { Tool } from "./tools.ts";
import { judge, type Observation } from "./verdict.ts";

/** Connections that are held, each with a line and its answer every 100 ms. */
const HELD = 5;
const LINE_MS = 100;
/** The kernel synchronises a connection from its second packet on, and within two seconds. */
const SYNCED_MS = 3000;
const SETTLE_LIMIT_MS = 90_000;
/** TCP asks again after twice as long each time. */
const ASKS_AGAIN = 2;
const ANSWER_MS = 3000;

export interface Outcome {
  readonly fault: string;
  readonly seen: Observation;
  readonly problems: readonly string[];
}

export const settled = (pair: Pair, tool: Tool): Promise<DirectorName> =>
  eventually("one serves, the other stands by", () => tool.settled(pair), {
    timeout: SETTLE_LIMIT_MS,
    interval: 500,
  });

/** Whatever comes of it the pair stands again afterwards. */
export async function endured(pair: Pair, tool: Tool, fault: Fault): Promise<Outcome> {
  try {
    const outcome = await suffer(pair, tool, fault);
    if (outcome.seen.failures.length > 0) await rescue(pair, tool);
    return outcome;
  } catch (error) {
    const seen = { ...UNSEEN, failures: [`broken off: ${firstLine(error)}`] };
    await rescue(pair, tool);
    return { fault: fault.name, seen, problems: seen.failures };
  }
}

const UNSEEN: Observation = {
  before: "nobody",
  during: [],
  after: [],
  answering: [],
  gap: 0,
  held: 0,
  kept: 0,
  doctor: [],
  failures: [],
};

/** Both are switched off and on with the file that they had in the beginning. */
async function rescue(pair: Pair, tool: Tool): Promise<void> {
  for (const name of DIRECTORS) {
    if ((await pair.host(name).exec("true")).code === 0) await pair.host(name).pullPlug();
    tool.configure(pair.host(name), name);
  }
  await Promise.all(DIRECTORS.map((name) => pair.host(name).powerOn()));
  await settled(pair, tool);
}

async function suffer(pair: Pair, tool: Tool, fault: Fault): Promise<Outcome> {
  const master = await settled(pair, tool);
  await tool.fit(pair, other(master));
  const scene: Scene = { pair, tool, master, host: pair.host(master) };
  await scene.host.must(`cp ${tool.file} ${SAVED}; ${noted(tool)}`);
  const probe = await pair.probe();
  await probe.answeredBy(master);
  const options = { address: VIP, port: SERVICE_PORT, held: HELD, interval: LINE_MS };
  const traffic = await startTraffic(pair.network, "client", options);
  await sleep(SYNCED_MS);
  const story = await happened(scene, fault);
  const seen = { before: master, ...story, ...(await clients(probe, traffic)) };
  const whole = {
    ...seen,
    answering: await answering(pair),
    doctor: tool.name === "baton" ? await diagnose(pair) : [],
  };
  return { fault: fault.name, seen: whole, problems: judge(fault.expects, whole) };
}

type Story = Pick<Observation, "during" | "after" | "failures">;

/** The act, the time that it lasts, the operator's hand, and what stands then. */
async function happened(scene: Scene, fault: Fault): Promise<Story> {
  const failures: string[] = [];
  const attempt = async (what: string, doing: Promise<unknown>): Promise<void> => {
    await doing.catch((error: unknown) => failures.push(`${what}: ${firstLine(error)}`));
  };
  await attempt("act", fault.act(scene));
  await sleep(fault.lasts);
  const during = await scene.pair.owners();
  if (fault.proof) await attempt("it was not done", fault.proof(scene));
  await attempt("mend", fault.mend(scene));
  await attempt("settle", settled(scene.pair, scene.tool));
  return { during, after: await scene.pair.owners(), failures };
}

const firstLine = (error: unknown): string => String(error).split("\n", 1)[0] ?? "";

type Clients = Pick<Observation, "gap" | "held" | "kept">;

/** What the clients say, when those that had to wait have had the time to ask again. */
async function clients(probe: Probe, traffic: Traffic): Promise<Clients> {
  const gap = longestGap(await probe.stop());
  await sleep(ANSWER_MS + gap * (ASKS_AGAIN - 1));
  const { held } = await traffic.stop();
  const kept = held.filter(({ lost, silence }) => !lost && silence < ANSWER_MS).length;
  return { gap, held: held.length, kept };
}
