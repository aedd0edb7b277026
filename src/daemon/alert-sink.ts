/** One alert: what waits for it, when it is tried, what came of it. */
import { messageOf } from "../base/errors.ts";
import { elapsed, ms } from "../base/units.ts";
import type { Alert, ExecSink, MailSink, WebhookSink } from "../config/alert-types.ts";
import type { Config } from "../config/types.ts";
import {
  delivered,
  dueAt,
  failed,
  newOutbox,
  type OutboxPolicy,
  put,
  resume,
  take,
} from "../core/alert/outbox.ts";
import { environmentOf, letterOf, type Sender, wordsOf } from "../core/alert/text.ts";
import type { AlertFacts, AlertFailure, Outcome, Told } from "../core/alert/types.ts";
import { now } from "../os/clock.ts";
import { readSecretFile } from "../os/files.ts";
import { runProgram } from "../os/process.ts";
import type { Courier } from "./courier.ts";
import type { KeptAlert } from "./kept-alerts.ts";
import type { Log } from "./log.ts";

/** Events in one mail or request. */
const BATCH = 100;
const GATHER = ms(300);

export interface SinkOptions {
  readonly courier: Courier;
  readonly log: Log;
  readonly sender: () => Sender;
  /** Something waits, or does not wait any more. */
  readonly onChanged: () => void;
}

export interface Sink {
  /** From now on by this alert; what waits goes by it too. */
  serve(alert: Alert, config: Config): void;
  put(told: Told): void;
  facts(): AlertFacts;
  /** What another run would have to tell. */
  kept(): KeptAlert;
  /** What an earlier run had to tell. */
  resume(kept: KeptAlert): void;
  /** Nothing waits that could go now. */
  isQuiet(): boolean;
  /** For good: what waits is lost, unless another run tells it. */
  close(kept: boolean): void;
}

export function createSink(first: Alert, config: Config, options: SinkOptions): Sink {
  return new Queue(first, config, options);
}

class Queue implements Sink {
  #alert: Alert;
  #config: Config;
  readonly #options: SinkOptions;
  #box = newOutbox<Told>();
  #timer: NodeJS.Timeout | undefined;
  #lastFailure: AlertFailure | undefined;
  #closed = false;

  constructor(alert: Alert, config: Config, options: SinkOptions) {
    this.#alert = alert;
    this.#config = config;
    this.#options = options;
  }

  serve(alert: Alert, config: Config): void {
    this.#alert = alert;
    this.#config = config;
    this.#arm();
  }

  put(told: Told): void {
    const { dropped } = this.#box;
    this.#box = put(this.#box, told, now());
    if (this.#box.dropped > dropped) this.#lost(1, "too many wait");
    this.#changed();
  }

  facts(): AlertFacts {
    const { delivered: done, waiting, dropped, failures } = this.#box;
    const { name, sink } = this.#alert;
    const counts = { delivered: done, waiting: waiting.length, dropped, failures };
    return { name, kind: sink.kind, ...counts, lastFailure: this.#lastFailure };
  }

  isQuiet(): boolean {
    return this.#box.waiting.length === 0 || this.#box.failures > 0;
  }

  kept(): KeptAlert {
    const { waiting, flying, untold } = this.#box;
    // A program that was begun may have done half of it.
    const begun = this.#alert.sink.kind === "exec" ? flying : 0;
    return { told: waiting.slice(begun).map(({ item }) => item), lost: untold };
  }

  resume({ told, lost }: KeptAlert): void {
    this.#box = resume(this.#box, { items: told, lost }, now());
    const events = told.length === 1 ? "1 event" : `${told.length} events`;
    const gone = lost === 0 ? "" : `, ${lost} before them are lost`;
    const { log } = this.#options;
    log.info(`alert ${this.#alert.name}: ${events} of an earlier run still to be told${gone}`);
    this.#arm();
  }

  close(kept: boolean): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    const left = this.#box.waiting.length;
    if (left > 0 && !kept) this.#lost(left, "it is not told any more");
  }

  #changed(): void {
    this.#options.onChanged();
    this.#arm();
  }

