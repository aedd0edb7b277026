/** `~SEQ(…)` and `~LST(…)` at the beginning of a line: which values its rest is repeated for. */

export interface Repeat {
  /** One set of variables for each time. */
  readonly rounds: readonly Readonly<Record<string, string>>[];
  readonly rest: string;
}

/** More than any file means. */
const MAX_ROUNDS = 65_536;

/** Undefined: the line is none; a text: what is wrong with it. */
export function repeatOf(line: string): Repeat | string | undefined {
  const [head, kind, inner = ""] = /^~(SEQx?|LST)\(([^)]*)\)\s*/.exec(line) ?? [];
  if (head === undefined) return line.startsWith("~") ? "is no ~SEQ(…) and no ~LST(…)" : undefined;
  const rest = line.slice(head.length);
  const rounds = kind === "LST" ? listRounds(inner) : sequenceRounds(inner, kind === "SEQx");
  return typeof rounds === "string" ? rounds : { rounds, rest };
}

function sequenceRounds(inner: string, hex: boolean): Repeat["rounds"] | string {
  const [name = "", ...texts] = inner.split(",").map((part) => part.trim());
  const numbers = texts.map(Number);
  const wrong = !/^[A-Za-z_]\w*$/.test(name) || numbers.some((one) => !Number.isInteger(one));
  if (wrong || numbers.length < 1 || numbers.length > 3) {
    return "wants ~SEQ(variable, start, step, end)";
  }
  const [start, step, end] = boundsOf(numbers);
  const count = Math.floor((end - start) / step) + 1;
  if (step === 0 || count < 1) return "never gets from its start to its end";
  if (count > MAX_ROUNDS) return `repeats more than ${MAX_ROUNDS} times`;
  return Array.from({ length: count }, (_, i) => ({
    [name]: (start + i * step).toString(hex ? 16 : 10),
  }));
}

function boundsOf(numbers: readonly number[]): readonly [number, number, number] {
  const [a = 0, b = 0, c = 0] = numbers;
  if (numbers.length === 3) return [a, b, c];
  if (numbers.length === 2) return [a, b >= a ? 1 : -1, b];
  return a > 0 ? [1, 1, a] : [-1, -1, a];
}

function listRounds(inner: string): Repeat["rounds"] | string {
  const parts = [...inner.matchAll(/\{[^}]*\}|[^,{}]+/g)]
    .map(([part]) => part.trim())
    .filter((part) => part !== "");
  const sets = parts.map((part) =>
    (part.startsWith("{") ? part.slice(1, -1) : part).split(",").map((one) => one.trim()),
  );
  const [names = [], ...values] = sets;
  const good = names.every((name) => /^[A-Za-z_]\w*$/.test(name)) && values.length > 0;
  if (!good || values.some((one) => one.length !== names.length)) {
    return "wants ~LST(variable, value, …)";
  }
  return values.map((one) => Object.fromEntries(names.map((name, i) => [name, one[i] ?? ""])));
}
