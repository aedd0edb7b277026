/** Manual pages in the macros of man(7), from text that knows nothing of them. */

/** Text for a line of its own; `words` between grave accents are set bold. */
export function prose(text: string): string {
  const parts = text.split("`").map((part, i) => (i % 2 === 0 ? plain(part) : bold(part)));
  return guarded(parts.join(""));
}

export const bold = (text: string): string => `\\fB${literal(text)}\\fR`;

/** What is typed as it stands: its dashes are no hyphens. */
export const literal = (text: string): string => plain(text).replaceAll("-", "\\-");

const plain = (text: string): string =>
  text
    .replaceAll("\\", "\\e")
    .replaceAll("~", "\\(ti")
    .replaceAll("^", "\\(ha")
    .replaceAll(/[^\n -~]/gu, (sign) => `\\[u${codePoint(sign)}]`);

const codePoint = (sign: string): string =>
  (sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");

/** A dot or an apostrophe at the beginning would make it a macro. */
const guarded = (line: string): string => (/^[.']/.test(line) ? `\\&${line}` : line);

export interface PageHead {
  readonly name: string;
  readonly section: 5 | 8;
  readonly version: string;
  /** YYYY-MM-DD */
  readonly date: string;
}

export const title = ({ name, section, version, date }: PageHead): string =>
  `.TH "${literal(name)}" ${section} "${date}" "baton ${version}"`;

export const heading = (text: string): string => `.SH ${text}`;

export const subheading = (text: string): string => `.SS "${literal(text)}"`;

export const paragraph = (text: string): string => `.PP\n${prose(text)}`;

/** `tag` is roff already; each text begins a line. */
export const tagged = (tag: string, ...texts: readonly string[]): string =>
  `.TP\n${guarded(tag)}\n${texts.map(prose).join("\n.br\n")}`;

/** Lines that stand as they are. */
export const verbatim = (text: string): string =>
  [".PP", ".nf", ...text.trimEnd().split("\n").map(literal).map(guarded), ".fi"].join("\n");

/** A whole page; a heading begins a paragraph by itself. */
export const page = (...parts: readonly string[]): string =>
  `${parts.join("\n").replaceAll(/^(\.S[HS] .*)\n\.PP$/gm, "$1")}\n`;

/** `baton(8)`, in the order that they are given in. */
export const references = (pages: readonly string[]): string =>
  pages
    .map((page) =>
      page.replace(/^(.*)\((\d)\)$/, (_, name: string, n: string) => `${bold(name)}(${n})`),
    )
    .join(",\n");
