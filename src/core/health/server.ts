/** One server: what its checks say, and since when. */
import { after, type Instant } from "../../base/units.ts";
import type { Check, HealthPolicy } from "../../config/check-types.ts";
import type { ProbeResult, ServerHealth, ServerKind, Verdict } from "./types.ts";

/** Losses that are remembered of one server. */
const MAX_LOSSES = 64;

export function newServer(
  checks: readonly Check[],
  policy: HealthPolicy,
  now: Instant,
): ServerHealth {
  const assumed = checks.length === 0 || policy.assumeUp;
  return {
    kind: assumed ? "up" : "checking",
    since: now,
    reason: checks.length === 0 ? "not checked" : assumed ? "assumed to be up" : "not asked yet",
    verdicts: checks.map(() => (assumed ? "up" : "unknown")),
    losses: [],
    heldUntil: undefined,
    rampSince: undefined,
  };
}

/** The first answer decides; later ones need `rise` or `fall` of them in a row. */
export function judge(check: Check, before: Verdict, result: ProbeResult | undefined): Verdict {
  if (!result) return before;
  if (before === "unknown") return result.ok ? "up" : "down";
  if (before === "up") return !result.ok && result.run >= check.fall ? "down" : "up";
  return result.ok && result.run >= check.rise ? "up" : "down";
}

/** What all checks together say of it. */
export interface Finding {
  readonly verdicts: readonly Verdict[];
  readonly kind: "checking" | "up" | "down";
  /** Why it is down. */
  readonly reason: string;
}

export function find(
  checks: readonly Check[],
  before: ServerHealth,
  results: ReadonlyMap<number, ProbeResult>,
): Finding {
  const verdicts = checks.map((check, i) =>
    judge(check, before.verdicts[i] ?? "unknown", results.get(check.probe)),
  );
  const failed = verdicts.indexOf("down");
  if (failed >= 0) {
    const reason = results.get(checks[failed]?.probe ?? -1)?.reason ?? before.reason;
    return { verdicts, kind: "down", reason };
  }
  const unknown = verdicts.includes("unknown");
  return { verdicts, kind: unknown ? "checking" : "up", reason: "" };
}

/** The server after it was found to be `kind`; damping and slow start begin here. */
export function become(
  before: ServerHealth,
  kind: ServerKind,
  reason: string,
  { policy, now }: { readonly policy: HealthPolicy; readonly now: Instant },
): ServerHealth {
  const serving = before.kind === "up" || before.kind === "doubted";
  if (kind === "down" && serving) return lose(before, reason, policy, now);
  const returns = kind === "up" && before.kind === "down" && policy.slowStart > 0;
  return {
    ...before,
    kind,
    reason,
    since: now,
    heldUntil: kind === "up" ? undefined : before.heldUntil,
    rampSince: kind !== "up" ? undefined : returns ? now : before.rampSince,
  };
}

function lose(
  before: ServerHealth,
  reason: string,
  { damping }: HealthPolicy,
  now: Instant,
): ServerHealth {
  const losses = [...before.losses, now].slice(-MAX_LOSSES);
  const recent = damping ? losses.filter((at) => now - at <= damping.within).length : 0;
  const flaps = damping !== undefined && recent >= damping.flaps;
  return {
    ...before,
    kind: "down",
    reason,
    since: now,
    losses,
    heldUntil: flaps ? after(now, damping.hold) : before.heldUntil,
    rampSince: undefined,
  };
}
