/** What answers of probes make of servers, services and the table. */
import { describe, expect, it } from "vitest";
import { instant, seconds } from "../../../../src/base/units.ts";
import type { HealthPolicy } from "../../../../src/config/check-types.ts";
import { checkOf, destination, fleet } from "../../../support/health.ts";
import { Story } from "../../../support/health-story.ts";

const all = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

/** All servers have answered once. */
function healthy(count: number, policy: Partial<HealthPolicy> = {}, more = {}): Story {
  const story = new Story(fleet(count, policy, more));
  story.answer(all(count), true);
  return story;
}

describe("one server", () => {
  it("is left as it was found until it was asked", () => {
    const story = new Story(fleet(2));
    expect(story.kinds).toBe("checking checking");
    expect(story.table).toBe("10.0.0.1? 10.0.0.2?");
  });

  it("is decided by the first answer", () => {
    const story = new Story(fleet(2));
    story.answer([0], true);
    story.answer([1], false);
    expect(story.table).toBe("10.0.0.1*1");
    expect(story.changes).toMatchObject([
      { server: "10.0.0.1:80", from: "checking", to: "up" },
      { kind: "quorum", to: "held" },
      { server: "10.0.0.2:80", from: "checking", to: "down", why: "refused" },
    ]);
  });

  it("is in the table from the start where it is assumed to be up", () => {
    const story = new Story(fleet(1, { assumeUp: true }));
    expect(story.table).toBe("10.0.0.1*1");
    story.answer([0], false);
    expect(story.table).toBe("10.0.0.1*1");
    story.answer([0], false);
    expect(story.table).toBe("");
  });

  it("needs `fall` failures in a row to go, and `rise` successes to come back", () => {
    const story = healthy(2);
    story.answer([0], false);
    story.answer([0], true);
    story.answer([0], false);
    expect(story.kinds).toBe("up up");
    story.answer([0], false);
    expect(story.kinds).toBe("down up");
    story.answer([0], true);
    story.answer([0], false);
    story.answer([0], true);
    expect(story.kinds).toBe("down up");
    story.answer([0], true);
    expect(story.kinds).toBe("up up");
  });

  it("must hold all of its checks", () => {
    const of = fleet(2);
    const story = new Story({
      ...of,
      services: of.services.map((one) => ({ ...one, checks: [[checkOf(0), checkOf(1)], []] })),
    });
    story.answer([0], true);
    expect(story.kinds).toBe("checking up");
    story.answer([1], true);
    expect(story.kinds).toBe("up up");
    story.answer([1], false);
    story.answer([1], false);
    expect(story.kinds).toBe("down up");
  });

  it("stays with weight 0 where the policy says so", () => {
    const story = healthy(2, { onFailure: "weight0" });
    story.answer([1], false);
    story.answer([1], false);
    expect(story.table).toBe("10.0.0.1*1 10.0.0.2*0");
  });

  it("stays with weight 0 where it says so itself, and goes where it says that", () => {
    const of = fleet(2, { onFailure: "weight0" });
    const notify = { up: [], down: [], user: undefined };
    const own = [{ onFailure: "remove", notify } as const, { onFailure: undefined, notify }];
    const story = new Story({ ...of, services: of.services.map((one) => ({ ...one, own })) });
    story.answer([0, 1], false);
    expect(story.table).toBe("10.0.0.2*0");
  });

  it("takes the weight that its check tells, within bounds", () => {
    const of = fleet(1);
    const checks = [[checkOf(0, { minWeight: 2, maxWeight: 10 })]];
    const story = new Story({ ...of, services: of.services.map((one) => ({ ...one, checks })) });
    for (const [told, expected] of [
      [5, 5],
      [0, 2],
      [99, 10],
    ] as const) {
      story.answer([0], true, told);
      expect(story.table).toBe(`10.0.0.1*${expected}`);
    }
  });

  it("gets its weight in steps when it comes back, not when it is seen first", () => {
    const servers = [destination(1, { weight: 100 }), destination(2)];
    const story = healthy(2, { slowStart: seconds(10) }, { servers });
    expect(story.table).toBe("10.0.0.1*100 10.0.0.2*1");
    for (const ok of [false, false, true, true]) story.answer([0], ok);
    expect(story.table).toBe("10.0.0.1*10 10.0.0.2*1");
    story.pass(4000);
    expect(story.table).toBe("10.0.0.1*50 10.0.0.2*1");
    story.pass(6000);
    expect(story.table).toBe("10.0.0.1*100 10.0.0.2*1");
    expect(story.state.deadline).toBeUndefined();
  });

  it("is kept out for a while where it flaps", () => {
    const damping = { flaps: 2, within: seconds(60), hold: seconds(30) };
    const story = healthy(2, { damping });
    for (let i = 0; i < 2; i++) {
      for (const ok of [false, false, true, true]) story.answer([0], ok);
    }
    expect(story.kinds).toBe("down up");
    story.pass(29_000);
    expect(story.kinds).toBe("down up");
    story.pass(2000);
    expect(story.kinds).toBe("up up");
  });

  it("is not kept out where nobody else is up", () => {
    const damping = { flaps: 2, within: seconds(60), hold: seconds(30) };
    const story = healthy(1, { damping });
    for (let i = 0; i < 2; i++) {
      for (const ok of [false, false, true, true]) story.answer([0], ok);
    }
    expect(story.kinds).toBe("up");
  });
});

