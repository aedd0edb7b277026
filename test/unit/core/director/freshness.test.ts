import { describe, expect, test } from "vitest";
import { instant, ms } from "../../../../src/base/units.ts";
import { judge, type Listener, unheard } from "../../../../src/core/director/freshness.ts";
import type { PeerState } from "../../../../src/core/director/types.ts";
import type { Envelope } from "../../../../src/wire/heartbeat/types.ts";

const OURS = "0".repeat(32);
const LISTENER: Listener = {
  id: 1,
  session: OURS,
  spokenBefore: 10,
  interval: ms(250),
  missed: 3,
};
const session = (letter: string): string => letter.repeat(32);

/** What lb2 says; it heard our datagram 12 just now. */
const said = (changes: Partial<Envelope> = {}): Envelope => ({
  kind: "hello",
  keyId: 0,
  cluster: "0123456789abcdef",
  sender: 2,
  addressee: 1,
  session: session("a"),
  counter: 5,
  sequence: 1,
  path: 0,
  part: 0,
  parts: 1,
  echoes: [echo(OURS, 12)],
  configDigest: "1111111111111111",
  baton: "0.1.0",
  instances: [],
  decisions: [],
  health: undefined,
  ...changes,
});

const echo = (of: string, sequence: number, age = 5): Envelope["echoes"][number] => ({
  director: 1,
  session: of,
  paths: [{ path: 0, sequence, age: ms(age) }],
});

/** Judges one after the other, each 100 ms later; the reasons, and the peer in the end. */
function hear(
  envelopes: readonly Envelope[],
  start: PeerState = unheard("lb2"),
): { readonly verdicts: readonly string[]; readonly peer: PeerState } {
  let peer = start;
  const verdicts = envelopes.map((envelope, index) => {
    const verdict = judge(peer, envelope, LISTENER, instant(1000 + index * 100));
    if (verdict.kind === "refused") return verdict.reason;
    peer = verdict.peer;
    return verdict.kind === "fresh" && verdict.renewed ? "renewed" : verdict.kind;
  });
  return { verdicts, peer };
}

describe("a new session", () => {
  test("counts once it echoes what we said of late", () => {
    expect(hear([said()]).verdicts).toEqual(["renewed"]);
    const { verdicts, peer } = hear([said({ echoes: [] }), said({ sequence: 2 })]);
    expect(verdicts).toEqual(["life", "renewed"]);
    expect(peer.candidate).toBeUndefined();
    expect(peer.session).toBe(session("a"));
  });

  test("not by an echo of long ago, of an older session of ours, or of somebody else", () => {
    expect(hear([said({ echoes: [echo(OURS, 10)] })]).verdicts).toEqual(["life"]);
    expect(hear([said({ echoes: [echo(OURS, 11)] })]).verdicts).toEqual(["renewed"]);
    expect(hear([said({ echoes: [echo(session("9"), 12)] })]).verdicts).toEqual(["life"]);
    const other = { ...echo(OURS, 12), director: 3 };
    expect(hear([said({ echoes: [other] })]).verdicts).toEqual(["life"]);
  });

  test("is remembered, so that it can be echoed", () => {
    const { peer } = hear([said({ echoes: [], sequence: 7, path: 1 })]);
    const candidate = { session: session("a"), path: 1, sequence: 7, heardAt: 1000 };
    expect(peer.candidate).toMatchObject(candidate);
    expect(peer.session).toBeUndefined();
  });

  test("is not crowded out by recordings, of an older session or of its own", () => {
    const silent = { echoes: [] };
    const living = said({ ...silent, session: session("b"), counter: 6, sequence: 20 });
    const old = said({ ...silent, sequence: 90 });
    const own = said({ ...silent, session: session("b"), counter: 6, sequence: 3 });
    const { peer } = hear([old, living, own, old]);
    expect(peer.candidate).toMatchObject({ session: session("b"), sequence: 20, heardAt: 1100 });
  });

  test("has its turn although recordings count higher, after the loss of a disk", () => {
    const silent = { echoes: [] };
    const old = said({ ...silent, sequence: 90 });
    const living = said({ ...silent, session: session("b"), counter: 1, sequence: 20 });
    const late = [...Array.from({ length: 8 }, () => old), living];
    expect(hear(late).peer.candidate).toMatchObject({ session: session("b") });
    expect(hear(late.slice(1)).peer.candidate).toMatchObject({ session: session("a") });
  });

  test("a counter alone counts only where the known one fell silent", () => {
    const restarted = said({ session: session("b"), counter: 6, echoes: [] });
    expect(hear([said(), restarted]).verdicts).toEqual(["renewed", "life"]);
    const { peer } = hear([said()]);
    const at = (now: number, envelope: Envelope): string =>
      judge(peer, envelope, LISTENER, instant(now)).kind;
    expect(at(1750, restarted)).toBe("life");
    expect(at(1751, restarted)).toBe("fresh");
    expect(at(1751, { ...restarted, counter: 5 })).toBe("life");
    expect(judge(unheard("lb2"), restarted, LISTENER, instant(9999)).kind).toBe("life");
  });

  test("a wiped disk: a lower counter with an echo counts", () => {
    const wiped = said({ session: session("b"), counter: 1 });
    expect(hear([said(), wiped]).verdicts).toEqual(["renewed", "renewed"]);
  });

  test("the session before is over, unless it goes on speaking", () => {
    const second = said({ session: session("b"), counter: 6 });
    const old = (sequence: number): Envelope => said({ sequence });
    const { verdicts } = hear([said(), old(4), second, old(3), old(4), old(5)]);
    expect(verdicts).toEqual([
      "renewed",
      "fresh",
      "renewed",
      "old session",
      "old session",
      "renewed",
    ]);
    const silent = said({ sequence: 9, echoes: [] });
    expect(hear([said(), second, silent]).verdicts).toEqual(["renewed", "renewed", "life"]);
  });

  test("the memory of ended sessions is bounded", () => {
    const many = Array.from({ length: 200 }, (_, index) =>
      said({ session: index.toString(16).padStart(32, "0") }),
    );
    expect(hear(many).peer.retired.length).toBeLessThanOrEqual(64);
  });
});

