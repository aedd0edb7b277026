/** Checks as the file writes them to probes, each distinct one once, and what their answers mean. */
import { familyOf, type Ip } from "../base/ip.ts";
import { days, type Millis, ms } from "../base/units.ts";
import type {
  Check,
  DialogueStep,
  HealthPolicy,
  Match,
  Probe,
  ProbeAction,
  TlsOptions,
} from "./check-types.ts";
import { error, type Place, type Problem } from "./report.ts";
import type { FileCheck } from "./schema/checks.ts";
import type { FileService } from "./schema.ts";
import { formatEndpoint } from "./values.ts";

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

/** Collects the probes of all services. */
export interface Probes {
  readonly list: Probe[];
  readonly positions: Map<string, number>;
  readonly problems: Problem[];
}

export const newProbes = (problems: Problem[]): Probes => ({
  list: [],
  positions: new Map(),
  problems,
});

type FileChecks = FileService["check"];

const listed = (checks: FileChecks): readonly FileCheck[] => {
  if (checks === undefined || checks === "none") return [];
  return "type" in checks ? [checks] : checks;
};

interface Target {
  readonly address: Ip;
  readonly port: number;
}

/** What one server is asked: for the service, and for itself. */
export function resolveChecks(
  probes: Probes,
  target: Target,
  ...groups: readonly { readonly checks: FileChecks; readonly place: Place }[]
): readonly Check[] {
  return groups.flatMap(({ checks, place }) => {
    const several = Array.isArray(checks);
    return listed(checks).flatMap((check, i) => {
      const here = several ? [...place, i] : place;
      return resolveCheck(probes, target, check, here);
    });
  });
}

function resolveCheck(
  probes: Probes,
  target: Target,
  file: FileCheck,
  place: Place,
): readonly Check[] {
  const found = [...strangers(file), ...contradictions(file), ...unaimed(file, target)];
  probes.problems.push(...found.map(([key, message]) => error([...place, ...key], message)));
  const action = actionOf(file, target);
  if (!action || found.length > 0) return [];
  const probe: Probe = {
    action,
    target: { address: file.address ?? target.address, port: file.port ?? target.port },
    source: file.source,
    interval: file.interval,
    timeout: file.timeout,
    connectTimeout: ms(Math.min(file.connectTimeout ?? file.timeout, file.timeout)),
    jitter: ms(Math.min(file.jitter, file.interval / 2)),
  };
  const { rise, fall, minWeight = 0, maxWeight = MAX_WEIGHT } = file;
  return [{ probe: positionOf(probes, probe), rise, fall, minWeight, maxWeight }];
}

const MAX_WEIGHT = 65_535;

/** Equal questions are one probe. */
function positionOf({ list, positions }: Probes, probe: Probe): number {
  const key = JSON.stringify(probe);
  const known = positions.get(key);
  if (known !== undefined) return known;
  positions.set(key, list.length);
  list.push(probe);
  return list.length - 1;
}

type Complaint = readonly [key: Place, message: string];

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

function unaimed(file: FileCheck, target: Target): readonly Complaint[] {
  const port = file.port ?? target.port;
  if (port === 0 && !PORTLESS.includes(file.type)) {
    return [[["port"], `is missing: ${target.address} has none that could be asked`]];
  }
  const { source, address = target.address } = file;
  if (source === undefined || familyOf(source) === familyOf(address)) return [];
  return [[["source"], `${source} can not ask ${address}: one is IPv4, one IPv6`]];
}

function actionOf(file: FileCheck, target: Target): ProbeAction | undefined {
  switch (file.type) {
    case "none":
      return undefined;
    case "tcp":
    case "ping":
      return { kind: file.type };
    case "http":
    case "https":
      return httpAction(file, target);
    case "tls":
      return { kind: "tls", tls: tlsOf(file) };
    case "udp":
      return { kind: "udp", send: unescaped(file.send ?? ""), reply: file.reply ?? false };
    case "file":
      return { kind: "file", path: file.path ?? "" };
    case "exec": {
      const { command = [], weightFromExit = false, user } = file;
      return { kind: "exec", command, weightFromExit, user };
    }
    case "dns":
      return dnsAction(file);
    case "smtp":
      return { kind: "dialogue", over: file.over ?? "tcp", tls: tlsOf(file), steps: smtp(file) };
    case "dialogue": {
      const steps = (file.steps ?? []).map(dialogueStep);
      return { kind: "dialogue", over: file.over ?? "tcp", tls: tlsOf(file), steps };
    }
  }
}

