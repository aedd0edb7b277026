/** Two versions of baton in one pair: `versions OLDER NEWER`, the files of two built programs. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { places } from "../../src/base/places.ts";
import { createSegment, type Segment, VIP } from "../netns/harness.ts";
import { longestGap } from "../support/probe.ts";
import { eventually, type Result, type Running, sleep } from "../support/process.ts";
import { addressOf, DIRECTORS, type Director } from "./tools.ts";

/** At a second the successor adopts in time, also on a busy machine. */
const INTERVAL = 1000;
/** Silence, skew, start: what a role takes to move in any case. */
const PATIENCE = 15_000;
/** In it a role that was going to move has moved. */
const CALM = 5 * INTERVAL;
/** What a client may wait when nothing fails: a start in good order moves nothing. */
const UNNOTICED = 60;

type Version = "older" | "newer";
type Programs = Readonly<Record<Version, string>>;

const other = (host: Director): Director => (host === "lb1" ? "lb2" : "lb1");

/** One file for both, of words that all versions know. */
const yaml = (key: string): string => `
directors:
  lb1: { address: ${addressOf("lb1")}, priority: 150 }
  lb2: { address: ${addressOf("lb2")}, priority: 100 }
heartbeat: { interval: ${INTERVAL}ms, secretFile: ${key} }
instances:
  web: { routerId: 51, interface: eth0, vips: [${VIP}] }
`;

class MixedPair {
  readonly segment: Segment;
  readonly #programs: Programs;
  readonly #running: Partial<Record<Director, Running>> = {};
  readonly #versions: Partial<Record<Director, Version>> = {};

  constructor(segment: Segment, programs: Programs) {
    this.segment = segment;
    this.#programs = programs;
    const shared = dirname(segment.root("lb1"));
    mkdirSync(shared, { recursive: true });
    writeFileSync(join(shared, "key"), "1:a key for two versions only\n", { mode: 0o600 });
    writeFileSync(join(shared, "baton.yaml"), yaml(join(shared, "key")));
  }

  #argv(host: Director, version: Version, words: readonly string[]): readonly string[] {
    const file = join(dirname(this.segment.root(host)), "baton.yaml");
    const common = ["-c", file, "--root", this.segment.root(host)];
    return [process.execPath, this.#programs[version], ...words, ...common];
  }

  start(host: Director, version: Version): void {
    mkdirSync(this.segment.root(host), { recursive: true });
    const argv = this.#argv(host, version, ["run", "--as", host]);
    this.#running[host] = this.segment.network.spawn(host, argv);
    this.#versions[host] = version;
  }

  /** As the unit does it: the mark says that the stop is a restart. */
  async replace(host: Director, version: Version): Promise<void> {
    writeFileSync(places(this.segment.root(host)).restarting, "");
    await this.#running[host]?.stop();
    this.start(host, version);
  }

  /** By the program of a version, which need not be the daemon's. */
  command(host: Director, version: Version, words: readonly string[]): Promise<Result> {
    const argv = this.#argv(host, version, words);
    return this.segment.network.exec(host, argv, { timeout: PATIENCE });
  }

  versionOf(host: Director): Version {
    return this.#versions[host] ?? "newer";
  }

  async owner(): Promise<Director | undefined> {
    const { network } = this.segment;
    const held = await Promise.all(DIRECTORS.map((host) => network.holds(host, VIP)));
    const [one, ...more] = DIRECTORS.filter((_, i) => held[i]);
    return more.length === 0 ? one : undefined;
  }