describe("a service", () => {
  it("keeps the table's value while nothing changes", () => {
    const story = healthy(3);
    const { table } = story.state;
    story.answer(all(3), true);
    story.answer([1], false);
    story.pass(5000);
    expect(story.state.table).toBe(table);
  });

  it("has the fallback exactly while the quorum is lost", () => {
    const story = healthy(2, {}, { fallback: [destination(9)] });
    expect(story.table).toBe("10.0.0.1*1 10.0.0.2*1");
    for (let i = 0; i < 2; i++) story.answer([0], false);
    story.pass(20_000);
    for (let i = 0; i < 2; i++) story.answer([1], false);
    expect(story.table).toBe("10.0.0.9*1");
    expect(story.changes.at(-1)).toMatchObject({ kind: "quorum", to: "lost", up: 0 });
    for (let i = 0; i < 2; i++) story.answer([1], true);
    expect(story.table).toBe("10.0.0.2*1");
  });

  it("does not call for the fallback while servers are still to be asked", () => {
    const story = new Story(fleet(2, {}, { fallback: [destination(9)] }));
    expect(story.table).toBe("10.0.0.1? 10.0.0.2?");
    story.answer([0], false);
    expect(story.table).toBe("10.0.0.2?");
    story.answer([1], false);
    expect(story.table).toBe("10.0.0.9*1");
  });

  it("loses its quorum below, and regains it above", () => {
    const story = healthy(
      4,
      { quorum: 2, hysteresis: 1, share: 1 },
      { fallback: [destination(9)] },
    );
    const down = (probe: number): void => {
      for (let i = 0; i < 2; i++) story.answer([probe], false);
    };
    const rise = (probe: number): void => {
      for (let i = 0; i < 2; i++) story.answer([probe], true);
    };
    for (const probe of [0, 1, 2]) down(probe);
    expect(story.state.services[0]?.quorum).toBe("held");
    down(3);
    expect(story.state.services[0]?.quorum).toBe("lost");
    rise(0);
    rise(1);
    expect(story.table).toBe("10.0.0.9*1");
    rise(2);
    expect(story.table).toBe("10.0.0.1*1 10.0.0.2*1 10.0.0.3*1");
  });

  it("asks for each question once, whoever wants to know", () => {
    const of = fleet(1);
    const [service] = of.services;
    if (!service) throw new Error("no service");
    const twice = { ...of, services: [service, { ...service, name: "again" }] };
    const story = new Story(twice);
    story.answer([0], true);
    expect(story.state.services.map(({ servers }) => servers[0]?.kind)).toEqual(["up", "up"]);
  });
});

