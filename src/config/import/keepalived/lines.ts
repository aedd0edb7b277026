/** The lines of a keepalived.conf after includes, definitions, conditions and repetitions. */
import { unreadable } from "../failure.ts";
import { SILENT } from "../ledger.ts";
import { expandGlob, folderOf, within } from "../paths.ts";
import {
  type Aside,
  type Files,
  idle,
  lost,
  type Origin,
  taken,
  takenAs,
  undecided,
} from "../types.ts";
import { repeatOf } from "./sequence.ts";
import { splitWords, withoutComment } from "./words.ts";

export interface SourceLine {
  readonly text: string;
  readonly origin: Origin;
}

export interface Lines {
  readonly lines: readonly SourceLine[];
  readonly asides: readonly Aside[];
  /** Words after `@` and `@^`. */
  readonly ids: ReadonlySet<string>;
}

interface Definition {
  readonly body: readonly SourceLine[];
  readonly origin: Origin;
  used: boolean;
}

const MAX_DEPTH = 16;
const MAX_LINES = 200_000;
const MAX_TEXT = 8 << 20;
const MAX_LINE = 10_000;
const MAX_EXPANSIONS = 64;

/** Reads `file` for the host `id`; throws a BatonError where it can not be read. */
export function readLines(file: string, id: string, files: Files): Lines {
  const reader = new Reader(id, files);
  const text = files.read(file);
  if (text === undefined) throw unreadable({ file, line: 1, column: 1 }, "there is no such file");
  reader.file(file, text, []);
  return reader.finish();
}

class Reader {
  readonly #lines: SourceLine[] = [];
  readonly #asides: Aside[] = [];
  readonly #ids = new Set<string>();
  readonly #definitions = new Map<string, Definition>();
  readonly #id: string;
  readonly #files: Files;
  #open: { name: string; body: SourceLine[]; origin: Origin } | undefined;
  #stack: readonly string[] = [];
  #size = 0;

  constructor(id: string, files: Files) {
    this.#id = id;
    this.#files = files;
  }

  finish(): Lines {
    if (this.#open) throw unreadable(this.#open.origin, "the file ends within this definition");
    for (const { body, origin, used } of this.#definitions.values()) {
      if (!used) this.#forget(body, origin);
    }
    return { lines: this.#lines, asides: this.#asides, ids: this.#ids };
  }

  file(file: string, text: string, stack: readonly string[]): void {
    this.#size += text.length;
    const start = { file, line: 1, column: 1 };
    if (text.includes("\0")) throw unreadable(start, "is no text: there are NULs in it");
    if (this.#size > MAX_TEXT) throw unreadable(start, `more than ${MAX_TEXT} characters in all`);
    const outer = this.#stack;
    this.#stack = [...stack, file];
    for (const [i, raw] of text.split(/\r?\n/).entries()) {
      if (raw.length > MAX_LINE) {
        const message = `is longer than ${MAX_LINE} characters`;
        throw unreadable({ file, line: i + 1, column: 1 }, message);
      }
      const bare = withoutComment(raw);
      const text = bare.trim();
      const column = bare.length - bare.trimStart().length + 1;
      if (text !== "") this.#read({ text, origin: { file, line: i + 1, column, text } });
    }
    this.#stack = outer;
  }

  #read(line: SourceLine): void {
    if (this.#open) this.#continue(line);
    else this.#take(line, 0);
  }

  #continue(line: SourceLine): void {
    const open = this.#open;
    if (!open) return;
    const more = line.text.endsWith("\\");
    const text = more ? line.text.slice(0, -1).trim() : line.text;
    if (text !== "") open.body.push({ text, origin: { ...line.origin, text } });
    if (more) return;
    this.#open = undefined;
    this.#define(open.name, open.body, open.origin);
  }

  #define(name: string, body: readonly SourceLine[], origin: Origin): void {
    const before = this.#definitions.get(name);
    if (before && !before.used) this.#forget(before.body, before.origin);
    this.#definitions.set(name, { body, origin, used: false });
  }

  #forget(body: readonly SourceLine[], origin: Origin): void {
    const outcome = idle("a definition that nothing uses");
    this.#asides.push({ origin, outcome });
    for (const line of body) {
      if (line.origin.line !== origin.line) this.#asides.push({ origin: line.origin, outcome });
    }
  }

  #take(line: SourceLine, depth: number): void {
    if (depth > MAX_EXPANSIONS) {
      throw unreadable(line.origin, "a definition leads back to itself");
    }
    const selected = this.#select(line);
    if (!selected) return;
    if (this.#isDefinition(selected)) return;
    const [first, ...more] = this.#substitute(selected);
    if (first === undefined) return;
    if (more.length > 0 || first.text !== selected.text) {
      for (const one of [first, ...more]) this.#take(one, depth + 1);
      return;
    }
    const repeat = repeatOf(first.text);
    if (typeof repeat === "string") throw unreadable(first.origin, `${first.text} ${repeat}`);
    if (repeat) this.#repeat(repeat.rounds, { ...first, text: repeat.rest }, depth);
    else if (/^include[rmwba]?\s/.test(first.text)) this.#include(first);
    else this.#emit(first);
  }

