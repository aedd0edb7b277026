import { describe, expect, test } from "vitest";
import { never } from "../../src/base/invariant.ts";
import { nextDeadline, step } from "../../src/core/vrrp/step.ts";
import type { VrrpEffect, VrrpEvent, VrrpState } from "../../src/core/vrrp/types.ts";
import { CONFIG, EVENTS, NOW, nameOf, STATES } from "./vrrp-cases.ts";
import { TABLE } from "./vrrp-table.ts";

/** Every kind that the core knows; a new one does not compile until it is here. */
const KINDS: Record<VrrpEvent["kind"], true> = {
  started: true,
  heard: true,
  life: true,
  deadline: true,
  woke: true,
  faulted: true,
  repaired: true,
  vipsOn: true,
  vipsOff: true,
  level: true,
  sight: true,
  health: true,
  tracked: true,
  groupTakes: true,
  groupYields: true,
  passed: true,
  failover: true,
  resume: true,
  takeover: true,
  stopping: true,
};
const STATE_KINDS: Record<VrrpState["kind"], true> = {
  initialize: true,
  backup: true,
  master: true,
  leaving: true,
  fault: true,
};

function words(effect: VrrpEffect): string {
  switch (effect.kind) {
    case "advertise":
      return effect.occasion;
    case "pass":
      return effect.pass;
    case "transition":
      return `→${effect.to}`;
    case "announce":
    case "rivalled":
    case "refused":
    case "note":
      return effect.kind;
    default:
      return never(effect);
  }
}

function outcome(state: VrrpState, event: VrrpEvent, due: boolean): string {
  const at = due ? (nextDeadline(state, CONFIG, NOW) ?? NOW) : NOW;
  const result = step(state, CONFIG, event, at);
  const deadline = nextDeadline(result.state, CONFIG, at);
  const timer = deadline === undefined ? "" : ` @${deadline - at}`;
  const effects = result.effects.map(words).join(" ");
  return `${nameOf(result.state)}${timer}${effects === "" ? "" : ` | ${effects}`}`;
}

test("the table has every kind of state and event", () => {
  const events = new Set(Object.values(EVENTS).map(({ kind }) => kind));
  expect([...events].sort()).toEqual(Object.keys(KINDS).sort());
  const states = new Set(Object.values(STATES).map(({ kind }) => kind));
  expect([...states].sort()).toEqual(Object.keys(STATE_KINDS).sort());
});

test("the states of the table are what they are called", () => {
  for (const [name, state] of Object.entries(STATES)) expect(nameOf(state)).toBe(name);
});

describe.each(Object.entries(TABLE))("%s", (name, row) => {
  const [, state] = Object.entries(STATES).find(([one]) => one === name) ?? [];
  test.each(Object.entries(row))("%s", (event, expected) => {
    const [, what] = Object.entries(EVENTS).find(([one]) => one === event) ?? [];
    if (!state || !what) throw new Error(`no ${name} or no ${event}`);
    expect(outcome(state, what, event === "timer")).toBe(expected);
  });
});
