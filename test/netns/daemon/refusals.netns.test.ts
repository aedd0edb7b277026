/** Datagrams that are not to be believed: counted, said once in a while, and without any effect. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { digest64, nameId } from "../../../src/base/hash.ts";
import { parseSecrets, type Secret, sign } from "../../../src/os/hmac.ts";
import { decode, encode, splitSignature } from "../../../src/wire/heartbeat/envelope.ts";
import type { Envelope } from "../../../src/wire/heartbeat/types.ts";
import { clock, eventually, sleep } from "../../support/process.ts";
import { type Datagram, type Injector, record, startInjector } from "../../support/wire.ts";
import { type Cluster, createCluster, INTERVAL, SECRET, TAKEOVER } from "./cluster.ts";

const LB1 = "192.168.60.130";
const LB2 = "192.168.60.131";
const KEY = parseSecrets(SECRET, "key")[0] as Secret;

let pair: Cluster;
let injector: Injector;
/** One heartbeat of lb1 to lb2, as it was on the wire. */
let genuine: Datagram;
/** All that was said from the first start on. */
let recorded: readonly Datagram[];

beforeAll(async () => {
  pair = await createCluster();
  injector = await startInjector(pair.network, "client");
  const recording = await record(pair.network, "lb2");
  await pair.startWith("lb1");
  // A life with everything in it: handovers there and back, a crash, a stop, returns.
  await pair.daemon("lb1").failover();
  await pair.settled("lb2");
  await pair.daemon("lb1").resume();
  await pair.daemon("lb2").crash();
  pair.forget("lb2");
  await pair.settled("lb1");
  await pair.start("lb2");
  await pair.settled("lb1");
  await pair.daemon("lb1").running.stop();
  pair.forget("lb1");
  await pair.settled("lb2");
  await pair.start("lb1");
  await pair.settled("lb2");
  await pair.daemon("lb2").failover({ holdMs: 1000 });
  await pair.settled("lb1");
  await sleep(6 * INTERVAL);
  recorded = await recording.stop();
  genuine = from(LB1).at(-1) as Datagram;
  expect(from(LB1).length).toBeGreaterThan(20);
});
afterAll(() => pair?.close());

const from = (address: string): readonly Datagram[] =>
  recorded.filter((datagram) => datagram.from === address);

const discarded = async (name: "lb1" | "lb2"): Promise<Readonly<Record<string, number>>> =>
  (await pair.daemon(name).status()).discarded;

/** Sends to lb2, and waits until it has refused them all for `reason`. */
async function expectRefused(reason: string, datagrams: readonly Datagram[]): Promise<void> {
  const before = (await discarded("lb2"))[reason] ?? 0;
  await injector.inject("lb2", datagrams);
  await eventually(`${datagrams.length} more: ${reason}`, async () => {
    return ((await discarded("lb2"))[reason] ?? 0) >= before + datagrams.length;
  });
}

const envelopeOf = ({ payload }: Datagram): Envelope => decode(splitSignature(payload).signed);

/** Signed with the right key, or with another. */
function forged(change: Partial<Envelope>, key: Secret = KEY): Datagram {
  const body = encode({ ...envelopeOf(genuine), keyId: key.id, ...change });
  return { ...genuine, payload: Buffer.concat([body, sign(body, key.key)]) };
}

const withPayload = (payload: Uint8Array): Datagram => ({ ...genuine, payload });
const endless = <T>(some: readonly T[]): readonly T[] => repeat(400, () => some).flat();
const repeat = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, index) => make(index));

describe("is refused and counted, and nothing happens:", () => {
  let before: Readonly<Record<string, number>>;
  beforeAll(async () => {
    before = await pair.transitions();
  });
  afterAll(async () => {
    expect(await pair.transitions()).toEqual(before);
    expect(await pair.owners()).toEqual(["lb1"]);
  });

  const cases: readonly (readonly [string, string, () => readonly Datagram[]])[] = [
    [
      "truncated",
      "truncated",
      () => [12, 40, 79].map((end) => withPayload(genuine.payload.slice(0, end))),
    ],
    ["cut short behind the header", "length", () => [withPayload(genuine.payload.slice(0, -1))]],
    ["empty", "truncated", () => [withPayload(new Uint8Array())]],
    ["foreign", "foreign", () => [withPayload(Buffer.from("this is not a heartbeat at all"))]],
    ["random", "foreign", () => repeat(50, () => withPayload(randomBytes(200)))],
    ["of another version", "version 9, not 1", () => [withPayload(genuine.payload.with(4, 9))]],
    ["of no version", "foreign", () => [withPayload(genuine.payload.with(4, 200))]],
    [
      "changed on the way",
      "bad signature",
      () => [20, 50, 90].map((at) => withPayload(genuine.payload.with(at, 77))),
    ],
    [
      "signed with a wrong key",
      "bad signature",
      () => [forged({}, { id: KEY.id, key: Buffer.from("guessed key") })],
    ],
    ["signed with a key nobody has", "unknown key", () => [forged({}, { ...KEY, id: 99 })]],
    ["of another cluster", "foreign cluster", () => [forged({ cluster: digest64("other") })]],
    ["from an unknown address", "unknown source", () => [{ ...genuine, from: "192.168.60.10" }]],
    ["from an unknown director", "unknown sender", () => [forged({ sender: nameId("lb9") })]],
    ["to another director", "other addressee", () => [forged({ addressee: nameId("lb9") })]],
    ["its own", "own", () => [forged({ sender: nameId("lb2") })]],
    ["of another path", "wrong path", () => [forged({ path: 3 })]],
    ["said before", "replayed", () => [genuine, genuine]],
    [
      "of a session that is over",
      "old session",
      () => {
        const { session } = envelopeOf(genuine);
        const sessions = from(LB1).filter((one) => envelopeOf(one).session !== session);
        return sessions.slice(-3);
      },
    ],
  ];
  test.each(cases)("%s", async (_, reason, datagrams) => {
    await expectRefused(reason, datagrams());
  });

  test("with a TTL below 255, which the kernel drops", async () => {
    const before = (await discarded("lb2"))["dropped by the kernel"] ?? 0;
    await injector.inject(
      "lb2",
      [254, 64, 1].map((ttl) => ({ ...forged({ sequence: 1 }), ttl })),
    );
    await eventually("dropped", async () => {
      return ((await discarded("lb2"))["dropped by the kernel"] ?? 0) >= before + 3;
    });
  });
});

