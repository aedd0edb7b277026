/** Lengths of text on a terminal: bars, short numbers, lines that end at the edge. */

/** Eighths of a cell, from an eighth to a whole one. */
const EIGHTHS = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];

/** `value` of `most` in `cells` characters, padded; whatever is above nothing shows. */
export function bar(value: number, most: number, cells: number, unicode: boolean): string {
  const share = most > 0 ? Math.min(1, Math.max(0, value / most)) : 0;
  const eighths = share > 0 ? Math.max(1, Math.round(share * cells * 8)) : 0;
  if (!unicode) return "#".repeat(Math.ceil(eighths / 8)).padEnd(cells, ".");
  const rest = eighths % 8;
  const part = rest === 0 ? "" : (EIGHTHS[rest - 1] ?? "");
  return ("█".repeat(Math.floor(eighths / 8)) + part).padEnd(cells);
}

const UNITS = ["", "k", "M", "G", "T"];

/** `999`, `1.2k`, `35M`. */
export function short(value: number): string {
  let rest = value;
  let unit = 0;
  while (rest >= 999.5 && unit < UNITS.length - 1) {
    rest /= 1000;
    unit++;
  }
  const digits = unit > 0 && rest < 9.95 ? 1 : 0;
  return `${rest.toFixed(digits)}${UNITS[unit]}`;
}

// oxlint-disable-next-line no-control-regex
const PAINT = /\x1b\[\d+m/g;
// What a server answers is told as it is; a terminal must not obey it.
// oxlint-disable-next-line no-control-regex
const CONTROLS = /(?!\x1b\[\d+m)[\x00-\x1f\x7f-\x9f]/g;

/** The line's first `columns` characters; what is painted stays painted, and ends. */
export function clip(line: string, columns: number): string {
  const safe = line.replaceAll(CONTROLS, "·");
  let room = columns;
  let clipped = "";
  let from = 0;
  for (const { 0: paint, index } of safe.matchAll(PAINT)) {
    const text = safe.slice(from, index);
    clipped += text.slice(0, room) + paint;
    room = Math.max(0, room - text.length);
    from = index + paint.length;
  }
  return clipped + safe.slice(from, from + room);
}
