/** A line of keepalived.conf into words, as its parser cuts and unquotes them. */

export interface Word {
  readonly text: string;
  /** From 0, in the line. */
  readonly at: number;
  /** A quote stood in it, so that it is no brace. */
  readonly quoted: boolean;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  E: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** Undefined where a quote is not closed. */
export function splitWords(line: string): readonly Word[] | undefined {
  const words: Word[] = [];
  let at = 0;
  while (at < line.length) {
    if (/\s/.test(line[at] ?? "")) at++;
    else {
      const word = wordAt(line, at);
      if (!word) return undefined;
      words.push(word.word);
      at = word.end;
    }
  }
  return words;
}

function wordAt(line: string, start: number): { word: Word; end: number } | undefined {
  let text = "";
  let quoted = false;
  let open = "";
  let at = start;
  for (; at < line.length; at++) {
    const char = line[at] ?? "";
    if (open === "" && /\s/.test(char)) break;
    if (char === "\\" && at + 1 < line.length) {
      const { value, length } = escapeAt(line.slice(at + 1));
      text += value;
      at += length;
    } else if (char === open) open = "";
    else if (open === "" && (char === '"' || char === "'")) {
      open = char;
      quoted = true;
    } else text += char;
  }
  return open === "" ? { word: { text, at: start, quoted }, end: at } : undefined;
}

/** After the backslash; `length` counts what was read of it. */
function escapeAt(rest: string): { value: string; length: number } {
  const octal = /^[0-7]{1,3}/.exec(rest)?.[0];
  if (octal !== undefined) return { value: character(octal, 8), length: octal.length };
  const hex = /^x([0-9a-fA-F]+)/.exec(rest);
  if (hex) return { value: character(hex[1] ?? "", 16), length: hex[0].length };
  const first = rest[0] ?? "";
  if (first === "c" && rest.length > 1) {
    return { value: String.fromCharCode(rest.charCodeAt(1) & 31), length: 2 };
  }
  return { value: ESCAPES[first] ?? first, length: 1 };
}

const character = (digits: string, base: number): string =>
  String.fromCharCode(Number.parseInt(digits, base) & 0xff);

/** Without the comment: `#` and `!` begin one anywhere outside of double quotes. */
export function withoutComment(line: string): string {
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    const char = line[at];
    if (char === "\\") at++;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && (char === "#" || char === "!")) return line.slice(0, at);
  }
  return line;
}
