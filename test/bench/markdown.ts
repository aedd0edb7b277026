/** Tables of Markdown, and the word for a target. */

export type Row = readonly string[];

export const verdict = (met: boolean): string => (met ? "met" : "**missed**");

export function table(title: string, head: Row, rows: readonly Row[]): string {
  const line = (cells: Row): string => `| ${cells.join(" | ")} |`;
  return [`### ${title}`, "", line(head), line(head.map(() => "---")), ...rows.map(line), ""].join(
    "\n",
  );
}
