/** Random files of a pair, valid ones, for properties over configurations. */
import fc from "fast-check";
import { parse } from "../../src/config/load.ts";
import type { Config } from "../../src/config/types.ts";

/** A value of baton.yaml, as JSON has it. */
export type File = Readonly<Record<string, unknown>>;

const duration = fc.constantFrom("250ms", "500ms", "1s", "2s");

const instance = (index: number): fc.Arbitrary<File> =>
  fc.record(
    {
      routerId: fc.constantFrom(51 + index, 151 + index),
      interface: fc.constantFrom("eth0", "eth1"),
      vips: fc.subarray(
        [0, 1, 2, 3].map((n) => `192.168.6${index}.${100 + n}`),
        { minLength: 1 },
      ),
      priorities: fc.record({ lb1: fc.integer({ min: 1, max: 250 }) }),
      preempt: fc.constantFrom("never", "immediate"),
    },
    { requiredKeys: ["routerId", "interface", "vips"] },
  );

const server = fc.record(
  {
    address: fc.integer({ min: 1, max: 5 }).map((n) => `10.0.0.${n}:80`),
    weight: fc.integer({ min: 0, max: 5 }),
  },
  { requiredKeys: ["address"] },
);

const check = fc.record(
  {
    type: fc.constantFrom("tcp", "http"),
    interval: duration,
    fall: fc.integer({ min: 1, max: 3 }),
  },
  { requiredKeys: ["type"] },
);

const service = (index: number): fc.Arbitrary<File> =>
  fc.record(
    {
      listen: fc.constantFrom(`tcp 192.168.60.100:${80 + index}`, `mark ${7 + index}`),
      scheduler: fc.constantFrom("rr", "wrr", "wlc", "sh", "mh"),
      forward: fc.constantFrom("dr", "nat", "tunnel"),
      persistence: fc.constantFrom("1m", "6m"),
      servers: fc.uniqueArray(server, {
        minLength: 1,
        maxLength: 4,
        selector: ({ address }) => address,
      }),
      check,
    },
    { requiredKeys: ["listen", "servers"] },
  );

const named = <T>(
  names: readonly string[],
  make: (index: number) => fc.Arbitrary<T>,
  min: number,
) =>
  fc
    .subarray(
      names.map((_, index) => index),
      { minLength: min },
    )
    .chain((chosen) =>
      fc
        .tuple(...chosen.map(make))
        .map((values) =>
          Object.fromEntries(values.map((value, i) => [names[chosen[i] ?? 0] ?? "", value])),
        ),
    );

/** Some of them contradict themselves: `validOf` sorts those out. */
export const files: fc.Arbitrary<File> = fc.record(
  {
    directors: fc
      .tuple(fc.integer({ min: 1, max: 250 }), fc.integer({ min: 1, max: 250 }))
      .map(([one, two]) => ({
        lb1: { address: "192.168.60.130", priority: one },
        lb2: { address: "192.168.60.131", priority: two },
      })),
    heartbeat: fc.record(
      { interval: duration, port: fc.constantFrom(8112, 9112) },
      { requiredKeys: [] },
    ),
    instances: named(["web", "mail", "db"], instance, 1),
    services: named(["http", "https", "smtp"], service, 0),
    connectionSync: fc.record({
      interface: fc.constant("eth1"),
      syncId: fc.integer({ min: 1, max: 9 }),
    }),
    onStop: fc.constantFrom("keep", "remove"),
  },
  { requiredKeys: ["directors", "instances"] },
);

export interface Valid {
  readonly config: Config;
  readonly digest: string;
}

/** JSON is YAML. */
export function validOf(file: File): Valid | undefined {
  const loaded = parse(JSON.stringify(file, undefined, 1));
  return loaded.kind === "valid" ? { config: loaded.config, digest: loaded.digest } : undefined;
}

const isFile = (value: unknown): value is File =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A file, and one that is like it in places: mixed with another one, key by key. */
export const pairs: fc.Arbitrary<readonly [File, File]> = fc
  .tuple(files, files, fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 64, maxLength: 64 }))
  .map(([one, other, choices]) => {
    let at = 0;
    const mix = (a: File, b: File): File =>
      Object.fromEntries(
        [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) => {
          const choice = choices[at++ % choices.length];
          if (choice === 0) return key in b ? [[key, b[key]]] : [];
          const [mine, theirs] = [a[key], b[key]];
          if (isFile(mine) && isFile(theirs)) return [[key, mix(mine, theirs)]];
          return key in a ? [[key, mine]] : [];
        }),
      );
    return [one, mix(one, other)];
  });

/** Valid ones, some like their neighbour: to read a file takes longer than to try a pair. */
export function poolOf(size: number, seed: number): readonly Valid[] {
  return fc.sample(pairs, { numRuns: size, seed }).flatMap((pair) => {
    const found = pair.map(validOf);
    return found.filter((valid) => valid !== undefined);
  });
}

/** Two of the pool: neighbours as often as not. */
export const pairsOf = (pool: readonly Valid[]): fc.Arbitrary<readonly [Valid, Valid]> =>
  fc
    .tuple(fc.nat(pool.length - 1), fc.nat(pool.length - 1), fc.boolean())
    .map(([one, other, near]): readonly [Valid, Valid] => {
      const second = near ? (one + 1) % pool.length : other;
      return [pool[one], pool[second]] as [Valid, Valid];
    });