  /** One owner, whom both follow. */
  async agreedOn(wanted: Director): Promise<void> {
    await eventually(
      `${wanted} serves and is followed`,
      async () => {
        if ((await this.owner()) !== wanted) return false;
        const views = await Promise.all(DIRECTORS.map((host) => this.#view(host)));
        return views.every((view) => view?.master === wanted && view.hearsUs);
      },
      { timeout: PATIENCE, interval: 100 },
    );
  }

  async #view(host: Director): Promise<{ master?: string; hearsUs?: boolean } | undefined> {
    const { code, stdout } = await this.command(host, this.versionOf(host), ["status", "--json"]);
    if (code !== 0) return undefined;
    const { instances, peers } = JSON.parse(stdout) as {
      readonly instances: readonly { readonly master?: string }[];
      readonly peers: readonly { readonly hearsUs?: boolean }[];
    };
    return { ...instances[0], ...peers[0] };
  }

  output(host: Director): string {
    const running = this.#running[host];
    return `${running?.stdout() ?? ""}${running?.stderr() ?? ""}`;
  }
}

const problems: string[] = [];

function judge(what: string, fine: boolean, found: string): void {
  console.log(`   ${fine ? "✓" : "✗"} ${what} (${found})`);
  if (!fine) problems.push(`${what}: ${found}`);
}

/** The longest time without an answer, in milliseconds, while `happens` does. */
async function gapOf(pair: MixedPair, happens: () => Promise<void>): Promise<number> {
  const probe = await pair.segment.probe();
  await sleep(INTERVAL / 2);
  await happens();
  await sleep(CALM);
  return longestGap(await probe.stop());
}

async function handover(pair: MixedPair, giver: Director): Promise<void> {
  const version = pair.versionOf(giver);
  let answer: Result | undefined;
  let forced = false;
  const gap = await gapOf(pair, async () => {
    answer = await pair.command(giver, version, ["failover"]);
    // Before the digest was one of the file, no two versions had the same.
    forced = answer.stderr.includes("no other director is fit");
    if (forced) console.log(`   · ${firstLine(answer.stderr)}: with --force`);
    if (forced) answer = await pair.command(giver, version, ["failover", "--force"]);
    if (answer.code === 0) await pair.agreedOn(other(giver));
  });
  const words = firstLine(`${answer?.stdout}${answer?.stderr}`);
  judge(`the ${version} ${giver} hands over`, answer?.code === 0, words);
  // Who is forced lets go, whoever is there.
  const limit = forced ? 2 * INTERVAL : UNNOTICED;
  judge(`clients wait ${limit} ms at most`, gap <= limit, `${gap.toFixed(1)} ms`);
  await pair.command(giver, version, ["resume"]);
}

async function replace(pair: MixedPair, host: Director, to: Version): Promise<void> {
  const owner = (await pair.owner()) ?? host;
  const role = owner === host ? "master" : "backup";
  const from = pair.versionOf(host);
  const gap = await gapOf(pair, async () => {
    await pair.replace(host, to);
    await pair.agreedOn(owner);
  });
  const what = `${host}, the ${role}, changes from the ${from} to the ${to}`;
  judge(what, gap <= UNNOTICED, `${owner} serves, ${gap.toFixed(1)} ms`);
}

const firstLine = (text: string): string => text.trim().split("\n", 1)[0] ?? "";

/** Each command line understands the other one's daemon. */
async function crossCommands(pair: MixedPair, host: Director): Promise<void> {
  const foreign: Version = pair.versionOf(host) === "older" ? "newer" : "older";
  const about = (words: readonly string[]): string =>
    `the ${foreign} \`baton ${words.join(" ")}\` of ${host}`;
  for (const words of [["status"], ["status", "--json"]]) {
    const { code, stderr } = await pair.command(host, foreign, words);
    judge(about(words), code === 0, firstLine(stderr) || "answered");
  }
  for (const words of [["explain"], ["history"], ["metrics"]]) {
    const { code, stderr } = await pair.command(host, foreign, words);
    const fine = code === 0 || !stderr.includes("unexpected:");
    judge(about(words), fine, firstLine(stderr) || "answered");
  }
}

async function story(programs: Programs, lb1: Version, lb2: Version): Promise<void> {
  console.log(`\nlb1 is the ${lb1}, lb2 the ${lb2}`);
  const segment = await createSegment({ echo: true });
  const pair = new MixedPair(segment, programs);
  try {
    pair.start("lb1", lb1);
    await eventually("lb1 serves", async () => (await pair.owner()) === "lb1");
    pair.start("lb2", lb2);
    await pair.agreedOn("lb1");
    judge("lb2 follows lb1", true, "lb1 serves");
    for (const host of DIRECTORS) await crossCommands(pair, host);
    await handover(pair, "lb1");
    await handover(pair, "lb2");
    await pair.agreedOn("lb1");
    for (const host of DIRECTORS) await replace(pair, host, "newer");
    for (const host of DIRECTORS) await replace(pair, host, "older");
    await replace(pair, "lb1", "newer");
  } catch (error) {
    judge("the story comes to its end", false, error instanceof Error ? error.message : "");
    for (const host of DIRECTORS) console.log(`${host}:\n${pair.output(host).slice(-SHOWN)}`);
  } finally {
    await segment.close();
  }
}

const SHOWN = 3000;
const [older = "", newer = ""] = process.argv.slice(2);
for (const file of [older, newer]) readFileSync(file);
const programs = { older, newer };
await story(programs, "older", "newer");
await story(programs, "newer", "older");
console.log(problems.length === 0 ? "\nall is well" : `\n${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
