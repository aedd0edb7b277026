/** Sends commands to the director, with the token in a header that no other site's page can set. */
import type { Reply } from "../control/api.ts";
import type { Command } from "./state.ts";

export interface Answer extends Reply {
  /** The token was refused, or is needed. */
  readonly unknown: boolean;
}

export interface Request {
  readonly path: string;
  readonly body: object;
  /** Longer than the director takes for it at most. */
  readonly limitMs: number;
}

const HANDOVER_MS = 20_000;
const DRILL_MS = 80_000;
/** Nothing else can be said in a header. */
const ONE_WORD = /^[\x21-\x7e]+$/;

export async function send(request: Request, token: string): Promise<Answer> {
  if (!ONE_WORD.test(token)) {
    const sentence = "that is not the token: it is one word, as it stands in the file";
    return { done: false, sentence, unknown: true };
  }
  try {
    const answer = await fetch(request.path, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify(request.body),
      signal: AbortSignal.timeout(request.limitMs),
    });
    return { ...((await answer.json()) as Reply), unknown: answer.status === 401 };
  } catch {
    return { done: false, sentence: "the director did not answer", unknown: false };
  }
}

/** Only whether the token is right. */
export const TOKEN_REQUEST: Request = { path: "/v1/token", body: {}, limitMs: HANDOVER_MS };

export function requestOf(command: Command, reason: string): Request {
  switch (command.kind) {
    case "failover":
    case "takeover":
    case "resume":
    case "drill": {
      const { kind, instance } = command;
      const limitMs = kind === "drill" ? DRILL_MS : HANDOVER_MS;
      return { path: `/v1/${kind}`, body: { instance }, limitMs };
    }
    case "drain":
    case "disable":
    case "enable": {
      const { kind: action, server, service } = command;
      const body = { action, server, service, who: "page", ...(reason !== "" && { reason }) };
      return { path: "/v1/server", body, limitMs: HANDOVER_MS };
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
          "minutes, or until it is resumed.",
      };
    case "drill":
      return {
        question: `Rehearse a handover of ${command.instance}?`,
        meaning:
          "The role goes to another director and comes back, and the gap that clients see is " +
          "measured. It takes some seconds; connections are carried across. Over VRRP nobody can " +
          "tell beforehand whether the other one is fit.",
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