describe("many that fail at once", () => {
  const fail = (story: Story, probes: readonly number[]): void => {
    for (let i = 0; i < 2; i++) story.answer(probes, false);
  };
  const says = (story: Story, up: number): void => {
    story.opinions = [{ director: "lb2", up, heardAt: story.at }];
    story.review();
  };

  it("go out up to the share, the rest stays in doubt", () => {
    const story = healthy(4);
    fail(story, all(4));
    expect(story.kinds).toBe("down down doubted doubted");
    expect(story.table).toBe("10.0.0.3*1 10.0.0.4*1");
  });

  it("go out all when a peer has found the same", () => {
    const story = healthy(4);
    fail(story, all(4));
    says(story, 0);
    expect(story.kinds).toBe("down down down down");
  });

  it("go out all when nobody says anything for as long as the patience lasts", () => {
    const story = healthy(4);
    fail(story, all(4));
    story.pass(9900);
    expect(story.table).toBe("10.0.0.3*1 10.0.0.4*1");
    story.pass(200);
    expect(story.table).toBe("");
  });

  it("stay where a peer goes on seeing them: the fault is local", () => {
    const story = healthy(4);
    fail(story, all(4));
    says(story, 4);
    expect(story.state.services[0]?.local).toBe(false);
    story.pass(3100);
    says(story, 4);
    expect(story.state.services[0]?.local).toBe(true);
    story.pass(60_000);
    expect(story.table).toBe("10.0.0.3*1 10.0.0.4*1");
    for (let i = 0; i < 2; i++) story.answer(all(4), true);
    expect(story.state.services[0]).toMatchObject({ local: false, doubtSince: undefined });
    expect(story.kinds).toBe("up up up up");
  });

  it("may go one after the other, with time between", () => {
    const story = healthy(3);
    for (const probe of all(3)) {
      fail(story, [probe]);
      story.pass(30_000);
    }
    expect(story.table).toBe("");
  });

  it("do not count where there is one server only", () => {
    const story = healthy(1);
    fail(story, [0]);
    expect(story.table).toBe("");
  });
});

describe("what people decide", () => {
  it("drains with weight 0, disables by removal, and enables again", () => {
    const story = healthy(2);
    story.decide({ action: "drain", version: 1 });
    expect(story.table).toBe("10.0.0.1*0 10.0.0.2*1");
    story.decide({ action: "disable", version: 2 });
    expect(story.table).toBe("10.0.0.2*1");
    story.decide({ action: "enable", version: 3 });
    expect(story.table).toBe("10.0.0.1*1 10.0.0.2*1");
  });

  it("is the newest word, whatever comes later", () => {
    const story = healthy(2);
    story.decide({ action: "enable", version: 5 });
    story.decide({ action: "disable", version: 4 });
    expect(story.table).toBe("10.0.0.1*1 10.0.0.2*1");
  });

  it("ends by itself", () => {
    const story = healthy(2);
    story.decide({ action: "drain", until: instant(story.at + 5000) });
    expect(story.table).toBe("10.0.0.1*0 10.0.0.2*1");
    story.pass(5000);
    expect(story.table).toBe("10.0.0.1*1 10.0.0.2*1");
  });

  it("concerns one service where it names it", () => {
    const story = healthy(2);
    story.decide({ service: "other" });
    expect(story.table).toBe("10.0.0.1*1 10.0.0.2*1");
    story.decide({ service: "http", port: 80, version: 2 });
    expect(story.table).toBe("10.0.0.1*0 10.0.0.2*1");
  });

  it("does not count towards the quorum", () => {
    const story = healthy(2, {}, { fallback: [destination(9)] });
    story.decide({ address: "10.0.0.1", version: 1 });
    story.decide({ address: "10.0.0.2", version: 2 });
    expect(story.table).toBe("10.0.0.1*0 10.0.0.2*0 10.0.0.9*1");
  });
});
