/** The schema's building blocks: each says what it wants, and what it found instead. */
import * as z from "zod/mini";
import { formatDuration, type Millis } from "../../base/units.ts";
import { DURATION_PATTERN, parseDuration } from "../duration.ts";
import { didYouMean } from "../suggest.ts";
import { type Parsed, parseUser } from "../values.ts";

/** `name` is a director's, an instance's or a service's; option values on a command line too. */
const NAME_PATTERN =
  /^(?!(?:constructor|hasOwnProperty|isPrototypeOf|propertyIsEnumerable|toLocaleString|toString|valueOf)$)[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
const NAME =
  "a name of 1 to 63 letters, digits, dots, dashes and underscores, a letter or digit first, " +
  "and none that every JavaScript object has";

type Explain = (issue: { readonly input?: unknown }) => string;

/** `300 is not a whole number …`, or `is missing: a whole number …`. */
const wanted =
  (what: string): Explain =>
  ({ input }) => {
    if (input === undefined) return `is missing: ${what}`;
    return input === null ? `is empty: ${what}` : `${show(input)} is not ${what}`;
  };

const MAX_SHOWN = 60;

/** A found value in a sentence. */
function show(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/** Documents a key; its default and the rest of its schema stand beside the text. */
export const doc = <T extends z.core.$ZodType>(description: string, schema: T): T => {
  z.globalRegistry.add(schema, { description });
  return schema;
};

/** A mapping of known keys; anything else in it is an error of its own. */
// The inferred type is the point of the schema: writing it out would say everything twice.
// oxlint-disable-next-line explicit-module-boundary-types
export const section = <T extends z.core.$ZodShape>(shape: T) => {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => unknownKey(key, known)).join("\n")
        : wanted(`a mapping with the keys ${known.join(", ")}`)(issue),
  });
};

/** One sentence a line, in the order of the issue's keys. */
function unknownKey(key: string, known: readonly string[]): string {
  const guess = didYouMean(key, known);
  return `unknown key${guess === "" ? `; known here: ${known.join(", ")}` : guess}`;
}

export const name = (): z.ZodMiniString =>
  z.string({ error: wanted(NAME) }).check(z.regex(NAME_PATTERN, { error: wanted(NAME) }));

/** A mapping from names of the operator's choice. */
// oxlint-disable-next-line explicit-module-boundary-types
export const named = <T extends z.core.$ZodType>(what: string, value: T) =>
  z.record(name(), value, { error: wanted(`a mapping of ${what}`) });

// oxlint-disable-next-line explicit-module-boundary-types
export const list = <T extends z.core.$ZodType>(what: string, item: T) =>
  z.array(item, { error: wanted(`a list of ${what}`) });

export const text = (
  what: string,
  shortest: number,
  longest: number,
  pattern = /^/,
): z.ZodMiniString => {
  const explain = { error: wanted(what) };
  return z
    .string(explain)
    .check(
      z.minLength(shortest, explain),
      z.maxLength(longest, explain),
      z.regex(pattern, explain),
    );
};

const MAX_TEXT = 1024;

export const words = (what: string): z.ZodMiniString => text(what, 1, MAX_TEXT);

/** No shell has to read it. */
export const command = (): z.ZodMiniArray<z.ZodMiniString> =>
  list("words: a program by its path, and its arguments", words("a word"));

/** -1 is nobody to the kernel. */
const MAX_ID = 4_294_967_294;

/** A number is one without quotes, too. */
// oxlint-disable-next-line explicit-module-boundary-types
export const user = () =>
  z.pipe(
    either("USER or USER:GROUP", whole(0, MAX_ID), parsed("a user", parseUser)),
    z.transform((value: number | string): string => String(value)),
  );

export const whole = (min: number, max: number): z.ZodMiniNumber => {
  const explain = { error: wanted(`a whole number from ${min} to ${max}`) };
  return z.int(explain).check(z.gte(min, explain), z.lte(max, explain));
};

export const port = (): z.ZodMiniNumber => whole(1, 65_535);

export const flag = (): z.ZodMiniBoolean => z.boolean({ error: wanted("true or false") });

// oxlint-disable-next-line explicit-module-boundary-types
export const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, {
    error: (issue) => {
      const guess = typeof issue.input === "string" ? didYouMean(issue.input, values) : "";
      return wanted(`one of ${values.join(", ")}`)(issue) + guess;
    },
  });

/** A text in one of the languages of `values.ts`. */
// oxlint-disable-next-line explicit-module-boundary-types
export const parsed = <T>(what: string, parse: (text: string) => Parsed<T>) =>
  z.pipe(
    z.string({ error: wanted(what) }),
    z.transform((text: string, context): T => {
      const result = parse(text);
      if ("value" in result) return result.value;
      const { message, remedy, code } = result.complaint;
      context.issues.push({ code: "custom", message, params: { remedy, code }, input: text });
      return z.NEVER;
    }),
  );

const DURATION = "a duration with its unit, such as 250ms, 1s or 5m";

export interface DurationRange {
  readonly min: Millis;
  readonly max: Millis;
  /** The kernel counts this one in seconds. */
  readonly wholeSeconds?: boolean;
}

// oxlint-disable-next-line explicit-module-boundary-types
export const duration = (range: DurationRange) =>
  z.pipe(
    z
      .string({ error: wanted(DURATION) })
      .check(z.regex(DURATION_PATTERN, { error: wanted(DURATION), abort: true })),
    z.transform((text: string, context): Millis => {
      const value = parseDuration(text) ?? Number.NaN;
      const why = unfitDuration(value, range);
      if (why === undefined) return value as Millis;
      context.issues.push({ code: "custom", message: `${text} is ${why}`, input: text });
      return z.NEVER;
    }),
  );

function unfitDuration(value: number, range: DurationRange): string | undefined {
  if (value < range.min) return `less than ${formatDuration(range.min)}, the least there is`;
  if (value > range.max) return `more than ${formatDuration(range.max)}, the most there is`;
  if (range.wholeSeconds && value % 1000 !== 0) return "not a whole number of seconds";
  return undefined;
}

/** A short form and a long one. */
export const either = <A extends z.core.$ZodType, B extends z.core.$ZodType>(
  what: string,
  short: A,
  long: B,
): z.ZodMiniUnion<[A, B]> => z.union([short, long], { error: wanted(what) });
