/** What can not be meant by a check: keys that contradict its type, each other or its server. */
import { familyOf } from "../base/ip.ts";
import type { CheckTarget } from "./check-actions.ts";
import type { Place } from "./report.ts";
import type { FileCheck } from "./schema/checks.ts";

export const MAX_WEIGHT = 65_535;

type CheckType = FileCheck["type"];
type Key = keyof FileCheck;

const HTTP: readonly CheckType[] = ["http", "https"];
const TLS: readonly CheckType[] = ["https", "tls", "dialogue", "smtp"];

/** Keys that only some types know; the rest is for all of them. */
const TYPES_OF: Partial<Record<Key, readonly CheckType[]>> = {
  method: HTTP,
  host: HTTP,
  path: [...HTTP, "file"],
  headers: HTTP,
  body: HTTP,
  status: HTTP,
  digest: HTTP,
  redirects: HTTP,
  http2: ["https"],
  contains: HTTP,
  regex: HTTP,
  verify: TLS,
  serverName: TLS,
  caFile: TLS,
  warnBefore: TLS,
  name: ["dns"],
  recordType: ["dns"],
  rcode: ["dns"],
  answer: ["dns"],
  over: ["dns", "dialogue", "smtp"],
  hello: ["smtp"],
  steps: ["dialogue"],
  send: ["udp"],
  reply: ["udp"],
  command: ["exec"],
  weightFromExit: ["exec"],
  user: ["exec"],
  minWeight: ["exec", "file"],
  maxWeight: ["exec", "file"],
};

/** Below the check's own place in the file. */
type Complaint = readonly [key: Place, message: string];

export const complaintsOf = (file: FileCheck, target: CheckTarget): readonly Complaint[] => [
  ...strangers(file),
  ...contradictions(file),
  ...unaimed(file, target),
];

function strangers(file: FileCheck): readonly Complaint[] {
  return (Object.keys(file) as Key[]).flatMap((key): readonly Complaint[] => {
    const types = TYPES_OF[key];
    if (file[key] === undefined || !types || types.includes(file.type)) return [];
    return [[[key], `is for ${types.join(", ")}, not for ${file.type}`]];
  });
}

function contradictions(file: FileCheck): readonly Complaint[] {
  const found: Complaint[] = [];
  if (file.type === "exec" && !file.command?.[0]?.startsWith("/")) {
    found.push([["command"], "needs a program by its absolute path, and its arguments"]);
  }
  if (file.type === "file" && !file.path?.startsWith("/")) {
    found.push([["path"], "needs the absolute path of the file to read"]);
  }
  if (file.type === "dialogue" && (file.steps ?? []).length === 0) {
    found.push([["steps"], "needs steps: what is said and what is expected"]);
  }
  if (file.type === "dns" && file.over === "tls") found.push([["over"], "is udp or tcp for dns"]);
  const matches = (["contains", "regex", "digest"] as const).filter(
    (key) => file[key] !== undefined,
  );
  if (matches.length > 1) found.push([[matches[1] ?? ""], `there is ${matches[0]} too: write one`]);
  if (HTTP.includes(file.type) && file.path !== undefined && !/^\/\S*$/.test(file.path)) {
    found.push([
      ["path"],
      `${JSON.stringify(file.path)} does not begin with / or has a blank in it`,
    ]);
  }
  if (file.minWeight !== undefined && file.minWeight > (file.maxWeight ?? MAX_WEIGHT)) {
    found.push([["minWeight"], `${file.minWeight} is above the maxWeight ${file.maxWeight}`]);
  }
  for (const [i, step] of (file.steps ?? []).entries()) {
    if (Object.values(step).filter((value) => value !== undefined).length !== 1) {
      found.push([["steps", i], "is one of send, expect, contains and regex"]);
    }
    if (step.regex !== undefined && !isRegex(step.regex)) {
      found.push([["steps", i, "regex"], notARegex(step.regex)]);
    }
  }
  if (file.regex !== undefined && !isRegex(file.regex))
    found.push([["regex"], notARegex(file.regex)]);
  return found;
}

const notARegex = (text: string): string => `${JSON.stringify(text)} is not a regular expression`;

function isRegex(text: string): boolean {
  try {
    return Boolean(new RegExp(text, "u"));
  } catch {
    return false;
  }
}

/** Types that need no port. */
const PORTLESS: readonly CheckType[] = ["none", "ping", "exec", "file"];

function unaimed(file: FileCheck, target: CheckTarget): readonly Complaint[] {
  const port = file.port ?? target.port;
  if (port === 0 && !PORTLESS.includes(file.type)) {
    return [[["port"], `is missing: ${target.address} has none that could be asked`]];
  }
  const { source, address = target.address } = file;
  if (source === undefined || familyOf(source) === familyOf(address)) return [];
  return [[["source"], `${source} can not ask ${address}: one is IPv4, one IPv6`]];
}
