/** The keys about checks of real servers, and about what follows from them. */
import * as z from "zod/mini";
import { days, hours, minutes, ms, seconds } from "../../base/units.ts";
import { parseFile, parseHostAddress } from "../values.ts";
import {
  command,
  doc,
  duration,
  either,
  flag,
  list,
  named,
  oneOf,
  parsed,
  port,
  section,
  text,
  user,
  whole,
  words,
} from "./scalars.ts";

export const CHECK_TYPES = [
  "none",
  "tcp",
  "http",
  "https",
  "tls",
  "dns",
  "smtp",
  "dialogue",
  "udp",
  "ping",
  "exec",
  "file",
] as const;

/** The core looks no further back than this. */
const MAX_RUN = 20;
const MAX_WEIGHT = 65_535;
const MAX_STEPS = 16;
const RECORD_TYPES = ["A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "TXT"] as const;
const RCODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"] as const;

const digest = () =>
  text(
    "64 hexadecimal digits of a SHA-256, or 32 of an MD5",
    32,
    64,
    /^([0-9a-fA-F]{32}|[0-9a-fA-F]{64})$/,
  );
const wait = () => duration({ min: ms(10), max: minutes(5) });

const step = section({
  send: doc(
    "What is said to the server; \\r\\n ends a line of most protocols.",
    z.optional(words("a text")),
  ),
  expect: doc("The answer begins with this.", z.optional(words("a text"))),
  contains: doc("The text of the answer has this in it.", z.optional(words("a text"))),
  regex: doc(
    "A JavaScript regular expression that the answer matches.",
    z.optional(words("a text")),
  ),
});

const pace = {
  interval: doc(
    "From one question to the next. Shorter finds a dead server sooner, and costs both sides more.",
    z.prefault(duration({ min: ms(100), max: hours(1) }), "5s"),
  ),
  timeout: doc("What is not answered by then has failed.", z.prefault(wait(), "3s")),
  connectTimeout: doc("For the connection alone; `timeout` by default.", z.optional(wait())),
  jitter: doc(
    "Each question is so much early or late at most, so that many do not march in step.",
    z.prefault(duration({ min: ms(0), max: minutes(1) }), "0s"),
  ),
  rise: doc("Successes in a row that bring a server back.", z.prefault(whole(1, MAX_RUN), 2)),
  fall: doc("Failures in a row that take it out.", z.prefault(whole(1, MAX_RUN), 2)),
  source: doc(
    "The address that is asked from; the kernel's choice by default.",
    z.optional(parsed("an IP address", parseHostAddress)),
  ),
  address: doc(
    "Asked instead of the server's address.",
    z.optional(parsed("an IP address", parseHostAddress)),
  ),
  port: doc("Asked instead of the server's port.", z.optional(port())),
};

const http = {
  method: doc("http: GET by default.", z.optional(oneOf(["GET", "HEAD", "POST", "OPTIONS"]))),
  host: doc("http: the Host header; the server's address by default.", z.optional(words("a name"))),
  path: doc(
    "http: what is asked for, / by default. file: the file that is read.",
    z.optional(words("a path")),
  ),
  headers: doc(
    "http: more headers by name.",
    z.optional(named("headers to texts", words("a text"))),
  ),
  body: doc("http: sent with POST.", z.optional(words("a text"))),
  status: doc(
    "http: a list of codes that are fine, single ones or ranges; 200-299 by default.",
    z.optional(
      list(
        "codes such as 204 or 200-299",
        either(
          "a code or a range",
          whole(100, 599),
          text("a range of codes such as 200-299", 7, 7, /^[1-5]\d\d-[1-5]\d\d$/),
        ),
      ),
    ),
  ),
  digest: doc(
    "http: SHA-256 of the body, or MD5 as keepalived has it, in hexadecimal digits.",
    z.optional(digest()),
  ),
  redirects: doc(
    "http: so many redirects on the same server are followed; 0 by default.",
    z.optional(whole(0, 5)),
  ),
  http2: doc(
    "https: HTTP/2 where the server chooses it (ALPN), else HTTP/1.1; false by default.",
    z.optional(flag()),
  ),
};

const tls = {
  verify: doc(
    "https, tls: whether the certificate must be good; true by default.",
    z.optional(flag()),
  ),
  serverName: doc(
    "https, tls: the name that is asked for and must be in the certificate.",
    z.optional(words("a name")),
  ),
  caFile: doc(
    "https, tls: trusted certificates in PEM, instead of the system's.",
    z.optional(parsed("a path", parseFile)),
  ),
  warnBefore: doc(
    "https, tls: an alarm so long before the certificate ends; 14d by default.",
    z.optional(duration({ min: ms(0), max: days(365) })),
  ),
};

const others = {
  contains: doc("http: the body has this in it.", z.optional(words("a text"))),
  regex: doc(
    "http: a JavaScript regular expression that the body matches.",
    z.optional(words("a text")),
  ),
  name: doc("dns: the name that is asked for; . by default.", z.optional(words("a name"))),
  recordType: doc("dns: SOA by default.", z.optional(oneOf(RECORD_TYPES))),
  rcode: doc("dns: NOERROR by default.", z.optional(oneOf(RCODES))),
  answer: doc("dns: one of the answers is this.", z.optional(words("an answer"))),
  over: doc("dns, dialogue: udp, tcp or (dialogue) tls.", z.optional(oneOf(["tcp", "udp", "tls"]))),
  hello: doc("smtp: the name that the check gives itself.", z.optional(words("a name"))),
  steps: doc(
    "dialogue: what is said and expected, in order.",
    z.optional(list("steps", step).check(z.maxLength(MAX_STEPS))),
  ),
  send: doc("udp: the datagram; empty by default.", z.optional(words("a text"))),
  reply: doc(
    "udp: whether an answer must come; else only a refusal is a failure.",
    z.optional(flag()),
  ),
  command: doc(
    "exec: a program by its path and its arguments, as a list; no shell.",
    z.optional(command()),
  ),
  weightFromExit: doc("exec: exit codes from 2 on are a weight, less 2.", z.optional(flag())),
  user: doc(
    "exec: USER, or USER:GROUP: whom the program runs as; the daemon's own user by default.",
    z.optional(user()),
  ),
  minWeight: doc(
    "exec, file: the least weight that an answer can give; 0 by default.",
    z.optional(whole(0, MAX_WEIGHT)),
  ),
  maxWeight: doc(
    "exec, file: the greatest one; 65535 by default.",
    z.optional(whole(0, MAX_WEIGHT)),
  ),
};

const one = section({
  type: doc("What is asked: none says that the absence of a check is meant.", oneOf(CHECK_TYPES)),
  ...pace,
  ...http,
  ...tls,
  ...others,
});

export type FileCheck = z.output<typeof one>;

const none = z.literal("none", { error: () => '"none", or a mapping with a type' });

/** One check, several that all must hold, or the word that none is meant. */
// oxlint-disable-next-line explicit-module-boundary-types
export const check = () =>
  doc(
    "How the servers are checked: a mapping with a type, a list of such where all must hold, or " +
      "none. A server's own checks stand beside the service's.",
    z.optional(
      z.union([none, one, list("checks", one)], {
        error: () => 'write a mapping such as { type: tcp }, a list of such, or "none"',
      }),
    ),
  );

/** Keys of a service about its servers' health. */
export const health = {
  onFailure: doc(
    "remove: a server that fails leaves the table, and its connections end at once, to be opened " +
      "elsewhere. weight0: it gets no new ones.",
    z.prefault(oneOf(["remove", "weight0"]), "remove"),
  ),
  removal: doc(
    "What becomes of a server that a reload takes out of the file. immediate: its connections end. " +
      "drain: it gets no new ones, and goes when it has none left.",
    z.prefault(oneOf(["immediate", "drain"]), "immediate"),
  ),
  drainLimit: doc(
    "removal: drain: it goes after so long, whatever it still has.",
    z.prefault(duration({ min: seconds(1), max: days(7) }), "1h"),
  ),
  assumeUp: doc(
    "Servers count as up before the first answer; else they wait for it.",
    z.prefault(flag(), false),
  ),
  slowStart: doc(
    "A server that comes back gets its weight in ten steps over this time; 0s: at once.",
    z.prefault(duration({ min: ms(0), max: hours(1) }), "0s"),
  ),
  damping: doc(
    "Keeps a server out for a while that fails again and again; not by default.",
    z.optional(
      section({
        flaps: doc("So many failures …", whole(2, MAX_RUN)),
        within: doc("… within this time …", duration({ min: seconds(1), max: hours(1) })),
        hold: doc("… keep it out for this long.", duration({ min: seconds(1), max: hours(1) })),
      }),
    ),
  ),
  quorum: doc(
    "Summed weight of the servers that must be up; below it the fallback serves.",
    z.prefault(whole(1, MAX_WEIGHT), 1),
  ),
  hysteresis: doc(
    "The quorum is lost that much below it, and regained that much above.",
    z.prefault(whole(0, MAX_WEIGHT), 0),
  ),
  quorumPenalty: doc(
    "What this director's priority loses while the quorum is lost and another director sees more " +
      "servers up (on the vrrp transport: while it is lost); a master then hands over to a " +
      "director that is better.",
    z.prefault(whole(0, 254), 0),
  ),
  onQuorum: doc(
    "Programs that run when the quorum is gained or lost, as lists of words; no shell.",
    z.prefault(
      section({
        up: doc("When it is gained.", z.prefault(command(), [])),
        down: doc("When it is lost.", z.prefault(command(), [])),
        user: doc("USER, or USER:GROUP: whom they run as.", z.optional(user())),
      }),
      {},
    ),
  ),
  doubt: doc(
    "Where many servers fail at once, the fault may be this director's.",
    z.prefault(
      section({
        share: doc(
          "Per cent of the servers that may go out at once; the rest stays until the peer has " +
            "found the same. 100: no doubt.",
          z.prefault(whole(1, 100), 50),
        ),
        patience: doc(
          "After so long without a word of a peer they go out as well.",
          z.prefault(duration({ min: seconds(1), max: minutes(10) }), "10s"),
        ),
      }),
      {},
    ),
  ),
};
