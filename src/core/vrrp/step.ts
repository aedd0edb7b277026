/** The state machine of one instance: (state, event, now) → state, effects. */
import { never } from "../../base/invariant.ts";
import { earliest, type Instant } from "../../base/units.ts";
import { backupDeadlines, reassured, stepBackup } from "./backup.ts";
import { OWNER } from "./election.ts";
import { leavingDeadlines, stepLeaving } from "./leaving.ts";
import { masterDeadlines, stepMaster } from "./master.ts";
import { rfcBackupDeadlines, stepRfcBackup } from "./rfc/backup.ts";
import { stepRfcMaster } from "./rfc/master.ts";
import { spoken } from "./rfc/spoken.ts";
import {
  advertise,
  stay,
  toBackup,
  toFault,
  toInitialize,
  toMaster,
  toReleasing,
} from "./transitions.ts";
import type {
  Fault,
  FaultState,
  InitializeState,
  VrrpConfig,
  VrrpEvent,
  VrrpState,
  VrrpStep,
} from "./types.ts";
import { seen, withHeard } from "./views.ts";

export function step(
  state: VrrpState,
  config: VrrpConfig,
  event: VrrpEvent,
  now: Instant,
): VrrpStep {
  const result = dispatch(state, config, event, now);
  return config.rfc ? spoken(state, result) : result;
}

function dispatch(state: VrrpState, config: VrrpConfig, event: VrrpEvent, now: Instant): VrrpStep {
  if (event.kind === "resume") return stay({ ...state, holdUntil: undefined }, advertise("hello"));
  if (event.kind === "level") return stay({ ...state, level: event.level });
  if (event.kind === "health") {
    if (event.penalty === state.penalty) return stay(state);
    return stay({ ...state, penalty: event.penalty }, advertise("hello"));
  }
  if (event.kind === "tracked") {
    const { bonus, failing } = event;
    const changed = bonus !== state.bonus;
    return stay({ ...state, bonus, failing }, ...(changed ? [advertise("hello")] : []));
  }
  if (event.kind === "sight") {
    const seen = { ...state, blind: event.blind, cutOff: event.cutOff };
    return stay(seen.kind === "backup" ? reassured(seen, config, now) : seen);
  }
  if (event.kind === "repaired") return repaired(state, config, event.fault, now);
  if (event.kind === "faulted" && state.faults.includes(event.fault)) return stay(state);
  switch (state.kind) {
    case "initialize":
      return stepInitialize(state, config, event, now);
    case "backup":
      return (config.rfc ? stepRfcBackup : stepBackup)(state, config, event, now);
    case "master":
      return (config.rfc ? stepRfcMaster : stepMaster)(state, config, event, now);
    case "leaving":
      return stepLeaving(state, config, event, now);
    case "fault":
      return stepFault(state, config, event, now);
    default:
      return never(state);
  }
}

/** When `step` wants a deadline event at the latest; undefined: nothing is due. */
export function nextDeadline(
  state: VrrpState,
  config: VrrpConfig,
  now: Instant,
): Instant | undefined {
  switch (state.kind) {
    case "backup":
      return earliest(...(config.rfc ? rfcBackupDeadlines : backupDeadlines)(state, config, now));
    case "master":
      return earliest(...masterDeadlines(state, config));
    case "leaving":
      return earliest(...leavingDeadlines(state));
    case "initialize":
    case "fault":
      return undefined;
    default:
      return never(state);
  }
}

function stepInitialize(
  state: InitializeState,
  config: VrrpConfig,
  event: VrrpEvent,
  now: Instant,
): VrrpStep {
  switch (event.kind) {
    case "started": {
      const started = { ...state, level: event.level || config.levelAfter === 0 };
      if (state.faults.length > 0) return toFault(started, state.faults, now);
      if (event.adopt)
        return toMaster(started, { cause: { kind: "adopted" }, claiming: true }, now);
      // RFC 9568 §6.4.1: who owns the addresses waits for nobody.
      if (config.rfc && !config.grouped && config.self.priority === OWNER)
        return toMaster(started, { cause: { kind: "owner" }, claiming: true }, now);
      return toBackup(started, config, { kind: "started" }, now);
    }
    case "heard":
      return stay(seen(state, withHeard(state.views, event.peer, now)));
    case "faulted":
      return stay({ ...state, faults: [...state.faults, event.fault] });
    case "takeover":
    case "failover":
      return stay(state, { kind: "refused", sentence: "this director has not started" });
    case "life":
    case "deadline":
    case "woke":
    case "repaired":
    case "resume":
    case "vipsOn":
    case "vipsOff":
    case "level":
    case "sight":
    case "health":
    case "tracked":
    case "groupTakes":
    case "groupYields":
    case "passed":
    case "stopping":
      return stay(state);
    default:
      return never(event);
  }
}

function stepFault(
  state: FaultState,
  config: VrrpConfig,
  event: VrrpEvent,
  now: Instant,
): VrrpStep {
  switch (event.kind) {
    case "heard":
      return stay(seen(state, withHeard(state.views, event.peer, now)));
    case "faulted": {
      const faults = [...state.faults, event.fault];
      return stay({ ...state, faults, cause: { kind: "faults", faults } });
    }
    case "vipsOff":
      return released(state, config, now);
    case "takeover":
    case "failover":
      return stay(state, { kind: "refused", sentence: "this director is in fault" });
    case "stopping":
      if (state.released) return toInitialize(state, now);
      return toReleasing(
        state,
        { next: "initialize", cause: { kind: "stopping", successor: undefined } },
        now,
      );
    case "started":
    case "life":
    case "deadline":
    case "woke":
    case "repaired":
    case "resume":
    case "vipsOn":
    case "level":
    case "sight":
    case "health":
    case "tracked":
    case "groupTakes":
    case "groupYields":
    case "passed":
      return stay(state);
    default:
      return never(event);
  }
}

/** The goodbye of a director that failed: its VIPs are off. */
function released(state: FaultState, config: VrrpConfig, now: Instant): VrrpStep {
  if (state.released) return stay(state);
  if (state.faults.length > 0) return stay({ ...state, released: true }, advertise("released"));
  const step = toBackup(state, config, { kind: "repaired", fault: "all" }, now);
  return { ...step, effects: [...step.effects, advertise("released")] };
}

function repaired(state: VrrpState, config: VrrpConfig, fault: Fault, now: Instant): VrrpStep {
  const faults = state.faults.filter((other) => other !== fault);
  if (faults.length === state.faults.length) return stay(state);
  const waits = state.kind !== "fault" || faults.length > 0 || !state.released;
  if (waits) return stay({ ...state, faults });
  return toBackup({ ...state, faults }, config, { kind: "repaired", fault }, now);
}
