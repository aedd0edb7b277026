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
    return await carry(parcel, ca, end.signal);
  } catch (error) {
    const reason: unknown = end.signal.aborted ? end.signal.reason : error;
    return { kind: "failed", why: messageOf(reason), again: true };
  } finally {
    clearTimeout(timer);
  }
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
