/** Splits a command line into options and plain words, as libpopt does. */
import { byLong, byShort, type Option } from "./options.ts";
import { unread } from "./stop.ts";

export type Word =
  /** `typed` is the word that an error names: the whole cluster, or the last one read. */
  | {
      readonly kind: "option";
      readonly option: Option;
      readonly value: string | undefined;
      readonly typed: string;
    }
  | { readonly kind: "plain"; readonly text: string };

const UNKNOWN = "unknown option";
const MISSING = "missing argument";
const SUPERFLUOUS = "option does not take an argument";

interface Reader {
  readonly words: readonly string[];
  at: number;
}

/** Throws a Stop at the word that can not be read; those before it have been given out. */
export function* readWords(words: readonly string[]): Generator<Word, void> {
  const reader: Reader = { words, at: 0 };
  while (reader.at < words.length) {
    const word = words[reader.at++] ?? "";
    if (word === "--") {
      for (const text of words.slice(reader.at)) yield { kind: "plain", text };
      return;
    }
    if (word.startsWith("--")) yield readLong(reader, word);
    else if (word.startsWith("-") && word !== "-") yield* readCluster(reader, word);
    else yield { kind: "plain", text: word };
  }
}

function readLong(reader: Reader, word: string): Word {
  const equals = word.indexOf("=");
  const option = byLong(equals < 0 ? word.slice(2) : word.slice(2, equals));
  if (!option) throw unread(word, UNKNOWN);
  const attached = equals < 0 ? undefined : word.slice(equals + 1);
  if (option.value === "none") {
    if (attached !== undefined) throw unread(word, SUPERFLUOUS);
    return { kind: "option", option, value: undefined, typed: word };
  }
  return withValue(reader, word, option, attached);
}

function* readCluster(reader: Reader, word: string): Generator<Word, void> {
  for (let i = 1; i < word.length; i++) {
    const option = byShort(word[i] ?? "");
    if (!option) throw unread(word, UNKNOWN);
    if (option.value === "none") {
      yield { kind: "option", option, value: undefined, typed: word };
      continue;
    }
    const rest = word.slice(i + 1);
    const attached = rest === "" ? undefined : rest.replace(/^=/, "");
    yield withValue(reader, word, option, attached);
    return;
  }
}

function withValue(
  reader: Reader,
  word: string,
  option: Option,
  attached: string | undefined,
): Word {
  if (attached !== undefined) return { kind: "option", option, value: attached, typed: word };
  const next = reader.words[reader.at];
  if (option.value === "optional" && (next === undefined || next.startsWith("-"))) {
    return { kind: "option", option, value: undefined, typed: word };
  }
  if (next === undefined) throw unread(word, MISSING);
  reader.at++;
  return { kind: "option", option, value: next, typed: next };
}
