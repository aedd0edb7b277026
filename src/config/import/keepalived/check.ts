/** Checkers of a real server: TCP_CHECK, HTTP_GET and the others, as checks of baton. */
import { parseIp } from "../../../base/ip.ts";
import { changed, idle, lost, type Outcome, type Statement, taken, undecided } from "../types.ts";
import { commandOf, durationOf, numberIn, refusal, wordAt } from "../values.ts";
import type { Claim, Handler } from "../walk.ts";
import { needsUser, userIn } from "./notify.ts";
import { type Defaults, type Pace, paceTable } from "./pace.ts";
import { all, isOn } from "./reading.ts";
import { urlClaim } from "./url.ts";

/** A checker while its block is read. */
export interface CheckDraft {
  readonly statement: Statement;
  readonly pace: Pace;
  readonly defaults: Defaults;
  /** Keys of baton's check, all of them but the pace. */
  readonly keys: Record<string, unknown>;
  /** One check for each URL, or host of SMTP; keepalived asks all of them. */
  readonly urls: Record<string, unknown>[];
  /** A misc_timeout, where the connect_timeout is not meant. */
  timeout: number | undefined;
  user: string | undefined;
}

const START = 1;
const TYPES: Readonly<Record<string, { type: string; defaults: Defaults; outcome: Outcome }>> = {
  TCP_CHECK: { type: "tcp", defaults: { retry: 1, before: 1 }, outcome: taken },
  HTTP_GET: { type: "http", defaults: { retry: 1, before: 3 }, outcome: taken },
  SSL_GET: {
    type: "https",
    defaults: { retry: 1, before: 3 },
    outcome: changed("keepalived verifies no certificate, so that verify is false"),
  },
  SMTP_CHECK: { type: "smtp", defaults: { retry: 1, before: START }, outcome: taken },
  DNS_CHECK: { type: "dns", defaults: { retry: 3, before: undefined }, outcome: taken },
  MISC_CHECK: { type: "exec", defaults: { retry: 0, before: START }, outcome: taken },
  PING_CHECK: { type: "ping", defaults: { retry: 1, before: START }, outcome: taken },
  UDP_CHECK: { type: "udp", defaults: { retry: 1, before: START }, outcome: taken },
};

const FILE_CHECK = undecided(
  "keepalived adds the number in the file, times its weight, to the server's; baton's check " +
    "{ type: file, path: FILE } takes the number for the weight: write that, and put it there",
);

/** By keyword; each draft goes to `add`. */
export function checkTable(add: (draft: CheckDraft) => unknown): Record<string, Handler> {
  const known = Object.entries(TYPES).map(([word, { type, defaults, outcome }]) => {
    const handler: Handler = (statement): Claim => {
      const keys = { type, ...(type === "https" && { verify: false }) };
      const draft: CheckDraft = {
        statement,
        pace: {},
        defaults,
        keys,
        urls: [],
        timeout: undefined,
        user: undefined,
      };
      add(draft);
      return { outcome, inside: { known: { ...common(draft), ...own(word, draft) } } };
    };
    return [word, handler] as const;
  });
  return {
    ...Object.fromEntries(known),
    BFD_CHECK: () => lost("baton speaks no BFD"),
    FILE_CHECK: () => FILE_CHECK,
  };
}

const common = ({ pace, keys }: CheckDraft): Record<string, Handler> => ({
  ...paceTable(pace),
  ...target(keys),
});

/** Where a check goes, and where it comes from. */
function target(keys: Record<string, unknown>): Record<string, Handler> {
  const address =
    (key: "address" | "source"): Handler =>
    (statement) => {
      const value = parseIp(wordAt(statement, 1));
      if (value === undefined) return lost(`${wordAt(statement, 1)} is no address`);
      keys[key] = value;
      return taken;
    };
  return {
    connect_ip: address("address"),
    bindto: address("source"),
    connect_port: (statement) => {
      const range = { min: 1, max: 65_535 };
      const port = numberIn(wordAt(statement, 1), range);
      if (port === undefined) return refusal(statement, range);
      keys["port"] = port;
      return taken;
    },
    ...all("bind_port bind_if fwmark", lost("the kernel chooses it")),
  };
}

function own(word: string, draft: CheckDraft): Record<string, Handler> {
  switch (word) {
    case "HTTP_GET":
    case "SSL_GET":
      return http(draft);
    case "SMTP_CHECK":
      return smtp(draft);
    case "DNS_CHECK":
      return dns(draft);
    case "MISC_CHECK":
      return misc(draft);
    case "UDP_CHECK":
      return udp(draft);
    default:
      return {};
  }
}

