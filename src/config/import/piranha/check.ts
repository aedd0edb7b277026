/** What nanny asked a real server, as a check of baton. */
import type { Ip } from "../../../base/ip.ts";
import { changed, idle, type Outcome, takenAs } from "../types.ts";
import { durationOf } from "../values.ts";

export interface Nanny {
  send?: string;
  expect?: string;
  program?: string;
  regex: boolean;
  /** Seconds between questions, and for each of them. */
  timeout: number;
  /** Seconds that a failed server must be good for. */
  reentry: number;
}

export interface Asked {
  /** The check of a server; none where nothing was asked. */
  readonly check: (address: Ip, port: number) => unknown;
  /** By key of the block. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
}

const MOST = 20;
const HTTP = 80;

interface Of {
  readonly protocol: "tcp" | "udp";
  readonly port: number;
}

export function checkOf(nanny: Nanny, of: Of): Asked {
  const outcomes = new Map<string, Outcome>();
  const pace = paceOf(nanny, outcomes);
  const { program, send, expect } = nanny;
  if (program !== undefined) {
    outcomes.set("program", changed("a program that fails or says nothing now means down"));
    if (send !== undefined) outcomes.set("send", idle("send_program counts instead"));
    return {
      outcomes,
      check: (address, port) => ({
        type: "exec",
        command: commandOf(nanny, address, port),
        ...pace,
      }),
    };
  }
  if (send !== undefined || expect !== undefined) {
    const steps = stepsOf(nanny, outcomes);
    return { outcomes, check: () => ({ type: "dialogue", over: of.protocol, steps, ...pace }) };
  }
  if (of.protocol === "udp") {
    return { outcomes, check: () => ({ type: "udp", ...pace }) };
  }
  if (of.port !== HTTP) return { outcomes, check: () => ({ type: "tcp", ...pace }) };
  // nanny took a service on port 80 for a web server.
  const steps = [{ send: "GET / HTTP/1.0\\r\\n\\r\\n" }, { expect: "HTTP" }];
  return { outcomes, check: () => ({ type: "dialogue", steps, ...pace }) };
}

function paceOf(
  { timeout, reentry }: Nanny,
  outcomes: Map<string, Outcome>,
): Record<string, unknown> {
  const wanted = Math.max(1, Math.ceil(reentry / timeout));
  const rise = Math.min(wanted, MOST);
  const good = `${rise} good answers in a row`;
  outcomes.set(
    "reentry",
    rise === wanted ? takenAs(good) : changed(`${good}, the most that baton counts`),
  );
  const why = "how often is asked, and how long an answer may take: a shorter timeout is better";
  outcomes.set("timeout", takenAs(why));
  const seconds = durationOf(timeout);
  return { interval: seconds, timeout: timeout > 300 ? "5m" : seconds, rise, fall: 1 };
}

/** Quotes are escaped there, and not in baton.yaml. */
const plain = (text: string): string => text.replaceAll(/\\(["'])/g, "$1");

function stepsOf(nanny: Nanny, outcomes: Map<string, Outcome>): Record<string, string>[] {
  const { send, expect, regex } = nanny;
  const steps: Record<string, string>[] = [];
  if (send !== undefined) steps.push({ send: plain(send) });
  if (expect === undefined) {
    outcomes.set("send", changed("no answer is waited for, as nothing says what to expect"));
  } else if (expect === "*") steps.push({ regex: "." });
  else if (regex) {
    steps.push({ regex: plain(expect) });
    outcomes.set("expect", changed("JavaScript's regular expressions, not POSIX's"));
  } else steps.push({ expect: plain(expect) });
  return steps;
}

/** `%h` and `%p` are the server's; what is printed must be what is expected. */
function commandOf({ program = "", expect }: Nanny, address: Ip, port: number): readonly string[] {
  const text = program.replaceAll("%h", address).replaceAll("%p", String(port));
  if (expect === undefined) return text.split(/\s+/);
  const quoted = `'${plain(expect).replaceAll("'", "'\\''")}'`;
  return ["/bin/sh", "-c", `test "$(${text})" = ${quoted}`];
}
