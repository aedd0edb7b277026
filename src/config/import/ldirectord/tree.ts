/** ldirectord.cf as its parser cuts it: `KEY = VALUE`, and indented lines below `virtual = …`. */
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
const INDENT = /^( {4}|\t| {1,3}\t)/;

/** Throws a BatonError with file, line and column where a line is no `KEY = VALUE`. */
export function readLdirectord(file: string, _id: string, files: Files): Source {
  const text = files.read(file);
  if (text === undefined) throw unreadable({ file, line: 1, column: 1 }, "there is no such file");
  const root: Growing[] = [];
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const column = raw.length - raw.trimStart().length + 1;
    const spot = { file, line: i + 1, column };
    if (line.length > MAX_LINE) throw unreadable(spot, `is longer than ${MAX_LINE} characters`);
    const found = statementOf(line, spot);
    const last = root.at(-1);
    if (!INDENT.test(raw)) root.push(found);
    else if (last?.block) last.block.push(found);
    else throw unreadable(spot, "is indented, and no virtual stands above");
  }
  return { file, statements: root satisfies readonly Statement[], asides: [] };
}

function statementOf(line: string, spot: Pick<Origin, "file" | "line" | "column">): Growing {
  const [, key = "", written = ""] = /^([^\s=]+)\s*=\s*(.*)$/.exec(line) ?? [];
  if (key === "") throw unreadable(spot, "expected KEY = VALUE");
  const quoted = /^"([^"]*)"\s*(?:#.*)?$/.exec(written)?.[1];
  const value = quoted ?? written.replace(/\s+#[^"]*$/, "");
  const isBlock = key === "virtual" || key === "virtual6";
  return {
    origin: { ...spot, text: concealed([key, "=", value]) },
    words: [key, value],
    literal: true,
    block: isBlock ? [] : undefined,
  };
}
