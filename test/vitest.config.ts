/** One project a tier; each tier has a budget in .ci/test.mjs. */
import { defineConfig } from "vitest/config";

const SECOND = 1000;

interface Tier {
  readonly name: string;
  readonly include: string[];
  readonly testTimeout: number;
  /** One file after another: tests that measure time must not compete for the two cores. */
  readonly serial: boolean;
}

const TIERS: readonly Tier[] = [
  {
    name: "unit",
    include: ["test/*.test.ts", "test/{unit,table,vector}/**/*.test.ts"],
    testTimeout: 10 * SECOND,
    serial: false,
  },
  { name: "sim", include: ["test/sim/**/*.test.ts"], testTimeout: 60 * SECOND, serial: false },
  { name: "fuzz", include: ["test/fuzz/**/*.test.ts"], testTimeout: 60 * SECOND, serial: false },
  {
    name: "netns",
    include: ["test/netns/**/*.netns.test.ts"],
    testTimeout: 60 * SECOND,
    serial: false,
  },
  {
    name: "timed",
    include: ["test/netns/**/*.timed.test.ts"],
    testTimeout: 60 * SECOND,
    serial: true,
  },
  {
    name: "browser",
    include: ["test/browser/**/*.browser.test.ts"],
    testTimeout: 60 * SECOND,
    serial: true,
  },
  {
    name: "lab",
    include: ["test/lab/**/*.lab.test.ts"],
    testTimeout: 180 * SECOND,
    serial: true,
  },
  {
    name: "hosts",
    include: ["test/hosts/**/*.hosts.test.ts"],
    testTimeout: 120 * SECOND,
    serial: true,
  },
];

/** Whoever else uses the machine changes nothing in these. */
const PURE: readonly string[] = ["unit", "sim", "fuzz"];

export default defineConfig({
  test: {
    // vitest leaves a core free; on two that means one file at a time.
    maxWorkers: 2,
    projects: TIERS.map(({ name, include, testTimeout, serial }) => ({
      root: new URL("..", import.meta.url).pathname,
      test: {
        name,
        include,
        testTimeout,
        hookTimeout: testTimeout,
        fileParallelism: !serial,
        // Whoever else uses the machine may take a second of it: then once more.
        retry: PURE.includes(name) ? 0 : 1,
        // The tests of the slow tiers set up once and go through a story in order.
        sequence: { concurrent: false },
        pool: "forks" as const,
        teardownTimeout: 10 * SECOND,
      },
    })),
  },
});
