/** Sends commands to the director, with the token in a header that no other site's page can set. */
import type { Reply } from "../control/api.ts";
import type { Command } from "./state.ts";

export interface Answer extends Reply {
  /** The token was refused, or is needed. */
  readonly unknown: boolean;
}

/** Longer than the longest handover. */
const LIMIT_MS = 20_000;
/** Nothing else can be said in a header. */
const ONE_WORD = /^[\x21-\x7e]+$/;

export async function send(path: string, body: object, token: string): Promise<Answer> {
  if (!ONE_WORD.test(token)) {
    const sentence = "that is not the token: it is one word, as it stands in the file";
    return { done: false, sentence, unknown: true };
  }
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    return { ...((await answer.json()) as Reply), unknown: answer.status === 401 };
  } catch {
    return { done: false, sentence: "the director did not answer", unknown: false };
  }
}

export function requestOf(command: Command, reason: string): { path: string; body: object } {
  switch (command.kind) {
    case "failover":
    case "takeover":
    case "resume":
      return { path: `/v1/${command.kind}`, body: { instance: command.instance } };
    case "drain":
    case "disable":
    case "enable": {
      const { kind: action, server, service } = command;
      const body = { action, server, service, who: "page", ...(reason !== "" && { reason }) };
      return { path: "/v1/server", body };
    }
  }
}

export function questionOf(command: Command): { question: string; meaning: string } {
  switch (command.kind) {
    case "failover":
      return {
        question: `Hand ${command.instance} over?`,
        meaning:
          "Another director takes over, connections are carried across. This one stays away for ten " +
          "minutes, or until it is resumed. `baton drill` rehearses it and measures the gap.",
      };
    case "takeover":
      return {
        question: `Take ${command.instance} over?`,
        meaning: "The director that serves is asked to hand over to this one.",
      };
    case "resume":
      return {
        question: `Resume ${command.instance}?`,
        meaning: "This director stands for election again. It may take over at once.",
      };
    case "drain":
      return {
        question: `Drain ${command.server} of ${command.service}?`,
        meaning: "It gets no new connections; those that it has live on. Both directors do so.",
      };
    case "disable":
      return {
        question: `Disable ${command.server} of ${command.service}?`,
        meaning: "It is taken out at once, and its connections end. Both directors do so.",
      };
    case "enable":
      return {
        question: `Enable ${command.server} of ${command.service}?`,
        meaning: "It serves again when its checks are content. Both directors do so.",
      };
  }
}
