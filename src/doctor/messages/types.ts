/** A message of a program that baton replaces. */

export interface OldMessage {
  readonly program: string;
  /** As it was written; `…` stands for names, addresses and numbers. */
  readonly text: string;
  readonly meant: string;
  /** The usual ones, the most frequent first. */
  readonly causes: readonly string[];
  /** What to do with baton. */
  readonly baton: string;
}

/** Of one program. */
export const saidBy =
  (program: string) =>
  (text: string, meant: string, causes: readonly string[], baton: string): OldMessage => ({
    program,
    text,
    meant,
    causes,
    baton,
  });
