/** Command lines as text: words as a shell splits them, `<` before the lines of the input. */

export interface Line {
  readonly words: readonly string[];
  readonly input: string;
}

/** One after the other. */
export type Story = readonly Line[];

/** e.g. `-A -t 10.0.0.1:80 -s ''` or `-R < -A -f 1 / -a -f 1 -r 10.0.0.2`. */
export function lineOf(text: string): Line {
  const at = text.indexOf(" < ");
  const [command, input] = at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 3)];
  return { words: wordsOf(command), input: input.replaceAll(" / ", "\n").replaceAll("\\t", "\t") };
}

const wordsOf = (text: string): readonly string[] =>
  (text.match(/'[^']*'|[^ ]+/g) ?? []).map((word) => word.replaceAll("'", ""));

export const storyOf = (...lines: readonly string[]): Story => lines.map(lineOf);

export const textOf = ({ words, input }: Line): string =>
  `${words.map((word) => (/^[^ ']+$/.test(word) ? word : `'${word}'`)).join(" ")}${
    input === "" ? "" : ` < ${input.replaceAll("\n", " / ")}`
  }`;
