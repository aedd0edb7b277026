/** How ldirectord asks a real server, as a check of baton. */
import type { Ip } from "../../../base/ip.ts";
import { formatEndpoint } from "../../endpoint.ts";
import { changed, lost, type Outcome } from "../types.ts";
import { durationOf } from "../values.ts";
import type { Real } from "./server.ts";

/** Keys of a virtual, those at the top of the file below them. */
export type Said = (key: string) => string | undefined;

export interface Asked {
  /** Of one server; none where nothing was asked. */
  readonly check: (real: Real, address: Ip, port: number) => unknown;
  /** What is to say of keys. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** ldirectord never takes the servers in. */
  readonly off: boolean;
}

export interface Of {
  readonly protocol: "tcp" | "udp" | "fwm";
  readonly address: Ip | undefined;
  /** 0 of marks. */
  readonly port: number;
  readonly mark: number;
}

const SERVICES: Readonly<Record<number, string>> = {
  21: "ftp",
  25: "smtp",
  53: "dns",
  80: "http",
  110: "pop",
  119: "nntp",
  143: "imap",
  389: "ldap",
  443: "https",
  587: "submission",
  636: "ldaps",
  993: "imaps",
  995: "pops",
  1521: "oracle",
  1812: "radius",
  3128: "http_proxy",
  3306: "mysql",
  5060: "sip",
  5432: "pgsql",
};

const CONNECT = 5;
const NEGOTIATE = 30;
const INTERVAL = 10;
const PATIENCE = 300;
const MOST = 20;

export function checksOf(said: Said, of: Of): Asked {
  const outcomes = new Map<string, Outcome>();
  const type = said("checktype") ?? "negotiate";
  const pace = paceOf(said, type === "negotiate" || /^\d+$/.test(type));
  const port = said("checkport");
  const more = port === undefined ? pace : { ...pace, port: Number(port) };
  const make = (check: Asked["check"]): Asked => ({ check, outcomes, off: type === "off" });
  switch (type) {
    case "on":
      return make(() => "none");
    case "off":
      outcomes.set("checktype", changed("weight 0: no new connections"));
      return make(() => "none");
    case "ping":
      return make(() => ({ type: "ping", ...pace }));
    case "connect":
      if (of.protocol === "udp") outcomes.set("checktype", changed("udp: only a refusal is down"));
      return make(() => ({ type: of.protocol === "udp" ? "udp" : "tcp", ...more }));
    case "external":
    case "external-perl":
      return make((_real, address, own) => external(said, of, { address, port: own, pace }));
    default: {
      if (/^\d+$/.test(type)) {
        const why = "every question is a whole one; ldirectord only connected in between";
        outcomes.set("checktype", changed(why));
      } else if (type !== "negotiate") outcomes.set("checktype", lost(`there is no ${type}`));
      const service = said("service") ?? SERVICES[of.port] ?? "none";
      return make((real) => ({ ...dialogue(said, service, { real, of, outcomes }), ...more }));
    }
  }
}

function paceOf(said: Said, dialogueIsMeant: boolean): Record<string, unknown> {
  const number = (key: string): number | undefined => {
    const text = said(key);
    return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
  };
  const [connect, negotiate] = [number("checktimeout"), number("negotiatetimeout")];
  const timeout = dialogueIsMeant
    ? (negotiate ?? connect ?? NEGOTIATE)
    : (connect ?? negotiate ?? CONNECT);
  const fall = Math.min(number("failurecount") ?? number("checkcount") ?? 1, MOST);
  return {
    interval: durationOf(number("checkinterval") ?? INTERVAL),
    timeout: durationOf(Math.min(timeout, PATIENCE)),
    rise: 1,
    fall: Math.max(fall, 1),
  };
}

interface Target {
  readonly address: Ip;
  readonly port: number;
  readonly pace: Record<string, unknown>;
}

/** Its arguments are the service's address or mark, its port, and the same of the server. */
function external(said: Said, of: Of, { address, port, pace }: Target): unknown {
  const program = (said("checkcommand") ?? "/bin/true").split(/\s+/);
  const command = said("checktype") === "external-perl" ? ["/usr/bin/perl", ...program] : program;
  const service = of.address ?? String(of.mark);
  return {
    type: "exec",
    command: [...command, service, String(of.port), address, String(port)],
    ...pace,
  };
}

interface Dialogue {
  readonly real: Real;
  readonly of: Of;
  readonly outcomes: Map<string, Outcome>;
}

const GREETINGS: Readonly<Record<string, { over?: "tls"; regex: string }>> = {
  pop: { regex: "^\\+OK" },
  pops: { over: "tls", regex: "^\\+OK" },
  imap: { regex: "^\\* OK" },
  imaps: { over: "tls", regex: "^\\* OK" },
  nntp: { regex: "^20[01]" },
  ftp: { regex: "^220" },
};

function dialogue(said: Said, service: string, { real, of, outcomes }: Dialogue): object {
  const request = real.request ?? said("request");
  const receive = real.receive ?? said("receive");
  const greeting = GREETINGS[service];
  if (greeting) {
    const { over, regex } = greeting;
    for (const key of ["login", "passwd"])
      outcomes.set(key, lost("nobody logs in: the greeting counts"));
    const tls = over === undefined ? {} : { over, verify: false };
    return { type: "dialogue", ...tls, steps: [{ regex }] };
  }
  switch (service) {
    case "http":
    case "https":
      return web(said, service, { request, receive });
    case "smtp":
    case "submission":
      return { type: "smtp" };
    case "dns":
      return {
        type: "dns",
        recordType: "A",
        ...(request !== undefined && { name: request }),
        ...(receive !== undefined && { answer: receive }),
      };
    case "simpletcp": {
      const steps = [
        ...(request === undefined ? [] : [{ send: request }]),
        ...(receive === undefined ? [] : [{ regex: receive }]),
      ];
      return steps.length === 0 ? { type: "tcp" } : { type: "dialogue", steps };
    }
    default: {
      const why = `${service}: whether the server can be connected to is all that is asked`;
      if (service !== "none") {
        for (const key of ["service", "request", "receive"]) outcomes.set(key, lost(why));
        for (const key of ["database", "secret", "login", "passwd"]) outcomes.set(key, lost(why));
      }
      return { type: of.protocol === "udp" ? "udp" : "tcp" };
    }
  }
}

interface Words {
  readonly request: string | undefined;
  readonly receive: string | undefined;
}

/** What is not below the server is asked elsewhere: `http://HOST/PATH`. */
function web(said: Said, type: "http" | "https", { request, receive }: Words): object {
  const [, host, rest] = /^https?:\/\/([^/]+)(\/.*)?$/.exec(request ?? "") ?? [];
  const path = host === undefined ? `/${(request ?? "").replace(/^\//, "")}` : (rest ?? "/");
  const name = said("virtualhost") ?? host;
  return {
    type,
    ...(type === "https" && { verify: false }),
    ...(name !== undefined && { host: name }),
    path,
    ...(said("httpmethod")?.toUpperCase() === "HEAD" && { method: "HEAD" }),
    ...(receive !== undefined && { regex: receive }),
    redirects: 5,
  };
}

export const endpointOf = (address: Ip, port: number): string =>
  formatEndpoint({ address, port: port === 0 ? undefined : port });
