/** Announcements wait for their turn: round by round, and paced on each link. */
import { describe, expect, test } from "vitest";
import type { Ip } from "../../../src/base/ip.ts";
import { ms } from "../../../src/base/units.ts";
import { createPacedQueue } from "../../../src/daemon/paced-queue.ts";

const vip = (address: string, link = "eth0") => ({
  address: address as Ip,
  prefix: 32,
  interface: link,
});
const A = vip("192.0.2.1");
const B = vip("192.0.2.2");
const OTHER = vip("198.51.100.1", "eth1");

/** Milliseconds, and what went then. */
function drained(interval: number, add: Parameters<ReturnType<typeof createPacedQueue>["add"]>) {
  const queue = createPacedQueue(ms(interval));
  queue.add(...add);
  const gone: [number, string][] = [];
  for (let at = 0, pause: number | undefined = 0; pause !== undefined; at += pause ?? 0) {
    for (const { address } of queue.take(at)) gone.push([at, address]);
    pause = queue.pause(at);
  }
  return gone;
}

describe("with an interval", () => {
  test("two frames on one link are so far apart, round by round", () => {
    expect(drained(10, [[A, B], 2])).toEqual([
      [0, A.address],
      [10, B.address],
      [20, A.address],
      [30, B.address],
    ]);
  });

  test("links do not wait for each other", () => {
    expect(drained(10, [[A, B, OTHER], 1])).toEqual([
      [0, A.address],
      [0, OTHER.address],
      [10, B.address],
    ]);
  });

  test("a late turn is not made up for by two frames at once", () => {
    const queue = createPacedQueue(ms(10));
    queue.add([A, B, A], 2);
    const sent = [0, 35, 36, 45].map((at) => queue.take(at).length);
    expect(sent).toEqual([1, 1, 0, 1]);
  });

  test("a refresh of what waits anyway adds nothing; a new burst does", () => {
    const queue = createPacedQueue(ms(10));
    queue.add([A, B], 2);
    queue.add([A, B], 1);
    queue.add([A], 2);
    let count = 0;
    for (let at = 0; queue.pause(at) !== undefined; at += 10) count += queue.take(at).length;
    expect(count).toBe(6);
  });

  test("what belongs to somebody else now does not go", () => {
    const queue = createPacedQueue(ms(10));
    queue.add([A, B], 3);
    queue.cancel([A]);
    expect(queue.take(0).map(({ address }) => address)).toEqual([B.address]);
  });
});

test("without one, a turn takes a hundred", () => {
  const queue = createPacedQueue(ms(0));
  queue.add([A, B], 75);
  expect([queue.take(0).length, queue.pause(0), queue.take(2).length, queue.pause(2)]).toEqual([
    100,
    2,
    50,
    undefined,
  ]);
});
