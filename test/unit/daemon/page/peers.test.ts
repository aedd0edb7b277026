/** When the page's director asks the others, and what it keeps. */
import { afterEach, expect, test, vi } from "vitest";
import type { PeerAnswer, PeersReply } from "../../../../src/control/api.ts";
import { createPeers } from "../../../../src/daemon/page/peers.ts";

const LATELY = {
  history: [],
  serverHistory: [],
  decisions: [],
  repairs: [{ agoMs: 1, what: "a VIP" }],
};
const answer = (more: Partial<PeerAnswer>): PeersReply => {
  const one = { director: "lb2", done: true, sentence: "answered", aheadMs: 0 };
  return { done: true, sentence: "", answers: [{ ...one, text: undefined, ...more }] };
};

afterEach(() => vi.restoreAllMocks());

test("asked when somebody reads, not again within seconds, and at once after a change", async () => {
  const ask = vi.fn(() => Promise.resolve(answer({ text: JSON.stringify(LATELY) })));
  const peers = createPeers(ask);
  expect(peers.told()).toEqual([]);
  await vi.waitFor(() => expect(peers.told()).toMatchObject([{ lately: LATELY }]));
  expect(ask).toHaveBeenCalledTimes(1);
  peers.changed();
  peers.told();
  expect(ask).toHaveBeenCalledTimes(2);
});

test("what was known stays where nothing, or nothing of sense, is answered", async () => {
  const replies: (() => Promise<PeersReply | undefined>)[] = [
    () => Promise.resolve(answer({ text: JSON.stringify(LATELY) })),
    () => Promise.resolve(answer({ done: false, sentence: "it is down\n    Start it." })),
    () => Promise.resolve(answer({ text: '{"history":3}' })),
    () => Promise.reject(new Error("no")),
    () => Promise.resolve(undefined),
  ];
  const problems: (string | undefined)[] = [];
  const peers = createPeers(() => replies.shift()?.() ?? Promise.resolve(undefined));
  while (replies.length > 0) {
    peers.changed();
    peers.told();
    await new Promise((resolve) => setImmediate(resolve));
    const [known] = peers.told();
    expect(known?.lately).toEqual(LATELY);
    problems.push(known?.problem);
  }
  const odd = "it answers nothing of sense";
  expect(problems).toEqual([undefined, "it is down", odd, odd, odd]);
});
