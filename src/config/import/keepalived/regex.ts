/** A pattern of keepalived's (PCRE, with its options) as one expression of JavaScript's. */

export interface Regex {
  readonly pattern: string;
  /** Words of regex_options. */
  readonly options: readonly string[];
  readonly noMatch: boolean;
  /** Where a match may begin, in octets; undefined: anywhere. */
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** Options that have a counterpart. */
export const KNOWN_OPTIONS: ReadonlySet<string> = new Set(
  "anchored caseless dollar_endonly dotall multiline".split(" "),
);

const TOKEN =
  /\\(?:x[\dA-Fa-f]{2}|u\{[\dA-Fa-f]+\}|u[\dA-Fa-f]{4}|[pP]\{[^}]*\}|k<[^>]*>|c[A-Za-z]|[^])|\[(?:\\[^]|[^\\\]])*\]|\(\?(?:[:=!]|<[=!]|<\w+>)|[^]/g;
const ANY = "[^]";

/** JavaScript's, without flags but for Unicode. */
export function expressionOf({ pattern, options, noMatch, from, to }: Regex): string {
  const said = new Set(options);
  const plain = [...pattern.matchAll(TOKEN)].map(([token]) => rewritten(token, said)).join("");
  const anchored = said.has("anchored");
  const placed = from !== undefined || to !== undefined;
  const start = anchored ? "" : `${ANY}{${from ?? 0},${to ?? ""}}?`;
  const whole = placed || anchored ? `^${start}(?:${plain})` : plain;
  return noMatch ? `^(?!${placed || anchored ? "" : `${ANY}*`}(?:${whole}))` : whole;
}

function rewritten(token: string, said: ReadonlySet<string>): string {
  const lines = said.has("multiline");
  if (token === ".") return said.has("dotall") ? ANY : "[^\\n]";
  if (token === "^") return lines ? "(?<=^|\\n)" : token;
  if (token === "$" && lines) return "(?=\\n|$)";
  // PCRE's also matches before a newline at the very end.
  if (token === "$") return said.has("dollar_endonly") ? token : "(?=\\n?$)";
  if (!said.has("caseless")) return token;
  if (/^[A-Za-z]$/.test(token)) return `[${token.toLowerCase()}${token.toUpperCase()}]`;
  return token.startsWith("[") ? `${token.slice(0, -1)}${otherCase(token)}]` : token;
}

/** What a class of characters has to have beside its own. */
const otherCase = (characters: string): string =>
  [...characters.slice(1, -1).matchAll(/\\[^]|([A-Za-z])-([A-Za-z])|[^]/g)]
    .map(([token, low, high]) => {
      if (low !== undefined && high !== undefined) return otherRange(low, high);
      return /^[A-Za-z]$/.test(token) ? swapped(token) : "";
    })
    .join("");

function otherRange(low: string, high: string): string {
  const [lower, upper] = [low.toLowerCase() === low, high.toLowerCase() === high];
  if (lower === upper) return `${swapped(low)}-${swapped(high)}`;
  // From a capital letter to a small one.
  return `a-zA-Z`;
}

const swapped = (letter: string): string =>
  letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
