/** What a picture may use of the terminal. */

export interface Room {
  readonly columns: number;
  readonly rows: number;
  /** Lines that were scrolled past. */
  readonly skip: number;
  /** Block characters can be shown. */
  readonly unicode: boolean;
}

/** `*` before what has changed since the last picture. */
export const changeMark = (was: string | undefined, is: string): string =>
  was !== undefined && was !== is ? "*" : " ";
