/** VRRP with a real keepalived as the peer: who serves, and what a client sees of it. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  createMixed,
  type Mixed,
  type MixedOptions,
  otherSide,
  SIDES,
} from "../../support/mixed.ts";
import { begin, STORIES, watched } from "../../support/mixed-stories.ts";
import { measured } from "../daemon/measured.ts";

const OPTIONS: MixedOptions = {
  version: 3,
  family: 4,
  interval: 100,
  priorities: { baton: 150, keepalived: 100 },
};

let mixed: Mixed | undefined;
afterEach(async () => {
  await mixed?.close();
  mixed = undefined;
});

const create = async (changes: Partial<MixedOptions> = {}): Promise<Mixed> => {
  mixed = await createMixed({ ...OPTIONS, ...changes });
  return mixed;
};

const prioritiesOf = (better: (typeof SIDES)[number]): MixedOptions["priorities"] =>
  better === "baton" ? { baton: 150, keepalived: 100 } : { baton: 100, keepalived: 150 };

describe.each(SIDES)("%s is the better one", (better) => {
  let pair: Mixed;
  beforeAll(async () => {
    pair = await createMixed({ ...OPTIONS, priorities: prioritiesOf(better) });
    await begin(pair, better);
  });
  afterAll(() => pair?.close());

  test.each(STORIES)("$name", async ({ name, run }) => {
    const { gap, last } = await watched(pair, better, () => run(pair, better));
    // A keepalived that is killed keeps the VIP, and answers until somebody else is believed.
    expect(last).toBe(name === "killed whole" ? otherSide(better) : better);
    measured(`${better} ${name}: client's gap`, [gap]);
  });
});

const VARIANTS: Readonly<Record<string, Partial<MixedOptions>>> = {
  "version 2 with a password": { version: 2, interval: 1000, password: "secret99" },
  "version 3, unicast": { unicast: true },
  "version 3 over IPv6": { family: 6 },
  "version 3 over IPv6, unicast": { family: 6, unicast: true },
};

// Both ways round, but where a second is the shortest interval: the bench has the rest.
const CASES = Object.entries(VARIANTS).flatMap(([name, variant]) =>
  SIDES.filter((side) => variant.version !== 2 || side === "keepalived").map(
    (better) => [name, better, variant] as const,
  ),
);

test.each(CASES)("%s: %s preempts, lets go, and is replaced", async (_, better, variant) => {
  const pair = await create({ ...variant, priorities: prioritiesOf(better) });
  await begin(pair, better);
  await pair.stop(better);
  await pair.servedBy(otherSide(better));
});
