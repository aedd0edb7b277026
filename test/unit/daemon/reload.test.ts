/** A file that is refused reaches nothing of a running director. */

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { places } from "../../../src/base/places.ts";
import { ms } from "../../../src/base/units.ts";
import { parse } from "../../../src/config/load.ts";
import { type ReadWork, readWork } from "../../../src/daemon/read-work.ts";
import { reload } from "../../../src/daemon/reload.ts";
import { directorWith } from "../../support/directors.ts";

const GOOD = readFileSync("etc/baton.yaml", "utf8");
const FILE = "/etc/baton/baton.yaml";

/** Whoever touches it is named. */
const untouchable = <T extends object>(what: string): T =>
  new Proxy({} as T, {
    get: (_, key) => {
      throw new Error(`${what}.${String(key)} was touched`);
    },
  });

/** What runs is read for the plan, and that is all. */
function lookedAt<T extends object>(running: T): T {
  const state = directorWith({ priorities: [150, 100] });
  return new Proxy(running, {
    get: (target, key) => {
      if (key === "loop") return { state: () => state };
      if (key === "levels") return { ipvs: undefined };
      return Reflect.get(target, key) as unknown;
    },
  });
}

/** One stroke of the pen: something is left out, doubled, or put in. */
const corrupted = fc
  .tuple(
    fc.nat(GOOD.length - 1),
    fc.integer({ min: 1, max: 40 }),
    fc.constantFrom("", ":", "  ", "\t", "{", "]", "'", "\0", "é", "-1", "zzz", "\n\n- "),
    fc.boolean(),
  )
  .map(([at, length, text, keeps]) =>
    keeps
      ? GOOD.slice(0, at) + text + GOOD.slice(at)
      : GOOD.slice(0, at) + text + GOOD.slice(at + length),
  );

const RUNS = 1000;

test("a thousand corrupted files change nothing, and each is told where", async () => {
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(corrupted, async (text) => {
      const options = {
        running: lookedAt(untouchable<Parameters<typeof reload>[0]["running"]>("running")),
        read: (work: ReadWork) => Promise.resolve(readWork(work)),
        voices: untouchable<Parameters<typeof reload>[0]["voices"]>("voices"),
        metrics: untouchable<Parameters<typeof reload>[0]["metrics"]>("metrics"),
        page: untouchable<Parameters<typeof reload>[0]["page"]>("page"),
        log: untouchable<Parameters<typeof reload>[0]["log"]>("log"),
        places: places("/nowhere"),
        self: "lb1",
        startTook: ms(100),
        isEnding: () => false,
      };
      const reply = await reload(options, { file: FILE, text, move: true });
      // A stroke in a comment, or a name that is another one, may leave it valid.
      if (reply.sentence.endsWith("was touched")) fc.pre(parse(text).kind === "invalid");
      expect(reply).toMatchObject({
        done: false,
        invalid: true,
        plan: undefined,
        configuration: undefined,
      });
      expect(reply.sentence).toMatch(/^\/etc\/baton\/baton\.yaml:\d+:\d+: error: /m);
      refused++;
    }),
    { numRuns: RUNS, maxSkipsPerRun: 20 },
  );
  expect(refused).toBeGreaterThanOrEqual(RUNS);
}, 60_000);
