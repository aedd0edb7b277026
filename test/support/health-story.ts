/** The health of one director's services over time, for unit tests. */
import { type Instant, instant, ms } from "../../src/base/units.ts";
import {
  administered,
  type HealthPlan,
  makePlan,
  newHealth,
  probed,
  reviewed,
} from "../../src/core/health/health.ts";
import type {
  AdminEntry,
  HealthChange,
  HealthState,
  PeerOpinion,
} from "../../src/core/health/types.ts";
import type { Fleet } from "./health.ts";

/** A director's health over time: every event is carried out at once. */
export class Story {
  readonly plan: HealthPlan;
  state: HealthState;
  at: Instant = instant(1000);
  opinions: readonly PeerOpinion[] = [];
  readonly changes: HealthChange[] = [];
  readonly #runs = new Map<number, { ok: boolean; run: number }>();

  constructor(of: Fleet) {
    this.plan = makePlan(of);
    this.state = newHealth(this.plan, this.at);
  }

  #context(): { readonly opinions: () => readonly PeerOpinion[]; readonly now: Instant } {
    return { opinions: () => this.opinions, now: this.at };
  }

  #take(step: ReturnType<typeof probed>): void {
    this.state = step.state;
    this.changes.push(...step.changes);
  }

  /** Answers of some probes at one moment. */
  answer(probes: readonly number[], ok: boolean, weight?: number): void {
    const news = probes.map((probe) => {
      const before = this.#runs.get(probe);
      const run = before?.ok === ok ? before.run + 1 : 1;
      this.#runs.set(probe, { ok, run });
      const reason = ok ? "" : "refused";
      const rest = { warning: undefined, weight, latency: ms(1), at: this.at };
      return { probe, ok, run, reason, ...rest };
    });
    this.#take(probed(this.state, this.plan, news, this.#context()));
  }

  /** Time goes on, and deadlines are met. */
  pass(duration: number): void {
    const end = instant(this.at + duration);
    for (
      let due = this.state.deadline;
      due !== undefined && due <= end;
      due = this.state.deadline
    ) {
      this.at = due;
      this.review();
      if (this.state.deadline === due) throw new Error("a deadline that does not go away");
    }
    this.at = end;
    this.review();
  }

  review(): void {
    this.#take(reviewed(this.state, this.plan, this.#context()));
  }

  decide(entry: Partial<AdminEntry>): void {
    const whole: AdminEntry = {
      service: undefined,
      address: "10.0.0.1",
      port: undefined,
      action: "drain",
      version: 1,
      director: "lb1",
      who: "root",
      reason: "",
      time: "",
      until: undefined,
      ...entry,
    };
    this.#take(administered(this.state, this.plan, whole, this.#context()));
  }

  /** `10.0.0.1*3` for weight 3; `?` where it is left as found. */
  get table(): string {
    const [service] = this.state.table;
    return [
      ...(service?.destinations ?? []).map(({ address, weight }) => `${address}*${weight}`),
      ...(service?.asFound ?? []).map(({ address }) => `${address}?`),
    ].join(" ");
  }

  get kinds(): string {
    return (this.state.services[0]?.servers ?? []).map(({ kind }) => kind).join(" ");
  }
}
