/** What doctor says about one thing that it looked at. */
import { sysctlWord } from "./sysctl-names.ts";

/** A note is worth knowing and needs nothing; what could not be judged is a note, too. */
export type Severity = "ok" | "note" | "warning" | "error";

/** The worst first. */
export const SEVERITIES = ["error", "warning", "note", "ok"] as const;

/** In the order in which a person looks. */
export const THEMES = [
  "configuration",
  "rights",
  "kernel",
  "interfaces",
  "addresses",
  "routing",
  "ipvs",
  "connection sync",
  "firewall",
  "peer",
  "segment",
  "real servers",
  "other programs",
  "network managers",
  "host",
] as const;

export type Theme = (typeof THEMES)[number];

/** What `--fix` may do by itself: nothing of it moves an address or ends a connection. */
export type Fix =
  | { readonly kind: "sysctl"; readonly name: string; readonly value: string }
  | { readonly kind: "module"; readonly name: string };

export interface Finding {
  readonly severity: Severity;
  /** Stable, for programs: `rp-filter`. */
  readonly code: string;
  readonly theme: Theme;
  readonly seen: string;
  /** Undefined where all is well. */
  readonly why: string | undefined;
  /** A command or a sentence. */
  readonly remedy: string | undefined;
  readonly fix: Fix | undefined;
  /** False: it could not be looked at, or not told by that. */
  readonly judged: boolean;
}

export interface Advice {
  readonly why: string;
  readonly remedy?: string | undefined;
  readonly fix?: Fix | undefined;
}

type Make = (code: string, seen: string, advice: Advice) => Finding;

export interface Makers {
  readonly ok: (code: string, seen: string) => Finding;
  readonly note: Make;
  /** A note that something could not be looked at. */
  readonly unjudged: Make;
  readonly warning: Make;
  readonly error: Make;
}

/** The ways to make findings of one theme. */
export function about(theme: Theme): Makers {
  const make =
    (severity: Severity, judged = true): Make =>
    (code, seen, { why, remedy, fix }) => ({
      severity,
      code,
      theme,
      seen,
      why,
      remedy: remedy ?? (fix && commandOf(fix)),
      fix,
      judged,
    });
  return {
    ok: (code, seen) => ({
      severity: "ok",
      code,
      theme,
      seen,
      why: undefined,
      remedy: undefined,
      fix: undefined,
      judged: true,
    }),
    note: make("note"),
    unjudged: make("note", false),
    warning: make("warning"),
    error: make("error"),
  };
}

/** As a person would type it. */
export function commandOf(fix: Fix): string {
  if (fix.kind === "module") return `modprobe ${fix.name}`;
  const word = `${sysctlWord(fix.name)}=${fix.value}`;
  return `sysctl -w ${word.includes(" ") ? `'${word}'` : word}`;
}

export const sysctl = (name: string, value: string): Fix => ({ kind: "sysctl", name, value });

export const countOf = (findings: readonly Finding[], severity: Severity): number =>
  findings.filter((one) => one.severity === severity).length;

/** 0: nothing worse than a note. */
export const exitOf = (findings: readonly Finding[]): 0 | 1 =>
  countOf(findings, "error") + countOf(findings, "warning") === 0 ? 0 : 1;
