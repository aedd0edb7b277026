/** The terminal while something is drawn on it: another screen, no cursor, keys at once. */

export interface Screen {
  size(): { readonly columns: number; readonly rows: number };
  draw(lines: readonly string[]): void;
  onResize(listener: () => void): void;
  /** Names of keys: `q`, `up`, `down`, `pageUp`, `pageDown`. */
  onKey(listener: (key: Key) => void): void;
  /** The terminal as it was. Once is enough, twice does no harm. */
  close(): void;
}

export type Key = "end" | "up" | "down" | "pageUp" | "pageDown";

export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
}

const ESC = "\x1b";
const ENTER = `${ESC}[?1049h${ESC}[?25l`;
const LEAVE = `${ESC}[?25h${ESC}[?1049l`;
/** What a terminal that knows it shows at once; others take no notice. */
const BEGIN = `${ESC}[?2026h`;
const END = `${ESC}[?2026l`;

const KEYS: Readonly<Record<string, Key>> = {
  q: "end",
  // Ctrl-C is a key where keys come at once.
  "\x03": "end",
  "\x04": "end",
  [`${ESC}[A`]: "up",
  [`${ESC}[B`]: "down",
  k: "up",
  j: "down",
  [`${ESC}[5~`]: "pageUp",
  [`${ESC}[6~`]: "pageDown",
  " ": "pageDown",
};

/** Where a terminal does not say: as wide and high as they were. */
const USUAL = { columns: 80, rows: 24 };

export function openScreen({ stdin, stdout }: Terminal): Screen {
  const keys = stdin.isTTY;
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    if (keys) stdin.setRawMode(false).pause();
    stdout.write(LEAVE);
  };
  // However the program ends, the terminal is its user's again.
  process.once("exit", close);
  stdout.write(ENTER);
  if (keys) stdin.setRawMode(true).setEncoding("utf8").resume();
  return {
    size: () => ({
      columns: stdout.columns || USUAL.columns,
      rows: stdout.rows || USUAL.rows,
    }),
    draw: (lines) => {
      if (open) stdout.write(paint(lines));
    },
    onResize: (listener) => void stdout.on("resize", listener),
    onKey: (listener) =>
      void stdin.on("data", (text: string) => {
        const key = KEYS[text];
        if (key) listener(key);
      }),
    close,
  };
}

/** From the top in one write; what was there before is overwritten, never cleared first. */
export const paint = (lines: readonly string[]): string =>
  `${BEGIN}${ESC}[H${lines.map((line) => `${line}${ESC}[K`).join("\r\n")}${ESC}[J${END}`;