  #emit(line: SourceLine): void {
    this.#lines.push(line);
    if (this.#lines.length > MAX_LINES) {
      throw unreadable(line.origin, `more than ${MAX_LINES} lines after all expansions`);
    }
  }

  /** Undefined where the line is for another host. */
  #select(line: SourceLine): SourceLine | undefined {
    const [head, not, id = ""] = /^@(\^?)(\S*)\s*/.exec(line.text) ?? [];
    if (head === undefined) return line;
    this.#ids.add(id);
    const text = line.text.slice(head.length);
    if ((id === this.#id) === (not === "")) return text === "" ? undefined : { ...line, text };
    if (isStatement(text)) this.#asides.push({ origin: redacted(line), outcome: SILENT });
    return undefined;
  }

  #isDefinition(line: SourceLine): boolean {
    const [, name, value = ""] = /^\$([A-Za-z_]\w*)=(.*)$/.exec(line.text) ?? [];
    if (name === undefined) return false;
    const origin = { ...line.origin, text: `$${name}=…` };
    const text = value.trim();
    if (text === "\\") this.#open = { name, body: [], origin };
    else this.#define(name, [{ text, origin }], origin);
    return true;
  }

  /** The first macro of a line replaced; several lines where it stands for several. */
  #substitute(line: SourceLine): readonly SourceLine[] {
    for (const match of line.text.matchAll(/\$(?:\{([^}]*)\}|([A-Za-z_]\w*)(?=\s|$))/g)) {
      const name = match[1] ?? match[2] ?? "";
      const before = line.text.slice(0, match.index);
      const after = line.text.slice(match.index + match[0].length);
      const variable = /^_ENV\s+(\w+)$/.exec(name)?.[1];
      if (variable !== undefined) this.#environment(line, variable);
      const builtIn = this.#builtIn(name, line.origin.file);
      if (builtIn !== undefined) return [{ ...line, text: before + builtIn + after }];
      const definition = this.#definitions.get(name);
      if (definition) return this.#replace(line, definition, before, after);
    }
    return [line];
  }

  #replace(
    line: SourceLine,
    definition: Definition,
    before: string,
    after: string,
  ): readonly SourceLine[] {
    if (!definition.used) {
      const why = "stands wherever its name is used";
      this.#asides.push({ origin: definition.origin, outcome: takenAs(why) });
      definition.used = true;
    }
    const { body } = definition;
    const [only] = body;
    if (body.length <= 1 && only?.origin.line === definition.origin.line) {
      return [{ ...line, text: (before + only.text + after).trim() }];
    }
    this.#asides.push({ origin: line.origin, outcome: taken });
    const lines = body.map((one, i) => ({
      origin: one.origin,
      text: (i === 0 ? before : "") + one.text + (i === body.length - 1 ? after : ""),
    }));
    return lines.map((one) => ({ ...one, text: one.text.trim() }));
  }

  /** Keepalived's own, which is not here. */
  #environment({ origin }: SourceLine, variable: string): void {
    const why = `${variable} is of keepalived's environment: write its value`;
    this.#asides.push({ origin, outcome: undecided(why) });
  }

  #builtIn(name: string, file: string): string | undefined {
    if (name === "_HASH") return "#";
    if (name === "_BANG") return "!";
    if (name === "_PWD") return folderOf(file);
    if (name === "_INSTANCE") return this.#id;
    const random = /^_RANDOM(?:\s+(\d+))?/.exec(name);
    return random ? (random[1] ?? "0") : undefined;
  }

  #repeat(
    rounds: readonly Readonly<Record<string, string>>[],
    line: SourceLine,
    depth: number,
  ): void {
    const { origin } = line;
    const names = Object.keys(rounds[0] ?? {});
    const before = names.map((name) => [name, this.#definitions.get(name)] as const);
    for (const round of rounds) {
      for (const [name, text] of Object.entries(round)) {
        this.#definitions.set(name, { body: [{ text, origin }], origin, used: true });
      }
      this.#take(line, depth + 1);
    }
    // Within another repetition the rest of the line is repeated again.
    for (const [name, definition] of before) {
      if (definition) this.#definitions.set(name, definition);
      else this.#definitions.delete(name);
    }
  }

  #include(line: SourceLine): void {
    const { origin } = line;
    const pattern = splitWords(line.text)?.[1]?.text ?? "";
    const paths = expandGlob(within(folderOf(origin.file), pattern), this.#files);
    const stack = this.#stack;
    if (stack.length >= MAX_DEPTH) {
      throw unreadable(origin, `includes are nested deeper than ${MAX_DEPTH}`);
    }
    const none = lost(`no file is named ${pattern}`);
    this.#asides.push({ origin, outcome: paths.length === 0 ? none : taken });
    for (const path of paths) {
      if (stack.includes(path)) throw unreadable(origin, `${path} includes itself`);
      const text = this.#files.read(path);
      if (text === undefined) throw unreadable(origin, `there is no file ${path}`);
      this.file(path, text, stack);
    }
  }
}

/** Not only braces. */
const isStatement = (text: string): boolean => /[^\s{}]/.test(text);

/** A definition may hold a password. */
const redacted = ({ origin }: SourceLine): Origin => ({
  ...origin,
  text: origin.text.replace(/(\$\w+=).*/, "$1…"),
});
