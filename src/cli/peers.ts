/** The daemon's question to the other directors, for a command. */
import type { PeerAnswer, PeerQuestion, PeersReply } from "../control/api.ts";
import { ask } from "../control/client.ts";
import type { Context } from "./context.ts";

/** Longer than the daemon waits for another director. */
const LIMIT_MS = 40_000;

/** Nobody where no daemon runs here: only that one knows the key. What is not known has a sentence. */
export async function askPeers(
  { places }: Context,
  question: PeerQuestion,
): Promise<readonly PeerAnswer[]> {
  const answer = await ask(places.socket, {
    method: "POST",
    path: "/v1/peers",
    body: question,
    limitMs: LIMIT_MS,
  });
  if (answer.kind === "notRunning") return [];
  if (answer.kind === "silent") {
    return [unknown(`the daemon here did not answer within ${LIMIT_MS / 1000} s`)];
  }
  const { answers, sentence } = answer.body as Partial<PeersReply>;
  return answers ?? [unknown(`the daemon here said: ${sentence ?? "nothing"}`)];
}

const unknown = (sentence: string): PeerAnswer => ({
  director: "another director",
  done: false,
  sentence,
  text: undefined,
  aheadMs: undefined,
});