test("a recording of a whole life, replayed to both, changes nothing", async () => {
  const before = await pair.transitions();
  await injector.inject("lb2", from(LB1), 1);
  await injector.inject("lb1", from(LB2), 1);
  await sleep(2 * INTERVAL);
  expect(await pair.transitions()).toEqual(before);
  expect(await pair.owners()).toEqual(["lb1"]);
  const seen = await discarded("lb2");
  const counted = ["replayed", "old session", "unproven"].map((reason) => seen[reason] ?? 0);
  expect(counted.reduce((sum, one) => sum + one, 0)).toBeGreaterThanOrEqual(from(LB1).length);
});

test("its goodbyes and handovers, replayed to a director that has just started", async () => {
  const words = from(LB1).filter((one) => envelopeOf(one).kind !== "hello");
  const kinds = new Set(words.map((one) => envelopeOf(one).kind));
  expect([...kinds].sort()).toEqual(["claim", "handover", "released"]);
  for (const round of [1, 2]) {
    await pair.daemon("lb2").running.stop();
    // From before its first breath, and on.
    const flood = injector.inject("lb2", endless(words).slice(0, 400), 3);
    await pair.start("lb2");
    await flood;
    await pair.settled("lb1");
    const { history, discarded: refused } = await pair.daemon("lb2").status();
    expect(history.map(({ to }) => to)).toEqual(["backup"]);
    expect(Object.keys(refused).join(), `round ${round}`).toMatch(/old session|unproven|replayed/);
  }
  expect(await pair.owners()).toEqual(["lb1"]);
});

test("the dead master's claims, replayed, do not keep the backup from serving", async () => {
  const claims = from(LB1).filter((one) => envelopeOf(one).kind === "claim");
  expect(claims.length).toBeGreaterThan(4);
  await pair.daemon("lb1").crash();
  pair.forget("lb1");
  const killed = clock();
  const flood = injector.inject("lb2", endless(claims).slice(0, 400), 5);
  await pair.settled("lb2");
  // What shows life may hold the timer for one more silence, and no longer.
  expect(clock() - killed).toBeLessThan(TAKEOVER + 3 * INTERVAL);
  await flood;
  expect(await pair.state("lb2")).toBe("master");
  await pair.release("lb1");
  await pair.start("lb1");
  await pair.settled("lb2");
});

describe("a flood of 5,000 a second", () => {
  beforeAll(async () => {
    if ((await pair.settled()) === "lb1") await pair.daemon("lb1").failover({ holdMs: 1000 });
    await pair.settled("lb2");
  });

  const flood = (target: string): readonly Datagram[] => {
    const kinds = [
      { ...genuine, from: target, payload: genuine.payload.with(60, 1) },
      { ...genuine, from: target, payload: randomBytes(100) },
      { ...genuine, from: "192.168.60.10" },
    ] as const;
    return repeat(10_000, (index) => kinds[index % kinds.length] as Datagram);
  };

  test("takes no master down and keeps none alive; the log stays short", async () => {
    const before = await pair.transitions();
    const owners = await pair.owners();
    const toBackup = flood(LB2).map((one) => ({ ...one, to: LB1 }));
    await injector.inject("lb1", toBackup, 0.2);
    const toMaster = flood(LB1).map((one) => ({ ...one, to: LB2 }));
    await injector.inject("lb2", toMaster, 0.2);
    expect(await pair.transitions()).toEqual(before);
    expect(await pair.owners()).toEqual(owners);
    const seen = await discarded("lb1");
    const dropped = seen["dropped by the kernel"] ?? 0;
    expect((seen["unknown source"] ?? 0) + dropped).toBeGreaterThan(3000);
    for (const name of ["lb1", "lb2"] as const) {
      const lines = pair.daemon(name).log();
      const said = lines.filter(({ msg }) => msg === "refused a datagram: bad signature");
      expect(said.length).toBeLessThanOrEqual(3);
      expect(lines.length).toBeLessThan(100);
    }
  });

  test("of forged claims does not hold the takeover up", async () => {
    await pair.daemon("lb2").crash();
    pair.forget("lb2");
    const killed = clock();
    const claims = flood(LB2).slice(0, 6000);
    const done = injector.inject(
      "lb1",
      claims.map((one) => ({ ...one, to: LB1 })),
      0.2,
    );
    await pair.settled("lb1");
    expect(clock() - killed).toBeLessThan(TAKEOVER);
    await done;
  });
});
