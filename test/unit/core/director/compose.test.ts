import { describe, expect, test } from "vitest";
import { nameId } from "../../../../src/base/hash.ts";
import { instant, ms } from "../../../../src/base/units.ts";
import { compose, REPORTS_PER_PART } from "../../../../src/core/director/compose.ts";
import type { DirectorState } from "../../../../src/core/director/types.ts";
import { encode, MAX_LENGTH, SIGNATURE_LENGTH } from "../../../../src/wire/heartbeat/envelope.ts";
import type { Echo } from "../../../../src/wire/heartbeat/types.ts";
import { datagramOf, directorWith, live, STARTED, sent, tell } from "../../../support/directors.ts";

const places = (state: DirectorState, at: number): readonly string[] =>
  compose(state, "hello", instant(at)).datagrams.map(
    ({ peer, path, envelope: { sequence, part, parts } }) =>
      `${peer ?? "*"}/${path} #${sequence} ${part + 1}/${parts}`,
  );

describe("datagrams", () => {
  test("one for each peer and path", () => {
    const state = directorWith({ priorities: [3, 2, 1], paths: 2 });
    expect(places(state, 0)).toEqual([
      "lb2/0 #1 1/1",
      "lb2/1 #1 1/1",
      "lb3/0 #1 1/1",
      "lb3/1 #1 1/1",
    ]);
  });

  test("multicast: one for each path, for everybody", () => {
    const state = directorWith({ priorities: [3, 2, 1], paths: 2, multicast: true });
    expect(places(state, 0)).toEqual(["*/0 #1 1/1", "*/1 #1 1/1"]);
    const [first] = compose(state, "hello", instant(0)).datagrams;
    expect(first?.envelope.addressee).toBe(0);
  });

  test("many instances in parts, each complete, numbered alike on both paths", () => {
    const state = directorWith({ priorities: [2, 1], paths: 2, instances: 33 });
    const first = compose(state, "hello", instant(0));
    expect(places(state, 0)).toEqual([
      "lb2/0 #1 1/3",
      "lb2/0 #2 2/3",
      "lb2/0 #3 3/3",
      "lb2/1 #1 1/3",
      "lb2/1 #2 2/3",
      "lb2/1 #3 3/3",
    ]);
    const counts = first.datagrams.map(({ envelope }) => envelope.instances.length);
    expect(counts).toEqual([16, 16, 1, 16, 16, 1]);
    expect(places(first.state, 250)[0]).toBe("lb2/0 #4 1/3");
  });

  test("a director without instances is heard too", () => {
    const state = directorWith({ priorities: [2, 1], instances: 0 });
    expect(places(state, 0)).toEqual(["lb2/0 #1 1/1"]);
  });

  test("the largest part with the echoes of four peers on two paths fits", () => {
    const state = directorWith({ priorities: [5, 4, 3, 2, 1], paths: 2, instances: 255 });
    const { datagrams } = compose(state, "hello", instant(0));
    const full = datagrams[0]?.envelope;
    expect(full?.instances).toHaveLength(REPORTS_PER_PART);
    if (!full) throw new Error("nothing was composed");
    const echoes = [2, 3, 4, 5].map(
      (director): Echo => ({
        director,
        session: "c".repeat(32),
        paths: [0, 1].map((path) => ({ path, sequence: 2 ** 50, age: ms(1) })),
      }),
    );
    expect(encode({ ...full, echoes }).length + SIGNATURE_LENGTH).toBeLessThanOrEqual(MAX_LENGTH);
  });
});

describe("what they say", () => {
  const started = tell(directorWith({ priorities: [150, 100] }), [0, STARTED]);

  test("a start speaks at once, and proves nothing of a peer that was not heard", () => {
    const [datagram] = sent(started.effects);
    expect(datagram?.envelope).toMatchObject({ kind: "hello", echoes: [], sequence: 1 });
  });

  test("an unproven session is echoed with what was heard of it", () => {
    const unproven = datagramOf(started.state, {}, { echoes: [], sequence: 9 });
    const greeted = tell(started.state, [100, unproven]);
    const [greeting] = sent(greeted.effects);
    const [later] = sent(live(greeted.state, 100, 250).effects);
    expect(greeting?.envelope.echoes).toEqual([
      {
        director: nameId("lb2"),
        session: "b".repeat(32),
        paths: [{ path: 0, sequence: 9, age: 0 }],
      },
    ]);
    expect(later?.envelope.echoes[0]?.paths).toEqual([{ path: 0, sequence: 9, age: 150 }]);
  });

  test("a peer is greeted once an interval, however much it sends", () => {
    const events = Array.from({ length: 50 }, (_, index) => {
      const session = index.toString(16).padStart(32, "0");
      return [index, datagramOf(started.state, {}, { echoes: [], session })] as const;
    });
    expect(sent(tell(started.state, ...events).effects)).toHaveLength(1);
  });

  test("the occasion is `claim` where an instance claims", () => {
    const master = live(started.state, 0, 750);
    expect(sent(master.effects).at(-1)?.envelope).toMatchObject({
      kind: "claim",
      instances: [{ state: "master", claim: true, priority: 150 }],
    });
  });

  test("a backup names the master that it hears itself, and since when not", () => {
    const claim = datagramOf(started.state, { state: "master", claim: true });
    const { state } = tell(started.state, [100, claim]);
    expect(sent(live(state, 100, 500).effects).at(-1)?.envelope.instances).toMatchObject([
      { followed: nameId("lb2"), followedAge: 400, state: "backup" },
    ]);
  });

  test("a master that listens after a pause says nothing of its instance", () => {
    const master = live(started.state, 0, 750);
    const { effects } = tell(master.state, [5000, { kind: "deadline" }]);
    expect(sent(effects).map(({ envelope }) => envelope.instances)).toEqual([[]]);
  });
});
