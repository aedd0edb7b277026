import { expect, test } from "vitest";
import { type Expectation, judge, type Observation } from "../../soak/verdict.ts";

const WELL: Observation = {
  before: "lb1",
  during: ["lb2"],
  after: ["lb2"],
  answering: ["lb2"],
  gap: 40,
  held: 5,
  kept: 5,
  doctor: [{ host: "lb1", code: 0, errors: [], warnings: [] }],
  failures: [],
};

const HANDOVER: Expectation = { role: "moves", gap: 100, connections: "kept" };

test("what is as promised has no problem", () => {
  expect(judge(HANDOVER, WELL)).toEqual([]);
});

const SICK = { host: "lb2", code: 1, errors: ["rp-filter"], warnings: ["clock"] };

test.each<[string, Partial<Observation>, string]>([
  ["nobody in between", { during: [] }, "while it lasted nobody had the VIP"],
  ["two in between", { during: ["lb1", "lb2"] }, "while it lasted lb1 and lb2 had the VIP"],
  ["two answer", { answering: ["lb1", "lb2"] }, "lb1 and lb2 answered for the VIP, which lb2 had"],
  ["no move", { after: ["lb1"], answering: ["lb1"] }, "the role stayed with lb1"],
  ["a long gap", { gap: 100.6 }, "clients waited 101 ms, 100 at most promised"],
  ["a lost connection", { kept: 4 }, "1 of 5 connections lost"],
  ["a doctor's finding", { doctor: [SICK] }, "doctor on lb2: exit 1, rp-filter, clock"],
  ["a doctor who fails", { doctor: [{ ...SICK, errors: [], warnings: [] }] }, "no finding"],
  ["no rest", { failures: ["settle: too late"] }, "settle: too late"],
])("%s is a problem", (_, change, sentence) => {
  const problems = judge(HANDOVER, { ...WELL, ...change });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(sentence);
});

test("what is not promised is no problem", () => {
  const crash: Expectation = { role: "either", gap: 100, connections: "either" };
  const stayed = { ...WELL, after: ["lb1"], answering: ["lb1"], kept: 0 };
  expect(judge(crash, stayed)).toEqual([]);
  expect(judge({ ...crash, role: "stays" }, WELL)).toEqual(["the role moved to lb2"]);
});
