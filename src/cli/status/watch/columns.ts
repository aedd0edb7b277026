/** Rows of a table that has to fit: the least important columns go first, a bar takes the rest. */

export interface Column {
  readonly cells: readonly string[];
  /** The highest goes first; 0 stays. */
  readonly expendable: number;
  readonly align: "left" | "right";
}

export interface Bars {
  /** Before which column it stands. */
  readonly before: number;
  readonly draw: (row: number, cells: number) => string;
}

const GAP = 2;
const LEAST_BAR = 5;
const MOST_BAR = 24;

const widthOf = ({ cells }: Column): number => Math.max(0, ...cells.map((cell) => cell.length));

export interface Fitted {
  /** Each padded to its column's width; the bar among them where there is room. */
  readonly rows: readonly (readonly string[])[];
  /** Which of the columns there are, in their order; -1 is the bar. */
  readonly kept: readonly number[];
}

export function fit(columns: readonly Column[], bars: Bars, room: number): Fitted {
  const wide = columns.map(widthOf);
  let kept = columns.flatMap((column, i) => (wide[i] === 0 && column.expendable > 0 ? [] : [i]));
  const used = (): number => kept.reduce((sum, i) => sum + (wide[i] ?? 0) + GAP, -GAP);
  for (;;) {
    if (used() + GAP + LEAST_BAR <= room) break;
    const least = kept.reduce((a, b) =>
      (columns[b]?.expendable ?? 0) > (columns[a]?.expendable ?? 0) ? b : a,
    );
    if ((columns[least]?.expendable ?? 0) === 0) break;
    kept = kept.filter((i) => i !== least);
  }
  const cells = Math.min(MOST_BAR, room - used() - GAP);
  const at = kept.findIndex((i) => i >= bars.before);
  const order =
    cells < LEAST_BAR
      ? kept
      : at < 0
        ? [...kept, -1]
        : [...kept.slice(0, at), -1, ...kept.slice(at)];
  const count = columns[0]?.cells.length ?? 0;
  const rows = Array.from({ length: count }, (_, row) =>
    order.map((i) => {
      const column = columns[i];
      if (!column) return bars.draw(row, cells);
      const cell = column.cells[row] ?? "";
      return column.align === "left" ? cell.padEnd(wide[i] ?? 0) : cell.padStart(wide[i] ?? 0);
    }),
  );
  return { rows, kept: order };
}
