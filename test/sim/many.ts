/** Runs many seeds of chaos: a share of them in each of several test files, so that workers share. */
import { expect, test } from "vitest";
import { chaos, chronicle, type Transport } from "./chaos.ts";
import { recordedChaos } from "./recorded.ts";

const SEEDS = Number(process.env["BATON_SIM_SEEDS"] ?? 1500);
const FIRST = Number(process.env["BATON_SIM_SEED"] ?? 1);
/** The test runner gives up on a worker that says nothing for long. */
const BREATH = 100;
/** One in so many is recorded, and replayed. */
const RECORDED = 12;
/** A soak tells how far it is. */
const PROGRESS = 10_000;

const rerun = (seed: number): string =>
  `BATON_SIM_SEED=${seed} BATON_SIM_SEEDS=1 ` +
  "npx vitest run --config test/vitest.config.ts --project sim chaos";

/** Seeds `share`, `share + of`, … of those that the environment asks for. */
export function chaosTest(share: number, of: number, transport: Transport = "udp"): void {
  test(`chaos over ${transport}: part ${share + 1} of ${of} of ${SEEDS} seeds from ${FIRST}`, async () => {
    for (let done = share; done < SEEDS; done += of) {
      const seed = FIRST + done;
      const isRecorded = Math.floor(done / of) % RECORDED === 0;
      const run = isRecorded ? recordedChaos(seed, transport) : chaos(seed, transport);
      if (run.problems.length > 0) {
        expect.fail(`${run.problems.join("\n")}\n${chronicle(run)}\nagain: ${rerun(seed)}`);
      }
      if (done % BREATH === share) await new Promise((resolve) => setImmediate(resolve));
      if (done % PROGRESS === share && done > PROGRESS) {
        process.stdout.write(`${new Date().toISOString()} ${done} of ${SEEDS} seeds\n`);
      }
    }
  }, 0);
}
