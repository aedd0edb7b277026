/** A POST of JSON: what the answer's status means. */
import { type IncomingMessage, request as plain } from "node:http";
import { request as encrypted } from "node:https";
import { seconds } from "../base/units.ts";
import { VERSION } from "../base/version.ts";
import type { WebhookSink } from "../config/alert-types.ts";
import type { Outcome } from "../core/alert/types.ts";

export interface Post {
  readonly body: string;
  readonly token: string | undefined;
  readonly ca: string | undefined;
  readonly signal: AbortSignal;
}

/** Rejects where nobody answers. Redirects are not followed: a secret may be in the request. */
export function post(sink: WebhookSink, { body, token, ca, signal }: Post): Promise<Outcome> {
  const url = new URL(sink.url);
  const options = {
    method: "POST",
    agent: false as const,
    signal,
    headers: {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      "user-agent": `baton/${VERSION}`,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...sink.headers,
    },
  };
  return new Promise((resolve, reject) => {
    const sent =
      url.protocol === "https:"
        ? encrypted(url, { ...options, ca, rejectUnauthorized: sink.verify })
        : plain(url, options);
    sent.on("error", reject);
    sent.on("response", (answer) => {
      resolve(judge(answer));
      // The rest of the answer is nobody's business.
      sent.destroy();
    });
    sent.end(body);
  });
}

const TIMEOUT = 408;
const TOO_EARLY = 425;
const TOO_MANY = 429;
const LATER: ReadonlySet<number> = new Set([TIMEOUT, TOO_EARLY, TOO_MANY]);

function judge({ statusCode = 0, statusMessage = "", headers }: IncomingMessage): Outcome {
  if (statusCode >= 200 && statusCode < 300) return { kind: "delivered" };
  const where = headers.location === undefined ? "" : ` to ${headers.location}: write that URL`;
  const why = `it answers ${statusCode} ${statusMessage}`.trimEnd() + where;
  const again = statusCode >= 500 || LATER.has(statusCode);
  return { kind: "failed", why, again, wait: waitOf(headers["retry-after"]) };
}

const waitOf = (text: string | undefined) =>
  text !== undefined && /^\d{1,6}$/.test(text) ? seconds(Number(text)) : undefined;
