/** A mistake in every field of the file: where it is found, and what is said about it. */
import { expect, it } from "vitest";
import { parse } from "../../../src/config/load.ts";
import { formatProblem, type Place } from "../../../src/config/report.ts";
import { jsonSchema } from "../../../src/config/schema.ts";
import { BASE, readMistakes, spoil } from "./base.ts";

const MISTAKES = [...readMistakes("fields"), ...readMistakes("alerts"), ...readMistakes("checks")];

it("starts from a file without a problem", () => {
  expect(parse(BASE)).toMatchObject({ kind: "valid", problems: [] });
});

/** A parse takes long beside the rest. */
const spoiled = MISTAKES.map(({ old, replacement, report }) => ({
  report,
  at: spoil(old, replacement).at,
  parse: once(() => parse(spoil(old, replacement).text)),
}));

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

it.each(spoiled)("$report", ({ at, report, parse: read }) => {
  const loaded = read();
  expect(loaded.kind).toBe("invalid");
  expect(loaded.problems.map((problem) => formatProblem(problem, "f"))).toContain(
    `f:${at}: ${report}`,
  );
});

it("has a mistake for every key of the schema", () => {
  const found = new Set(
    spoiled.flatMap((one) => one.parse().problems.map(({ place }) => shared(pattern(place)))),
  );
  const wanted = new Set([...keysOf(jsonSchema())].map(shared));
  const missing = [...wanted].filter((key) => !found.has(key));
  expect(missing).toEqual([]);
});

const NAMED = new Set([
  "directors",
  "instances",
  "serverSets",
  "services",
  "peers",
  "priorities",
  "headers",
  "tracks",
  "groups",
  "alerts",
  "sources",
]);

/** A server's own checks and tunnel are the service's, alone or in a list; so are the fallback's. */
const shared = (key: string): string =>
  key
    .replace(/^serverSets\.\*\[\]/, "services.*.servers[]")
    .replace(/\.(?:servers|fallback)\[\]\.(check|tunnel)\b/, ".$1")
    .replace(".fallback[].", ".servers[].")
    .replace(".check[]", ".check")
    .replace(/^serviceFifoScript\b/, "notifyFifoScript")
    .replace("instances.*.vrrp.", "heartbeat.vrrp.")
    .replace(/^groups\.\*\.(notify|track\b)/, "instances.*.$1");

/** `services.*.servers[].weight`. */
const pattern = (place: Place): string =>
  place.reduce<string>((text, step, i) => {
    if (typeof step === "number") return `${text}[]`;
    const word = NAMED.has(String(place[i - 1])) ? "*" : step;
    return text === "" ? word : `${text}.${word}`;
  }, "");

type Schema = Readonly<Record<string, unknown>>;

function* keysOf(schema: Schema, prefix = ""): Generator<string> {
  if (prefix !== "") yield prefix;
  const inner = (part: unknown): Schema => (part ?? {}) as Schema;
  for (const branch of (schema["anyOf"] ?? []) as Schema[]) yield* keysOf(branch, prefix);
  for (const [key, value] of Object.entries(inner(schema["properties"]))) {
    yield* keysOf(inner(value), prefix === "" ? key : `${prefix}.${key}`);
  }
  const values = schema["additionalProperties"];
  if (typeof values === "object") yield* keysOf(inner(values), `${prefix}.*`);
  if (schema["items"] !== undefined) yield* keysOf(inner(schema["items"]), `${prefix}[]`);
}
