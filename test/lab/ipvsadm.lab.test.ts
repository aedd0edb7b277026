/** `baton ipvsadm` beside ipvsadm: the same words, the same kernel, the same answers. */
import { beforeAll, describe, expect, it } from "vitest";
import { bootLab, type LabResult } from "./boot.ts";

const TIMEOUT = 170_000;
const RANDOM_STORIES = 100;
/** Another one each day; a difference names its lines. */
const SEED = Math.floor(Date.now() / 86_400_000) * 1000;

let lab: LabResult;
beforeAll(async () => {
  const args = [String(SEED), String(RANDOM_STORIES)];
  lab = await bootLab({ script: "./guest/ipvsadm.ts", args, timeout: TIMEOUT });
}, TIMEOUT + 10_000);

interface Comparison {
  readonly stories: number;
  readonly lines: number;
  readonly ms: number;
  readonly differences: readonly unknown[];
}

function comparison(kind: string): Comparison {
  const found = lab.events.find((each) => each.kind === kind);
  if (!found) throw new Error(`no event ${kind}: ${lab.output}`);
  return found as unknown as Comparison;
}

it("the guest's program ran to its end", () => {
  expect(lab.events.filter(({ kind }) => kind === "failed")).toEqual([]);
  expect(lab.code, lab.output).toBe(0);
});

describe("the same command lines", () => {
  it("every command with every option, every value and its edges, every input", () => {
    const { stories, lines, ms, differences } = comparison("fixed");
    console.log(`${stories} stories, ${lines} command lines in ${ms} ms`);
    expect(stories).toBeGreaterThan(300);
    expect(lines).toBeGreaterThan(1000);
    expect(differences).toEqual([]);
  });

  it(`at random, from seed ${SEED}`, () => {
    const { stories, differences } = comparison("random");
    expect(stories).toBe(RANDOM_STORIES);
    expect(differences).toEqual([]);
  });
});

it("names are asked for many at a time", () => {
  const { ms, named } = lab.events.find(({ kind }) => kind === "names") ?? { ms: 0, named: 0 };
  expect(named).toBe(200);
  // One after the other they are 40 s, of which a fifth is left here.
  expect(ms).toBeLessThan(8000);
  console.log(`200 names of 200 ms each in ${String(ms)} ms`);
});