const OK: readonly (readonly [number, number])[] = [[200, 299]];

function httpAction(file: FileCheck, target: Target): ProbeAction {
  const { address = target.address, port = target.port } = file;
  const usual = port === (file.type === "https" ? 443 : 80);
  return {
    kind: "http",
    tls: file.type === "https" ? tlsOf(file) : undefined,
    http2: file.http2 ?? false,
    method: file.method ?? "GET",
    host: file.host ?? formatEndpoint({ address, port: usual ? undefined : port }),
    path: file.path ?? "/",
    headers: file.headers ?? {},
    body: file.body,
    status: file.status?.map(rangeOf) ?? OK,
    match: matchOf(file),
    redirects: file.redirects ?? 0,
  };
}

function rangeOf(code: number | string): readonly [number, number] {
  if (typeof code === "number") return [code, code];
  const [low, high] = code.split("-").map(Number);
  return [low ?? 0, high ?? 0];
}

function matchOf({ contains, regex, digest }: FileCheck): Match | undefined {
  if (contains !== undefined) return { kind: "contains", text: contains };
  if (regex !== undefined) return { kind: "regex", text: regex };
  return digest === undefined ? undefined : { kind: "digest", text: digest.toLowerCase() };
}

const WARN_BEFORE: Millis = days(14);

const tlsOf = ({ verify, serverName, caFile, warnBefore, host }: FileCheck): TlsOptions => ({
  verify: verify ?? true,
  serverName: serverName ?? (host === undefined ? undefined : host.replace(/:\d+$/, "")),
  caFile,
  warnBefore: warnBefore ?? WARN_BEFORE,
});

const dnsAction = (file: FileCheck): ProbeAction => ({
  kind: "dns",
  over: file.over === "tcp" ? "tcp" : "udp",
  name: file.name ?? ".",
  recordType: file.recordType ?? "SOA",
  rcode: file.rcode ?? "NOERROR",
  answer: file.answer,
});

const smtp = ({ hello }: FileCheck): readonly DialogueStep[] => [
  { kind: "regex", text: "(^|\\n)220[ \\r\\n]" },
  { kind: "send", text: `HELO ${hello ?? "baton"}\r\n` },
  { kind: "regex", text: "(^|\\n)250[ \\r\\n]" },
  { kind: "send", text: "QUIT\r\n" },
];

type FileStep = NonNullable<FileCheck["steps"]>[number];

function dialogueStep({ send, expect, contains, regex }: FileStep): DialogueStep {
  if (send !== undefined) return { kind: "send", text: unescaped(send) };
  if (expect !== undefined) return { kind: "prefix", text: unescaped(expect) };
  if (contains !== undefined) return { kind: "contains", text: unescaped(contains) };
  return { kind: "regex", text: regex ?? "" };
}

const ESCAPES: Readonly<Record<string, string>> = { r: "\r", n: "\n", t: "\t", "\\": "\\" };

/** `\r`, `\n`, `\t`, `\\` and `\x00` also where YAML left them alone. */
const unescaped = (text: string): string =>
  text.replaceAll(/\\(?:([rnt\\])|x([0-9a-fA-F]{2}))/g, (_, letter?: string, hex?: string) =>
    letter === undefined
      ? String.fromCharCode(Number.parseInt(hex ?? "0", 16))
      : (ESCAPES[letter] ?? ""),
  );

export const resolveHealth = (file: FileService): HealthPolicy => ({
  onFailure: file.onFailure,
  removal: file.removal,
  drainLimit: file.drainLimit,
  assumeUp: file.assumeUp,
  slowStart: file.slowStart,
  damping: file.damping,
  quorum: file.quorum,
  hysteresis: file.hysteresis,
  penalty: file.quorumPenalty,
  onQuorum: { ...file.onQuorum, user: file.onQuorum.user },
  share: file.doubt.share / 100,
  patience: file.doubt.patience,
});
