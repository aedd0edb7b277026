/** JSON that gives back what it was given: maps, sets, undefined, and numbers that JSON lacks.
 *
 * ```
 * Map        {"$map":[[key,value],…]}
 * Set        {"$set":[value,…]}
 * undefined  {"$undefined":true}
 * NaN, ±∞,-0 {"$number":"Infinity"}
 * a record with a key that begins with $: {"$record":[[key,value],…]}
 * ```
 */

type Plain = Readonly<Record<string, unknown>>;

/** Of plain data: records, lists, and what is listed above. */
export const encodeLossless = (value: unknown): string => JSON.stringify(value, written);

/** Throws a SyntaxError where the text is not JSON. */
export const decodeLossless = (text: string): unknown => read(JSON.parse(text));

function written(_key: string, value: unknown): unknown {
  if (value === undefined) return { $undefined: true };
  if (typeof value === "number" && !isJson(value)) {
    return { $number: Object.is(value, -0) ? "-0" : String(value) };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return writtenObject(value);
}

const isJson = (value: number): boolean => Number.isFinite(value) && !Object.is(value, -0);

function writtenObject(value: object): object {
  if (value instanceof Map) return { $map: [...value] };
  if (value instanceof Set) return { $set: [...value] };
  for (const key in value) if (key.startsWith("$")) return { $record: Object.entries(value) };
  return value;
}

function read(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(read);
  const entries = Object.entries(value as Plain);
  const [only] = entries;
  if (only && entries.length === 1 && only[0].startsWith("$")) return readMarked(only[0], only[1]);
  return Object.fromEntries(entries.map(([key, one]) => [key, read(one)]));
}

function readMarked(mark: string, value: unknown): unknown {
  switch (mark) {
    case "$undefined":
      return undefined;
    case "$number":
      return Number(value);
    case "$map":
      return new Map(pairs(value));
    case "$set":
      return new Set(pairs(value));
    case "$record":
      return Object.fromEntries(pairs(value));
    default:
      throw new SyntaxError(`unknown mark ${mark}`);
  }
}

function pairs<T extends [string, unknown]>(value: unknown): T[] {
  if (!Array.isArray(value)) throw new SyntaxError("a list was expected");
  return value.map(read) as T[];
}
