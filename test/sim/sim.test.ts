import { describe, expect, test } from "vitest";
import { chaos } from "./chaos.ts";
import { Cluster } from "./cluster.ts";

const SEEDS = Number(process.env["BATON_SIM_SEEDS"] ?? 1000);
const FIRST = Number(process.env["BATON_SIM_SEED"] ?? 1);

describe("chaos", () => {
  test(`${SEEDS} seeds from ${FIRST}`, () => {
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
      const problems = chaos(seed);
      expect(problems, `BATON_SIM_SEED=${seed} BATON_SIM_SEEDS=1 npx vitest run --project sim`).toEqual([]);
    }
  }, 0);
});

test("a clean network sees exactly one takeover", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const cluster = new Cluster(seed, { priorities: [100, 150, 120] });
    cluster.startAll();
    cluster.run(20_000);
    expect(cluster.takeovers().map((one) => one.node)).toEqual(["lb2"]);
  }
});
