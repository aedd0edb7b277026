/** Lines of keepalived.conf into nested statements. */
import { unreadable } from "../failure.ts";
import { concealed } from "../secrets.ts";
import type { Files, Origin, Source, Statement } from "../types.ts";
import { readLines, type SourceLine } from "./lines.ts";
import { splitWords, type Word } from "./words.ts";

export interface KeepalivedSource extends Source {
  readonly ids: ReadonlySet<string>;
}

interface Growing {
  readonly origin: Origin;
  readonly words: readonly string[];
  readonly literal: boolean;
  block: Growing[] | undefined;
}

/** Throws a BatonError with file, line and column where the file is not well formed. */
export function readKeepalived(file: string, id: string, files: Files): KeepalivedSource {
  const { lines, asides, ids } = readLines(file, id, files);
  const root: Growing[] = [];
  const nest = new Nest(root);
  for (const line of lines) {
    const words = splitWords(line.text);
    if (!words) throw unreadable(line.origin, "a quote is opened here and not closed");
    nest.take(line, words);
  }
  nest.finish();
  return { file, statements: root satisfies readonly Statement[], asides, ids };
}

class Nest {
  readonly #stack: { readonly list: Growing[]; readonly opened: Origin | undefined }[];
  #last: Growing | undefined;

  constructor(root: Growing[]) {
    this.#stack = [{ list: root, opened: undefined }];
  }

  take(line: SourceLine, words: readonly Word[]): void {
    let start = 0;
    const cut = (end: number): void => {
      if (end > start) this.#add(line, words.slice(start, end));
      start = end + 1;
    };
    for (const [i, { text, quoted }] of words.entries()) {
      if (quoted || !/^[{}]$|[^$]\{$/.test(text)) continue;
      const glued = text.length > 1;
      if (glued) this.#add(line, [...words.slice(start, i), bare(words[i])]);
      else cut(i);
      start = i + 1;
      if (text === "}") this.#close(line);
      else this.#openBlock(line);
    }
    cut(words.length);
  }

  finish(): void {
    const { opened } = this.#stack.at(-1) ?? {};
    if (opened) throw unreadable(opened, "the block that begins here is not closed: } is missing");
  }

  #add(line: SourceLine, words: readonly Word[]): void {
    const [first] = words;
    const texts = words.map(({ text }) => text);
    const shift = first?.at ?? 0;
    const { file, line: number, column } = line.origin;
    const origin = { file, line: number, column: column + shift, text: concealed(texts) };
    const literal = line.text === line.origin.text;
    this.#last = { origin, words: texts, literal, block: undefined };
    this.#stack.at(-1)?.list.push(this.#last);
  }

  #openBlock(line: SourceLine): void {
    const owner = this.#last;
    if (!owner || owner.block) throw unreadable(line.origin, "{ stands after no keyword");
    owner.block = [];
    this.#stack.push({ list: owner.block, opened: owner.origin });
    this.#last = undefined;
  }

  #close(line: SourceLine): void {
    if (this.#stack.length === 1) throw unreadable(line.origin, "} closes no block");
    this.#stack.pop();
    this.#last = undefined;
  }
}

const bare = (word: Word | undefined): Word => ({
  text: word?.text.slice(0, -1) ?? "",
  at: word?.at ?? 0,
  quoted: false,
});
