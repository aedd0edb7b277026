/** What this host answers to another director's question: what happened, or where a client is. */
import { messageOf } from "../base/errors.ts";
import { parseIp } from "../base/ip.ts";
import type { Places } from "../base/places.ts";
import type { Lately, PeerQuestion, Reply } from "../control/api.ts";
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

export interface Known {
  readonly places: Places;
  readonly lately: () => Lately;
}

/** Never rejects. */
export async function answerTo(question: PeerQuestion, known: Known): Promise<PeerText> {
  try {
    const text = await textFor(question, known);
    return { done: true, sentence: "answered", text, now: Date.now() };
  } catch (error) {
    return { done: false, sentence: messageOf(error), text: undefined, now: Date.now() };
  }
}

async function textFor(question: PeerQuestion, { places, lately }: Known): Promise<string> {
  if (question.ask === "lately") return JSON.stringify(lately());
  if (question.ask === "journal") return journalTail(places.journal, MAX_JOURNAL);
  const client = parseIp(question.client);
  if (client === undefined) throw new RangeError(`${question.client} is no address`);
  return JSON.stringify(await bindingsOf(client));
}

/** Undefined where it is no question. */
export function questionIn(said: Readonly<Record<string, unknown>>): PeerQuestion | undefined {
  const { ask, client } = said;
  if (ask === "journal" || ask === "lately") return { ask };
  return ask === "client" && typeof client === "string" ? { ask, client } : undefined;
}
