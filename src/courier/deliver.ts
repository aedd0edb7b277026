/** One parcel to where it goes, in bounded time; whatever happens is an outcome. */
import { readFile } from "node:fs/promises";
import { messageOf } from "../base/errors.ts";
import { formatDuration } from "../base/units.ts";
import type { Outcome } from "../core/alert/types.ts";
import type { Parcel } from "./messages.ts";
import { post } from "./webhook.ts";

/** Never rejects. */
export async function deliver(parcel: Parcel): Promise<Outcome> {
  const end = new AbortController();
  const tooLate = `took longer than ${formatDuration(parcel.timeout)}`;
  const timer = setTimeout(() => end.abort(new Error(tooLate)), parcel.timeout);
  try {
    const { caFile } = parcel.sink;
    const ca = caFile === undefined ? undefined : await readFile(caFile, "utf8");
    return explained(await carry(parcel, ca, end.signal));
  } catch (error) {
    const reason: unknown = end.signal.aborted ? end.signal.reason : error;
    return explained({ kind: "failed", why: messageOf(reason), again: true });
  } finally {
    clearTimeout(timer);
  }
}

/** OpenSSL's words for a certificate that nobody known has signed. */
const UNKNOWN_AUTHORITY =
  /^(self-signed certificate|unable to (verify|get) .*(certificate|issuer))/;

function explained(outcome: Outcome): Outcome {
  if (outcome.kind !== "failed" || !UNKNOWN_AUTHORITY.test(outcome.why)) return outcome;
  const remedy = "`caFile` has to name the certificate of who signed it";
  return { ...outcome, why: `${outcome.why}: ${remedy}` };
}

async function carry(
  { sink, letter, secret }: Parcel,
  ca: string | undefined,
  signal: AbortSignal,
): Promise<Outcome> {
  if (sink.kind === "webhook") return post(sink, { body: letter.json, token: secret, ca, signal });
  const { sendMail } = await import("./mail.ts");
  return sendMail(sink, { letter, login: secret, ca, signal });
}
