/** What is done to ask a server, as one check of the file says it. */
import { type Ip, parseIp } from "../base/ip.ts";
import { days, type Millis } from "../base/units.ts";
import type { DialogueStep, Match, ProbeAction, TlsOptions } from "./check-types.ts";
import { formatEndpoint } from "./endpoint.ts";
import type { FileCheck } from "./schema/checks.ts";

/** A server, unless the check names another address or port. */
export interface CheckTarget {
  readonly address: Ip;
  readonly port: number;
}

/** Undefined where nothing is asked. */
export function actionOf(file: FileCheck, target: CheckTarget): ProbeAction | undefined {
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

function httpAction(file: FileCheck, target: CheckTarget): ProbeAction {
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
  if (contains !== undefined) return { kind: "contains", text: octets(contains) };
  if (regex !== undefined) return { kind: "regex", text: regex };
  return digest === undefined ? undefined : { kind: "digest", text: digest.toLowerCase() };
}

const WARN_BEFORE: Millis = days(14);

const tlsOf = ({ verify, serverName, caFile, warnBefore, host }: FileCheck): TlsOptions => ({
  verify: verify ?? true,
  serverName: serverName ?? (host === undefined ? undefined : nameIn(host)),
  caFile,
  warnBefore: warnBefore ?? WARN_BEFORE,
});

/** Without its port; undefined for an address, which is no TLS server name (RFC 6066 §3). */
function nameIn(host: string): string | undefined {
  const name = host.replace(/:\d+$/, "");
  const isAddress = [host, name].some((text) => parseIp(text.replace(/^\[|\]$/g, "")));
  return isAddress ? undefined : name;
}

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

/** A character for each octet of its UTF-8. */
const octets = (text: string): string => Buffer.from(text).toString("latin1");

/** `\r`, `\n`, `\t`, `\\` and `\x00` also where YAML left them alone. */
const unescaped = (text: string): string =>
  octets(text).replaceAll(
    /\\(?:([rnt\\])|x([0-9a-fA-F]{2}))/g,
    (_, letter?: string, hex?: string) =>
      letter === undefined
        ? String.fromCharCode(Number.parseInt(hex ?? "0", 16))
        : (ESCAPES[letter] ?? ""),
  );
