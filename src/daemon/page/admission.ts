/** Who may ask the page for what: names, origins, the token. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { BatonError } from "../../base/errors.ts";
import { parseIp } from "../../base/ip.ts";
import type { Page } from "../../config/types.ts";
import { Refused } from "../../control/body.ts";
import { readSecretFile } from "../../os/files.ts";

type Head = Pick<IncomingMessage, "headers">;

/**
 * A stranger's page can lead its own name here, and then reads as if it were ours: so a name has
 * to be known. An address can not be led anywhere. Throws a Refused.
 */
export function admitName({ headers }: Head, { names }: Page): void {
  const host = hostOf(headers.host ?? "");
  if (host === "localhost" || parseIp(host) !== undefined || names.includes(host)) return;
  const sentence = `nobody here is called ${JSON.stringify(host)}`;
  throw new Refused(421, `${sentence}: baton.yaml's page.names has the names`);
}

/** `NAME:PORT`, `[v6]:PORT` → the name or address, in lower case. */
function hostOf(header: string): string {
  const [, bracketed, bare = ""] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/.exec(header) ?? [];
  return (bracketed ?? bare).toLowerCase();
}

/** A command comes from this very page, or from no page. Throws a Refused. */
export function admitOrigin({ headers }: Head): void {
  const site = headers["sec-fetch-site"];
  const foreign =
    (site !== undefined && site !== "same-origin" && site !== "none") ||
    (headers.origin !== undefined && originHost(headers.origin) !== headers.host?.toLowerCase());
  if (foreign) throw new Refused(403, "another site's page may not ask for this");
  // A form of another site can not say so without asking first.
  if (!/^application\/json\b/.test(headers["content-type"] ?? "")) {
    throw new Refused(415, "a command is application/json");
  }
}

function originHost(origin: string): string | undefined {
  return /^https?:\/\/([^/]+)$/.exec(origin.toLowerCase())?.[1];
}

/** Throws a Refused. */
export async function admitToken({ headers }: Head, { tokenFile }: Page): Promise<void> {
  if (tokenFile === undefined) {
    throw new Refused(403, "this page only shows: baton.yaml's page.tokenFile names no token");
  }
  const [, given] = /^Bearer (\S+)$/i.exec(headers.authorization ?? "") ?? [];
  if (given === undefined) throw new Refused(401, "a command needs the token");
  // Read each time: who changes the file need not reload.
  const token = await readToken(tokenFile).catch(() => undefined);
  if (token === undefined) throw new Refused(500, "the token's file can not be used; see the log");
  if (!timingSafeEqual(digest(given), digest(token))) {
    throw new Refused(401, "that is not the token");
  }
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Too long to be tried out. */
const MIN_TOKEN = 16;
const MAX_TOKEN = 256;

/** One word of 16 to 256 visible characters of ASCII; throws a BatonError where it is none. */
export async function readToken(file: string): Promise<string> {
  const token = (await readSecretFile(file)).trim();
  if (/^[\x21-\x7e]+$/.test(token) && token.length >= MIN_TOKEN && token.length <= MAX_TOKEN) {
    return token;
  }
  const expected = `one word of ${MIN_TOKEN} to ${MAX_TOKEN} characters`;
  const sentence = `${file} holds no token: ${expected} was expected`;
  const remedy = `Make one: (umask 077; openssl rand -hex 16 > ${file})`;
  throw new BatonError("BATON_SECRET", sentence, { remedy });
}
