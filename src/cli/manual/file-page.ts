/** The manual page of baton.yaml: every key of the schema, with its values, default and meaning. */
import type { Issue } from "./command-pages.ts";
import {
  bold,
  heading,
  page,
  paragraph,
  references,
  subheading,
  tagged,
  title,
  verbatim,
} from "./roff.ts";

/** As much of JSON Schema as baton's uses. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
}

/** A mapping with keys of its own, and where it stands. */
interface Part {
  readonly path: string;
  readonly schema: Schema;
}

const EXAMPLE = `directors:
  lb1: { address: 192.168.60.130, priority: 150 }
  lb2: { address: 192.168.60.131, priority: 100 }
heartbeat: { secretFile: /etc/baton/heartbeat.key }
instances:
  web: { routerId: 51, interface: eth0, vips: [192.168.60.100] }
services:
  http:
    listen: tcp 192.168.60.100:80
    forward: dr
    servers: [192.168.60.136:80, 192.168.60.137:80]
`;

export function filePage(schema: Schema, issue: Issue): string {
  const parts = partsOf(schema);
  const told = new Map(parts.map((part) => [identity(part), part.path]));
  return page(
    title({ name: "baton.yaml", section: 5, ...issue }),
    heading("NAME"),
    "baton.yaml \\- the configuration of baton",
    heading("DESCRIPTION"),
    paragraph(
      "The same file on both directors, in YAML. An unknown key is an error. Durations carry " +
        "their unit: ms, s, m, h or d. `baton check` says what is wrong with a file, " +
        "`baton plan` what another one would change, `baton reload` runs it.",
    ),
    paragraph("NAME in a heading is of your choice; [] are the entries of a list."),
    heading("KEYS"),
    ...parts.flatMap((part) => section(part, told)),
    heading("EXAMPLES"),
    paragraph("The least that works:"),
    verbatim(EXAMPLE),
    heading('"SEE ALSO"'),
    references(["baton(8)", "baton-check(8)", "baton-plan(8)", "baton-reload(8)"]),
  );
}

/** All mappings, a parent before its children; one that stands at two places is told once. */
function partsOf(root: Schema): readonly Part[] {
  const seen = new Set<string>();
  const parts: Part[] = [];
  const visit = (schema: Schema, path: string): void => {
    for (const part of mappingsIn(schema, path)) {
      const text = identity(part);
      if (seen.has(text)) continue;
      seen.add(text);
      parts.push(part);
      for (const [key, value] of Object.entries(part.schema.properties ?? {})) {
        visit(value, below(part.path, key));
      }
    }
  };
  visit(root, "");
  return parts;
}

/** What is equal key for key is one thing. */
const identity = ({ schema }: Part): string => JSON.stringify(schema.properties);

const below = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);

/** The mappings that a value may be, or may hold. */
function mappingsIn(schema: Schema, path: string): readonly Part[] {
  const { properties, items, additionalProperties: named, anyOf } = schema;
  return [
    ...(properties ? [{ path, schema }] : []),
    ...(items ? mappingsIn(items, `${path}[]`) : []),
    ...(typeof named === "object" ? mappingsIn(named, `${path}.NAME`) : []),
    ...(anyOf ?? []).flatMap((branch) => mappingsIn(branch, path)),
  ];
}

/** `told` has where a mapping's keys stand. */
function section(part: Part, told: ReadonlyMap<string, string>): readonly string[] {
  const { path, schema } = part;
  const required = new Set(schema.required);
  const entry = ([key, value]: [string, Schema]): string => {
    const facts = [valueText(value)];
    if (required.has(key)) facts.push("required");
    if (isTelling(value.default)) facts.push(`default ${shown(value.default)}`);
    const elsewhere = mappingsIn(value, below(path, key))
      .map((inner) => ({ inner: inner.path, place: told.get(identity(inner)) }))
      .filter(({ inner, place }) => place !== undefined && place !== inner)
      .map(({ place }) => `Its keys are those of ${place}.`);
    const texts = [value.description ?? "", ...new Set(elsewhere)].filter((text) => text !== "");
    return tagged(
      bold(key),
      `${facts.join("; ")}.`,
      ...(texts.length > 0 ? [texts.join(" ")] : []),
    );
  };
  return [
    subheading(path === "" ? "the file" : path),
    ...Object.entries(schema.properties ?? {}).map(entry),
  ];
}

/** An empty mapping or list as a default says nothing. */
const isTelling = (value: unknown): boolean =>
  value !== undefined && JSON.stringify(value) !== "{}" && JSON.stringify(value) !== "[]";

const shown = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);

const DURATION = /\(ms\|s\|m\|h\|d\)/;

function valueText(schema: Schema): string {
  const { anyOf, enum: values, type = "string", minimum, maximum, items, pattern } = schema;
  if (anyOf) return [...new Set(anyOf.map(valueText))].join(", or ");
  if (schema.const !== undefined) return shown(schema.const);
  if (values) return values.map(shown).join(", ");
  switch (type) {
    case "integer":
      return `a whole number from ${minimum} to ${maximum}`;
    case "boolean":
      return "true or false";
    case "array":
      return `a list (${valueText(items ?? {})})`;
    case "object":
      return "a mapping";
    default:
      return DURATION.test(pattern ?? "") ? "a duration" : "a text";
  }
}
