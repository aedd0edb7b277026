/** lvs.cf as Piranha's parser cuts it: `KEY = VALUE …`, and blocks of `virtual`, `failover`, `server`. */
import { unreadable } from "../failure.ts";
import { concealed } from "../secrets.ts";
import type { Files, Origin, Source, Statement } from "../types.ts";

interface Growing {
  readonly origin: Origin;
  readonly words: readonly string[];
  readonly literal: true;
  readonly block: Growing[] | undefined;
}

const MAX_LINE = 10_000;

/** Throws a BatonError with file, line and column where the file is not well formed. */
export function readPiranha(file: string, _id: string, files: Files): Source {
  const text = files.read(file);
  if (text === undefined) throw unreadable({ file, line: 1, column: 1 }, "there is no such file");
  const root: Growing[] = [];
  const open: { readonly list: Growing[]; readonly origin: Origin | undefined }[] = [
    { list: root, origin: undefined },
  ];
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const column = raw.length - raw.trimStart().length + 1;
    const spot = { file, line: i + 1, column };
    if (line.length > MAX_LINE) throw unreadable(spot, `is longer than ${MAX_LINE} characters`);
    if (line === "}") {
      if (open.length === 1) throw unreadable(spot, "} closes no block");
      open.pop();
      continue;
    }
    const found = statementOf(line, spot);
    open.at(-1)?.list.push(found);
    if (found.block) open.push({ list: found.block, origin: found.origin });
  }
  const { origin } = open.at(-1) ?? {};
  if (origin) throw unreadable(origin, "the block that begins here is not closed: } is missing");
  return { file, statements: root satisfies readonly Statement[], asides: [] };
}

type Spot = Pick<Origin, "file" | "line" | "column">;

const BLOCKS = new Set(["virtual", "failover", "server"]);

function statementOf(line: string, spot: Spot): Growing {
  const words = wordsOf(line);
  if (!words) throw unreadable(spot, "a quote is opened here and not closed");
  const [key = "", ...rest] = words;
  const isBlock = BLOCKS.has(key) && rest.at(-1) === "{";
  if (!isBlock && rest[0] !== "=") {
    const wanted = BLOCKS.has(key) ? `${key} NAME {` : `${key} = VALUE`;
    throw unreadable(spot, `expected ${wanted}, blanks around = included`);
  }
  const values = isBlock ? rest.slice(0, -1) : rest.slice(1);
  const kept = [key, ...values];
  return {
    origin: { ...spot, text: concealed(isBlock ? kept : [key, "=", ...values]) },
    words: kept,
    literal: true,
    block: isBlock ? [] : undefined,
  };
}

/** One quote around a value; nothing is escaped. Undefined where it is not closed. */
function wordsOf(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let rest = line;
  while (rest !== "") {
    const quote = /^["']/.exec(rest)?.[0];
    const end = quote === undefined ? rest.search(/\s|$/) : rest.indexOf(quote, 1);
    if (end < 0) return undefined;
    words.push(rest.slice(quote === undefined ? 0 : 1, end));
    rest = rest.slice(quote === undefined ? end : end + 1).trimStart();
  }
  return words;
}
