/** The small languages of alerts: mail servers, mail addresses, URLs. */
import { parseEndpoint } from "./endpoint.ts";
import { type Parsed, refuse } from "./values.ts";

export interface MailServer {
  readonly host: string;
  /** Undefined where the text has none. */
  readonly port: number | undefined;
}

const HOST = /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_-]+)*\.?$/;

/** `HOST` or `HOST:PORT`, a name or an address; an IPv6 address with a port in brackets. */
export function parseMailServer(text: string): Parsed<MailServer> {
  const [, name = "", digits] = /^([^:]*?)(?::(\d+))?$/.exec(text) ?? [];
  if (HOST.test(name) && !/^[\d.]+$/.test(name)) {
    const port = digits === undefined ? undefined : Number(digits);
    if (port === undefined || (port >= 1 && port <= 65_535)) return { value: { host: name, port } };
    return refuse(`the port of ${text} is not a whole number from 1 to 65535`);
  }
  const end = parseEndpoint(text);
  if ("value" in end) return { value: { host: end.value.address, port: end.value.port } };
  // A mail server on this host is a usual thing.
  const own = /^(127(?:\.\d{1,3}){3})(?::(\d{1,5}))?$/.exec(text);
  if (own) return { value: { host: own[1] ?? "", port: own[2] ? Number(own[2]) : undefined } };
  return refuse(`${JSON.stringify(text)} is not a host with a port`, "Write HOST or HOST:PORT.");
}

/** What SMTP takes without quoting; nothing that could begin a line of its own. */
const MAIL_ADDRESS = /^[^\s<>@,;:"\\()[\]]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;

export const parseMailAddress = (text: string): Parsed<string> =>
  MAIL_ADDRESS.test(text)
    ? { value: text }
    : refuse(`${JSON.stringify(text)} is not a mail address`, "Write it bare: ops@example.net.");

export function parseWebhook(text: string): Parsed<string> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    return refuse(`${JSON.stringify(text)} is not a URL of http or https`);
  }
  if (url.username === "" && url.password === "") return { value: url.href };
  return refuse("the URL has a password in it", "Write it into a file, and name that: tokenFile.");
}
