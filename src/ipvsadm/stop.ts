/** What ends a command line: words for stderr and an exit code, as ipvsadm has them. */

export class Stop extends Error {
  override readonly name = "Stop";
  readonly code: number;
  /** A line of `-R` that is refused by popt is passed over; all others end the whole run. */
  readonly ends: boolean;

  constructor(code: number, text: string, ends = true) {
    super(text);
    this.code = code;
    this.ends = ends;
  }
}

/** ipvsadm found it wrong by itself. */
export const wrong = (text: string): Stop => new Stop(2, `${text}\n`);

/** popt found a word that it does not know, or one without its value. */
export const unread = (word: string, what: string): Stop =>
  new Stop(255, `${word}: ${what}\n`, false);

/** Nothing to begin with. */
export const tryHelp = (program: string): Stop =>
  new Stop(255, `Try \`${program} -h' or '${program} --help' for more information.\n`);
