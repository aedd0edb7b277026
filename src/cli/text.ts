/** Words and columns for terminals: ages, rates, tables, colours, narrow lines. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `120 ms`, `3.2 s`, `5 m 10 s`, `3 h 12 m`, `4 d 2 h`: as exact as it matters. */
export function age(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} m ${Math.floor((ms % MINUTE) / SECOND)} s`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ${Math.floor((ms % HOUR) / MINUTE)} m`;
  return `${Math.floor(ms / DAY)} d ${Math.floor((ms % DAY) / HOUR)} h`;
}

export const ago = (ms: number | undefined): string =>
  ms === undefined ? "never" : `${age(ms)} ago`;

/** `1.2 ms`. */
export const millis = (ms: number): string => `${Math.round(ms * 10) / 10} ms`;

/** Octets a second: `512 B/s`, `50 kB/s`, `1.2 MB/s`. */
export function bytesRate(bytes: number): string {
  if (bytes < 1000) return `${bytes} B/s`;
  const units = ["kB/s", "MB/s", "GB/s", "TB/s"];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${units[unit]}`;
}

/** `0.3 %` of what was sent. */
export const loss = (lost: number, received: number): string =>
  `${lost === 0 ? "0" : ((100 * lost) / (lost + received)).toFixed(1)} %`;

export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
}

const paint = (open: number, close: number) => (text: string) =>
  `\x1b[${open}m${text}\x1b[${close}m`;
const same = (text: string): string => text;

export const styleOf = (colour: boolean): Style =>
  colour
    ? { bold: paint(1, 22), dim: paint(2, 22), good: paint(32, 39), bad: paint(31, 39) }
    : { bold: same, dim: same, good: same, bad: same };

// oxlint-disable-next-line no-control-regex
const PAINT = /\x1b\[\d+m/g;
const width = (text: string): number => text.replaceAll(PAINT, "").length;

/** Rows whose columns begin below each other; the last one is as long as it is. */
export function table(rows: readonly (readonly string[])[], indent: number): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.slice(0, -1).forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, width(cell));
    });
  }
  return rows.map((row) => {
    const cells = row.map((cell, i) =>
      i === row.length - 1 ? cell : cell + " ".repeat((widths[i] ?? 0) - width(cell)),
    );
    return `${" ".repeat(indent)}${cells.join("  ")}`.trimEnd();
  });
}

/** Further lines of one that is too long stand a little to the right of it. */
const HANGING = 4;

/** Breaks what is longer than the terminal is wide between words. */
export function wrap(line: string, columns: number): readonly string[] {
  if (width(line) <= columns) return [line];
  const indent = (/^ */.exec(line)?.[0].length ?? 0) + HANGING;
  const lines: string[] = [];
  let current = " ".repeat(indent - HANGING);
  for (const word of line.trim().split(/ +/)) {
    const joined = current.trim() === "" ? current + word : `${current} ${word}`;
    if (width(joined) <= columns || current.trim() === "") current = joined;
    else {
      lines.push(current);
      current = " ".repeat(indent) + word;
    }
  }
  return [...lines, current];
}

/** `03:12:45.678`, on this host's clock; of a wall clock's ISO text. */
export function clockText(time: string): string {
  const at = new Date(time);
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":");
  return `${day}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}
