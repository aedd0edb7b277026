/** What is read of another program's configuration, and what becomes of each statement. */

/** Where something stands; both counts from 1. */
export interface Origin {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** As it stands there, secrets taken out. */
  readonly text: string;
}

/** A keyword with what follows it; expansions of one line share their origin. */
export interface Statement {
  readonly origin: Origin;
  /** The keyword first; quotes are off. */
  readonly words: readonly string[];
  /** Its words stand in the file as they are: nothing was put in. */
  readonly literal: boolean;
  /** What stands between its braces. */
  readonly block: readonly Statement[] | undefined;
}

export type Verdict = "taken" | "changed" | "dropped" | "undecided";

export interface Outcome {
  readonly verdict: Verdict;
  /** Empty where there is nothing to explain. */
  readonly why: string;
  /** Something is missing without it. */
  readonly matters: boolean;
}

/** A line that no block holds: a definition, an include, a line for another host. */
export interface Aside {
  readonly origin: Origin;
  readonly outcome: Outcome;
}

export interface Source {
  readonly file: string;
  readonly statements: readonly Statement[];
  readonly asides: readonly Aside[];
}

/** The world outside, as far as includes need it. */
export interface Files {
  /** Undefined where there is no such file; throws where it can not be read. */
  read(path: string): string | undefined;
  /** Names in a folder; empty where there is no such folder. */
  list(folder: string): readonly string[];
}

export const keywordOf = ({ words }: Statement): string => words[0] ?? "";

export const taken: Outcome = { verdict: "taken", why: "", matters: false };

/** Taken, and there is something to know about it. */
export const takenAs = (why: string): Outcome => ({ verdict: "taken", why, matters: false });

export const changed = (why: string): Outcome => ({ verdict: "changed", why, matters: false });

/** Nothing is missing without it. */
export const idle = (why: string): Outcome => ({ verdict: "dropped", why, matters: false });

/** Somebody relied on it. */
export const lost = (why: string): Outcome => ({ verdict: "dropped", why, matters: true });

export const undecided = (why: string): Outcome => ({ verdict: "undecided", why, matters: true });
