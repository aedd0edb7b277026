import { describe, expect, test } from "vitest";
import type { Alert } from "../../../../src/config/alert-types.ts";
import type { DirectorEvent } from "../../../../src/core/director/types.ts";
import { linesOf, type Step } from "../../../../src/core/journal/lines.ts";
import { setupOptions } from "../../../../src/core/journal/recording.ts";
import { replay } from "../../../../src/core/journal/replay.ts";
import { Cluster } from "../../../sim/cluster.ts";
import type { SimOptions } from "../../../sim/config.ts";
import type { SimNode } from "../../../sim/node.ts";
import { directorWith } from "../../../support/directors.ts";
import { parsed, Tape, textOf } from "../../../support/recording.ts";

/** Every event of `name` in a cluster whose master is killed, and what the core made of it. */
function failover(options: Partial<SimOptions> = {}): { tape: Tape; name: string } {
  const cluster = new Cluster(7, { priorities: [150, 100], sync: true, ...options });
  const [master, backup] = cluster.nodes as [SimNode, SimNode];
  const tape = new Tape();
  const dispatch = backup.dispatch.bind(backup);
  backup.dispatch = (event: DirectorEvent) => {
    const before = backup.state;
    dispatch(event);
    if (before && backup.state) tape.note(before, event, cluster.now, backup.state);
  };
  master.start();
  cluster.run(2000);
  backup.start();
  cluster.run(5000);
  master.crash();
  cluster.run(4000);
  return { tape, name: backup.name };
}

const transitions = (steps: readonly Step[]): readonly string[] =>
  steps.flatMap(({ effects }) =>
    effects.flatMap((effect) => (effect.kind === "transition" ? [effect.transition.to] : [])),
  );

describe.each([
  ["heartbeats", {}],
  ["protocol 112", { vrrp: 3 } as const],
  ["many instances", { instances: 20, crossed: true }],
])("a failover over %s", (_, options) => {
  const { tape } = failover(options);
  const recording = tape.recording();

  test("is replayed from its text to the same state", () => {
    const again = replay(parsed(textOf(recording)));
    expect(again.differences).toEqual([]);
    expect(again.after).toEqual(recording.after);
    expect(transitions(again.steps)).toContain("master");
  });
});

describe("a recording", () => {
  const { tape } = failover();
  const lines = textOf(tape.recording());

  test("that lacks an event comes out otherwise, and says where", () => {
    const heard = lines.findLastIndex((line) => line.includes('"kind":"deadline"'));
    const { differences } = replay(parsed(lines.filter((_line, i) => i !== heard)));
    expect(differences).not.toEqual([]);
  });

  test("of another format, or of none, is refused", () => {
    const newer = lines.map((line) => line.replace('"format":1', '"format":2'));
    expect(() => parsed(newer)).toThrow(
      /of format 2, written by baton .*; this baton reads format 1/,
    );
    expect(() => parsed(["{}"])).toThrow("it does not begin as a recording does");
    expect(() => parsed(["vrrp_instance {"])).toThrow("it can not be read");
    const torn = lines.filter((line) => !line.startsWith('{"kind":"after","part":"peers"'));
    expect(() => parsed(torn)).toThrow("a part of its states is missing: peers");
  });

  test("is bounded, however long a director runs", () => {
    const cluster = new Cluster(3, { priorities: [150, 100], instances: 20 });
    const [first] = cluster.nodes as [SimNode];
    const tape = new Tape();
    const dispatch = first.dispatch.bind(first);
    first.dispatch = (event) => {
      const before = first.state;
      dispatch(event);
      if (before && first.state) tape.note(before, event, cluster.now, first.state);
    };
    cluster.startAll();
    cluster.run(60_000);
    const { events } = tape.recording();
    const reports = events.map(({ event }) =>
      event.kind === "datagram" ? event.envelope.instances.length + 1 : 1,
    );
    expect(reports.reduce((sum, one) => sum + one, 0)).toBeLessThan(4200);
    expect((events.at(-1)?.at ?? 0) - (events[0]?.at ?? 0)).toBeLessThan(21_000);
  });
});

test("the journal has what decided, and nothing of what changes nothing", () => {
  const { tape } = failover();
  const { steps } = replay(tape.recording());
  const lines = steps.flatMap((step) => linesOf(step, "file"));
  const takeover = lines.find((line) => line.kind === "transition" && line.to === "master");
  expect(takeover).toMatchObject({
    instance: "i0",
    from: "backup",
    cause: { kind: "masterSilent", director: "lb1" },
    why: expect.stringMatching(/^lb1 was silent for /),
    recording: "file",
    evidence: {
      event: "deadline",
      priority: 100,
      intervalMs: 250,
      missed: 3,
      peers: [{ director: "lb1", state: "master", claim: true, priority: 150 }],
    },
  });
  const [peer] = takeover?.kind === "transition" ? takeover.evidence.peers : [];
  expect(peer?.claimAgoMs).toBeGreaterThan(700);
  expect(peer?.claimAgoMs).toBe(peer?.heardAgoMs);
  expect(lines.length).toBeLessThan(steps.length / 5);
});

test("a recording is there to be sent: it does not say who else is told of changes", () => {
  const { setup } = directorWith({ priorities: [150, 100] });
  const alerts = [{ name: "chat" } as Alert];
  const { config } = setupOptions({ ...setup, config: { ...setup.config, alerts } });
  expect(config.alerts).toEqual([]);
});
