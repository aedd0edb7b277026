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

/** Words are read one at a time: those before one that is wrong count. */
export interface WordReader {
  readonly words: readonly string[];
  at: number;
  /** Letters of a cluster, `-Ln`, that are still to be read; they end with the word. */
  cluster: { readonly word: string; at: number } | undefined;
  /** Behind `--`. */
  plain: boolean;
}

export const wordReader = (words: readonly string[]): WordReader => ({
  words,
  at: 0,
  cluster: undefined,
  plain: false,
});

/** Undefined at the end. Throws a Stop at a word that can not be read. */
export function nextWord(reader: WordReader): Word | undefined {
  if (reader.cluster) return readLetter(reader, reader.cluster);
  const word = reader.words[reader.at++];
  if (word === undefined) return undefined;
  if (reader.plain || !word.startsWith("-") || word === "-") return { kind: "plain", text: word };
  if (word === "--") {
    reader.plain = true;
    return nextWord(reader);
  }
  if (word.startsWith("--")) return readLong(reader, word);
  reader.cluster = { word, at: 1 };
  return readLetter(reader, reader.cluster);
}

function readLong(reader: WordReader, word: string): Word {
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

function readLetter(reader: WordReader, cluster: { readonly word: string; at: number }): Word {
  const { word } = cluster;
  const option = byShort(word[cluster.at++] ?? "");
  if (!option) throw unread(word, UNKNOWN);
  const rest = word.slice(cluster.at);
  if (rest === "" || option.value !== "none") reader.cluster = undefined;
  if (option.value === "none") return { kind: "option", option, value: undefined, typed: word };
  return withValue(reader, word, option, rest === "" ? undefined : rest.replace(/^=/, ""));
}

function withValue(
  reader: WordReader,
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