  /** Never within the turn in which something happened: that one belongs to the adverts. */
  #arm(): void {
    clearTimeout(this.#timer);
    const due = this.#closed ? undefined : dueAt(this.#box, this.#policy());
    if (due === undefined) return;
    this.#timer = setTimeout(() => void this.#go(), Math.max(1, elapsed(now(), due)));
    this.#timer.unref();
  }

  #policy(): OutboxPolicy {
    const { sink, retryFor, limit } = this.#alert;
    const single = sink.kind === "exec";
    return { batch: single ? 1 : BATCH, gather: single ? ms(0) : GATHER, retryFor, limit };
  }

  async #go(): Promise<void> {
    const { box, items, untold } = take(this.#box, this.#policy(), now());
    this.#box = box;
    const { failures } = box;
    const outcome = await this.#deliver(items, untold).catch(
      (error: unknown): Outcome => ({ kind: "failed", why: messageOf(error), again: true }),
    );
    if (this.#closed) return;
    if (outcome.kind === "delivered") {
      this.#box = delivered(this.#box, untold);
      this.#succeeded(failures, outcome.note);
    } else {
      // What came too much meanwhile has been told already.
      const { dropped } = this.#box;
      this.#box = failed(this.#box, outcome, this.#policy(), now());
      this.#failed(outcome.why, failures);
      const gone = this.#box.dropped - dropped;
      if (gone > 0) this.#lost(gone, outcome.again ? "tried for too long" : "refused for good");
    }
    this.#changed();
  }

  #succeeded(failures: number, note: string | undefined): void {
    const { log } = this.#options;
    if (note !== undefined) log.warn(`alert ${this.#alert.name}: ${note}`);
    if (failures > 0) log.info(`alert ${this.#alert.name} is delivered again`, { failures });
  }

  #failed(why: string, failures: number): void {
    this.#lastFailure = { why, at: now(), time: new Date().toISOString() };
    const sentence = `alert ${this.#alert.name} could not be delivered: ${why}`;
    // The first one is news; the others are what was to be expected.
    if (failures === 0) this.#options.log.error(sentence);
    else this.#options.log.debug(sentence, { failures });
  }

  #lost(count: number, why: string): void {
    const events = count === 1 ? "1 event is" : `${count} events are`;
    this.#options.log.error(`alert ${this.#alert.name}: ${events} lost: ${why}`);
  }

  async #deliver(items: readonly Told[], untold: number): Promise<Outcome> {
    const { sink, timeout } = this.#alert;
    if (sink.kind === "exec") return this.#run(sink, items);
    const { courier, sender } = this.#options;
    const secret = await secretOf(sink);
    return courier.deliver({ sink, letter: letterOf(sender(), items, untold), secret, timeout });
  }

  /** Once: it may have done half of it. */
  async #run({ command, user }: ExecSink, [told]: readonly Told[]): Promise<Outcome> {
    if (!told) return { kind: "delivered" };
    const words = [...command, ...wordsOf(told.event, this.#config)];
    const environment = environmentOf(told.event);
    const limit = this.#alert.timeout;
    const ending = await runProgram(words, { environment, user, limit });
    if (ending.kind === "ended" && ending.code === 0) return { kind: "delivered" };
    const line = ending.output.trim().split("\n", 1)[0] ?? "";
    const why = `${command[0]} ${ending.words}${line === "" ? "" : `: ${line}`}`;
    return { kind: "failed", why, again: false };
  }
}

/** Read for each delivery, so that a new password counts at once. */
async function secretOf(sink: MailSink | WebhookSink): Promise<string | undefined> {
  const file = sink.kind === "mail" ? sink.passwordFile : sink.tokenFile;
  if (file === undefined) return undefined;
  const secret = (await readSecretFile(file)).trim();
  if (secret === "" || secret.includes("\n")) throw new Error(`${file} is not one line`);
  if (sink.kind === "mail" && !/^[^:]+:./.test(secret)) {
    throw new Error(`${file} is not USER:PASSWORD`);
  }
  return secret;
}
