/** Listeners that read, that do not, and views that cost something. */
import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { afterEach, expect, test } from "vitest";
import { createEvents, type Events } from "../../../../src/daemon/page/events.ts";

/** Takes what is written only where it is `awake`. */
class Reader extends EventEmitter {
  readonly got: string[] = [];
  awake = true;
  destroyed = false;
  get writableLength(): number {
    return this.awake || this.got.length === 0 ? 0 : 100;
  }
  write(text: string): void {
    this.got.push(text);
  }
  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }
}

let events: Events;
let views = 0;
let trouble: unknown[] = [];
let nexts: number[] = [];
const cost = { ms: 0, fails: false };

function begin(): void {
  views = 0;
  trouble = [];
  nexts = [];
  Object.assign(cost, { ms: 0, fails: false });
  events = createEvents({
    cadenceMs: 5,
    onProblem: (error) => trouble.push(error),
    view: async (nextMs) => {
      views++;
      nexts.push(nextMs);
      await new Promise((resolve) => setTimeout(resolve, cost.ms));
      if (cost.fails) throw new Error("no view");
      return `view ${views}`;
    },
  });
}
afterEach(() => events.close());

const join = (reader: Reader): boolean => events.join(reader as unknown as ServerResponse);

test("one view serves all who listen, and none is made for nobody", async () => {
  begin();
  events.changed();
  const [one, two] = [new Reader(), new Reader()];
  join(one);
  join(two);
  await expect.poll(() => two.got.length).toBeGreaterThan(2);
  expect(one.got).toEqual(two.got);
  expect(one.got[0]).toBe("data: view 1\n\n");
  one.destroy();
  two.destroy();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const made = views;
  await new Promise((resolve) => setTimeout(resolve, 40));
  expect(views).toBe(made);
});

test("who does not read has one view waiting, and is sent away in the end", async () => {
  begin();
  const [sleeper, reader] = [new Reader(), new Reader()];
  sleeper.awake = false;
  join(sleeper);
  join(reader);
  await expect.poll(() => sleeper.destroyed, { timeout: 5000 }).toBe(true);
  expect(sleeper.got).toHaveLength(1);
  expect(reader.destroyed).toBe(false);
});

test("a view that takes long is made more seldom, and says so", async () => {
  begin();
  cost.ms = 10;
  const reader = new Reader();
  join(reader);
  await expect.poll(() => nexts.length, { timeout: 5000 }).toBeGreaterThan(2);
  expect(nexts[0]).toBe(5);
  expect(nexts[2]).toBeGreaterThanOrEqual(190);
});

test("a view that fails is a problem, and not the end", async () => {
  begin();
  cost.fails = true;
  const reader = new Reader();
  join(reader);
  await expect.poll(() => trouble.length).toBeGreaterThan(0);
  cost.fails = false;
  await expect.poll(() => reader.got.length).toBeGreaterThan(0);
});
