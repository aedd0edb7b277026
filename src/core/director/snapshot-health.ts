/** What is known of the servers' health, for the snapshot: state, reason, answers, decisions. */
import { elapsed, formatDuration, type Instant, seconds } from "../../base/units.ts";
import type { Check } from "../../config/check-types.ts";
import { adminText, entryFor } from "../health/admin.ts";
import type { LeavingServer, ServerHealth } from "../health/types.ts";
import type { CheckSnapshot, HealthSnapshot, ServerHealthSnapshot } from "./snapshot-types.ts";
import type { DirectorState } from "./types.ts";

export function serverHealth(
  state: DirectorState,
  service: number,
  server: number,
  now: Instant,
): ServerHealthSnapshot {
  const configured = state.setup.config.services[service];
  const destination = configured?.servers[server];
  const health = state.health.services[service]?.servers[server];
  if (!configured || !destination || !health) throw new TypeError("no such server");
  const decided = entryFor(state.health.admin, configured.name, destination);
  return {
    state: health.kind,
    reason: health.reason,
    sinceMs: elapsed(health.since, now),
    heldMs: health.heldUntil && Math.max(0, elapsed(now, health.heldUntil)),
    rampsSinceMs: health.rampSince && elapsed(health.rampSince, now),
    admin: decided && {
      action: decided.action,
      text: adminText(decided),
      who: decided.who,
      reason: decided.reason,
      time: decided.time,
      by: decided.director,
      leftMs: decided.until && Math.max(0, elapsed(now, decided.until)),
    },
    checks: (configured.checks[server] ?? []).map((check, i) =>
      checkOf(state, check, health.verdicts[i] ?? "unknown", now),
    ),
  };
}

/** Nobody asks it any more. */
export function leavingHealth({ since, until }: LeavingServer, now: Instant): ServerHealthSnapshot {
  const left = formatDuration(seconds(Math.max(0, Math.round(elapsed(now, until) / 1000))));
  return {
    state: "leaving",
    reason: `taken out of the file; it goes without connections, or in ${left}`,
    sinceMs: elapsed(since, now),
    heldMs: undefined,
    rampsSinceMs: undefined,
    admin: undefined,
    checks: [],
  };
}

function checkOf(
  state: DirectorState,
  check: Check,
  verdict: ServerHealth["verdicts"][number],
  now: Instant,
): CheckSnapshot {
  const probe = state.setup.config.probes[check.probe];
  const result = state.health.results.get(check.probe);
  const next = result && probe ? Math.max(0, probe.interval - elapsed(result.at, now)) : undefined;
  return {
    kind: probe?.action.kind ?? "none",
    verdict,
    answer: result && {
      ok: result.ok,
      reason: result.reason,
      warning: result.warning,
      run: result.run,
      needed: result.ok ? check.rise : check.fall,
      latencyMs: result.latency,
      agoMs: elapsed(result.at, now),
    },
    nextMs: next,
  };
}

export function serviceHealth(
  state: DirectorState,
  service: number,
  now: Instant,
): HealthSnapshot | undefined {
  const configured = state.setup.config.services[service];
  const health = state.health.services[service];
  if (!configured || !health || configured.checks.every((checks) => checks.length === 0)) {
    return undefined;
  }
  const { quorum, hysteresis } = configured.health;
  return {
    quorum: health.quorum,
    quorumSinceMs: elapsed(health.quorumSince, now),
    wanted: quorum,
    hysteresis,
    fallback: health.quorum === "lost" && configured.fallback.length > 0,
    doubtMs: health.doubtSince && elapsed(health.doubtSince, now),
    local: health.local,
  };
}

/** Servers, quorums and certificates that somebody should look at, a sentence each. */
export function healthAlarms(state: DirectorState, now: Instant): readonly string[] {
  const { config } = state.setup;
  const alarms: string[] = [];
  for (const [i, { name, servers, fallback }] of config.services.entries()) {
    const health = state.health.services[i];
    if (!health) continue;
    const down = health.servers.filter(({ kind }) => kind === "down" || kind === "doubted").length;
    if (down > 0) alarms.push(`${name}: ${down} of ${servers.length} servers are down`);
    if (health.quorum === "lost") {
      const serves = fallback.length > 0 ? "the fallback serves" : "there is no fallback";
      alarms.push(`${name}: the quorum is lost, ${serves}`);
    }
    if (health.doubtSince !== undefined) {
      const who = health.local
        ? "another director sees them up, the fault is this one's"
        : "nobody else has confirmed it yet";
      alarms.push(`${name}: too many servers seem to fail at once; ${who}`);
    }
  }
  return [...alarms, ...answerAlarms(state, now)];
}

/** So many intervals without an answer are no accident. */
const STALE_INTERVALS = 3;
const STALE_MS = 15_000;

function answerAlarms(state: DirectorState, now: Instant): readonly string[] {
  const { probes } = state.setup.config;
  const alarms: string[] = [];
  let stale = 0;
  for (const [position, result] of state.health.results) {
    const { interval = 0, timeout = 0, target } = probes[position] ?? {};
    const limit = STALE_INTERVALS * interval + timeout + STALE_MS;
    if (elapsed(result.at, now) > limit) stale++;
    if (result.warning !== undefined) {
      alarms.push(`${target?.address ?? ""} port ${target?.port ?? 0}: ${result.warning}`);
    }
  }
  if (stale > 0) alarms.push(`${stale} of ${probes.length} checks have not been answered lately`);
  return alarms;
}