function http({ urls, keys }: CheckDraft): Record<string, Handler> {
  return {
    url: () => {
      const keysOfUrl: Record<string, unknown> = {};
      urls.push(keysOfUrl);
      return urlClaim(keysOfUrl);
    },
    virtualhost: (statement) => {
      keys["host"] = wordAt(statement, 1);
      return taken;
    },
    http_protocol: () => idle("baton speaks HTTP/1.1, and closes"),
    fast_recovery: () => idle("every URL has a rhythm of its own"),
    enable_sni: () => idle("the name of the host is always said"),
    sni_name: (statement) => {
      keys["serverName"] = wordAt(statement, 1);
      return taken;
    },
    tls_compliant: () => idle("an end without a goodbye is none the worse"),
  };
}

const smtp = ({ keys, urls }: CheckDraft): Record<string, Handler> => ({
  helo_name: (statement) => {
    keys["hello"] = wordAt(statement, 1);
    return taken;
  },
  host: () => {
    const keysOfHost: Record<string, unknown> = {};
    urls.push(keysOfHost);
    return { outcome: taken, inside: { known: target(keysOfHost) } };
  },
});

const RECORDS = new Set(["A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "TXT"]);

const dns = ({ keys }: CheckDraft): Record<string, Handler> => ({
  type: (statement) => {
    const type = wordAt(statement, 1).toUpperCase();
    if (!RECORDS.has(type)) return lost(`baton does not ask for ${type}`);
    keys["recordType"] = type;
    return taken;
  },
  name: (statement) => {
    keys["name"] = wordAt(statement, 1);
    return taken;
  },
});

function misc(draft: CheckDraft): Record<string, Handler> {
  const { keys } = draft;
  return {
    misc_path: (statement) => {
      keys["command"] = commandOf(statement.words.slice(1).join(" "));
      return changed("a program that can not be run has failed; in keepalived it succeeds");
    },
    misc_timeout: (statement) => {
      const range = { min: 0.01, max: 300, fraction: true };
      const value = numberIn(wordAt(statement, 1), range);
      if (value === undefined) return refusal(statement, range);
      draft.timeout = value;
      return taken;
    },
    misc_dynamic: (statement) => {
      if (isOn(statement) !== false) keys["weightFromExit"] = true;
      return taken;
    },
    user: (statement) => {
      draft.user = userIn(statement.words.slice(1));
      return taken;
    },
  };
}

function udp({ keys }: CheckDraft): Record<string, Handler> {
  return {
    payload: (statement) => {
      const bytes = hexBytes(statement.words.slice(1));
      if (bytes === undefined) return lost("is not written in hexadecimal digits");
      keys["send"] = bytes.map((byte) => `\\x${byte}`).join("");
      return taken;
    },
    require_reply: (statement) => {
      keys["reply"] = true;
      return statement.words.length > 1 ? lost("any answer will do for baton") : taken;
    },
    ...all("min_reply_length max_reply_length", lost("the length of an answer is not looked at")),
  };
}

/** `Ab12f 3` is ab 12 0f 03. */
function hexBytes(words: readonly string[]): readonly string[] | undefined {
  if (words.some((word) => !/^[0-9a-fA-F]+$/.test(word))) return undefined;
  return words.flatMap((word) =>
    (word.match(/.{1,2}/g) ?? []).map((pair) => pair.padStart(2, "0").toLowerCase()),
  );
}

export interface Around {
  readonly pace: Record<string, unknown>;
  /** What server and service say. */
  readonly host: string | undefined;
  /** Where a check of the network goes that names no port, if it is not the server's. */
  readonly port: number | undefined;
  /** script_user. */
  readonly user: string | undefined;
}

const NO_PORT: ReadonlySet<string> = new Set(["exec", "ping"]);

/** The checks of baton that one checker makes. */
export function checksOf(
  { keys, urls, timeout, user }: CheckDraft,
  { pace, host, port, user: usual }: Around,
): readonly Record<string, unknown>[] {
  const { type, ...rest } = keys;
  const web = type === "http" || type === "https";
  const patient = timeout === undefined ? pace : { ...pace, timeout: durationOf(timeout) };
  const fallback = web && host !== undefined ? { host } : {};
  const whom = user ?? usual;
  const at = NO_PORT.has(String(type)) || port === undefined ? {} : { port };
  const as = type === "exec" && needsUser(whom) ? { user: whom } : {};
  const each = urls.length === 0 ? [{}] : urls;
  return each.map((one) => ({ type, ...fallback, ...at, ...rest, ...one, ...as, ...patient }));
}
