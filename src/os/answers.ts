/** Asks without a pause who holds an address, and keeps a record of every question and answer. */
import type { Ip } from "../base/ip.ts";
import type { Mac } from "../wire/link/ethernet.ts";
import { openQuestion, type ProbeLink } from "./packet.ts";

/** As often as timers fire. */
const POLL_MS = 1;
/** Hours of it; beyond, nothing more is recorded. */
const MAX_RECORDS = 1_000_000;

export interface Answers {
  /** When each question was sent, by performance.now(). */
  readonly questions: readonly number[];
  readonly answers: readonly { readonly mac: Mac; readonly at: number }[];
  /** Questions that the link did not take, as when it is down. */
  readonly unsent: () => number;
  close(): void;
}

/** Asks every `interval` milliseconds, as soon after as the event loop lets it. */
export function watchAnswers(address: Ip, link: ProbeLink, interval: number): Answers {
  const question = openQuestion(address, link);
  const questions: number[] = [];
  const answers: { mac: Mac; at: number }[] = [];
  let unsent = 0;
  let next = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    question.drain((mac) => {
      if (answers.length < MAX_RECORDS) answers.push({ mac, at: now });
    });
    if (now < next || questions.length >= MAX_RECORDS) return;
    next = Math.max(next + interval, now);
    try {
      question.ask();
      questions.push(now);
    } catch {
      unsent++;
    }
  }, POLL_MS);
  return {
    questions,
    answers,
    unsent: () => unsent,
    close: () => {
      clearInterval(timer);
      question.close();
    },
  };
}