describe("within a session", () => {
  test("what was said before is refused", () => {
    const { verdicts } = hear([said(), said({ sequence: 3 }), said({ sequence: 3 }), said()]);
    expect(verdicts).toEqual(["renewed", "fresh", "replayed", "replayed"]);
  });

  test("the second path brings the same again", () => {
    const { verdicts } = hear([said(), said({ path: 1 }), said({ path: 1 })]);
    expect(verdicts).toEqual(["renewed", "fresh", "replayed"]);
  });

  test("what another path has overtaken is stale: the path lives, the words do not count", () => {
    const { verdicts, peer } = hear([
      said({ sequence: 5 }),
      said({ sequence: 4, path: 1, configDigest: "2222222222222222", echoes: [] }),
    ]);
    expect(verdicts).toEqual(["renewed", "stale"]);
    expect(peer.paths[1]?.sequence).toBe(4);
    expect(peer.configDigest).toBe("1111111111111111");
    expect(peer.hearsUs).toBe(true);
    expect(peer.heardAt).toBe(1000);
  });

  test("what lags far behind another path is a recording", () => {
    const known = said({ sequence: 20 });
    expect(hear([known, said({ sequence: 12, path: 1 })]).verdicts[1]).toBe("stale");
    expect(hear([known, said({ sequence: 11, path: 1 })]).verdicts[1]).toBe("replayed");
  });

  test("the parts of one utterance may come in any order, each once", () => {
    const part = (index: number, first = 10): Envelope =>
      said({ sequence: first + index, part: index, parts: 3 });
    const { verdicts, peer } = hear([part(1), part(0), part(1), part(2), part(2), part(0, 13)]);
    expect(verdicts).toEqual(["renewed", "fresh", "replayed", "fresh", "replayed", "fresh"]);
    expect(peer.paths[0]).toMatchObject({ sequence: 13, received: 4, lost: 0 });
    expect(hear([part(0, 13), part(2)]).verdicts[1]).toBe("replayed");
  });
});

describe("what is known of a path", () => {
  test("losses, arrivals and the jitter of RFC 3550", () => {
    const { peer } = hear([said(), said({ sequence: 2 }), said({ sequence: 6 })]);
    expect(peer.paths[0]).toMatchObject({ sequence: 6, received: 3, lost: 3, echoAge: 5 });
    let steady = judge(unheard("lb2"), said(), LISTENER, instant(0));
    for (const [index, at] of [250, 500, 766].entries()) {
      if (steady.kind === "refused") throw new Error(steady.reason);
      steady = judge(steady.peer, said({ sequence: index + 2 }), LISTENER, instant(at));
    }
    expect(steady.kind === "fresh" && steady.peer.paths[0]?.jitter).toBe(1);
  });

  test("a peer hears us while what it echoes is not older than three intervals", () => {
    const aged = (age: number): boolean =>
      hear([said({ echoes: [echo(OURS, 12, age)] })]).peer.hearsUs;
    expect(aged(750)).toBe(true);
    expect(aged(751)).toBe(false);
    expect(hear([said(), said({ sequence: 2, echoes: [] })]).peer.hearsUs).toBe(false);
  });
});
