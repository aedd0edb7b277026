/** What this host answers to another director's question: its journal, or where a client is. */
import { messageOf } from "../base/errors.ts";
import { parseIp } from "../base/ip.ts";
import type { Places } from "../base/places.ts";
import type { PeerQuestion, Reply } from "../control/api.ts";
import { bindingsOf } from "../os/bindings.ts";
import { journalTail } from "../os/journal-files.ts";

/** Octets of the journal: a millisecond or two to sign, some thousand lines. */
const MAX_JOURNAL = 1024 * 1024;

/** On the channel between directors. */
export interface PeerText extends Reply {
  readonly text: string | undefined;
  /** This host's wall clock when it answered, in milliseconds. */
  readonly now: number;
}

/** Never rejects. */
export async function answerTo(question: PeerQuestion, places: Places): Promise<PeerText> {
  try {
    const text = await textFor(question, places);
    return { done: true, sentence: "answered", text, now: Date.now() };
  } catch (error) {
    return { done: false, sentence: messageOf(error), text: undefined, now: Date.now() };
  }
}

async function textFor(question: PeerQuestion, places: Places): Promise<string> {
  if (question.ask === "journal") return journalTail(places.journal, MAX_JOURNAL);
  const client = parseIp(question.client);
  if (client === undefined) throw new RangeError(`${question.client} is no address`);
  return JSON.stringify(await bindingsOf(client));
}

/** Undefined where it is no question. */
export function questionIn(said: Readonly<Record<string, unknown>>): PeerQuestion | undefined {
  const { ask, client } = said;
  if (ask === "journal") return { ask };
  return ask === "client" && typeof client === "string" ? { ask, client } : undefined;
}
