/** The rows and columns of the election's table: lb1 decides, lb3 is better, lb2 is worse. */
import { never } from "../../src/base/invariant.ts";
import { type Instant, instant, seconds } from "../../src/base/units.ts";
import type {
  BackupState,
  FaultState,
  InitializeState,
  LeavingState,
  MasterState,
  VrrpEvent,
  VrrpState,
} from "../../src/core/vrrp/types.ts";
import {
  backupState,
  heardFrom,
  masterReport,
  masterState,
  viewOf,
  viewsOf,
  vrrpConfig,
} from "../support/election.ts";

export const NOW = instant(10_000);
export const CONFIG = vrrpConfig();
const ago = (duration: number): Instant => instant(NOW - duration);

const backup2 = viewOf(heardFrom(2), ago(100));
const master3 = viewOf(heardFrom(3, masterReport({ priority: 200 })), ago(100));
const claim2 = heardFrom(2, masterReport());

const BACKUP: BackupState = backupState({
  views: viewsOf(backup2, master3),
  floor: ago(4250),
  following: { director: "lb3", since: ago(4000) },
});
const MASTER: MasterState = masterState({ views: viewsOf(backup2), claimedAt: ago(50) });
const COMMON = {
  views: viewsOf(backup2),
  faults: [],
  level: true,
  blind: false,
  cutOff: false,
  penalty: 0,
  bonus: 0,
  failing: [],
  holdUntil: undefined,
  since: ago(5000),
  cause: { kind: "started" },
} as const;
const LEAVING: LeavingState = {
  ...COMMON,
  kind: "leaving",
  phase: "serving",
  successor: { director: "lb2", id: 2 },
  until: instant(NOW + 100),
  askAt: undefined,
  next: "backup",
  claimedAt: ago(50),
  goodbyeDue: false,
};

const FAULT: FaultState = { ...COMMON, kind: "fault", faults: ["linkDown"], released: true };
const INITIALIZE: InitializeState = { ...COMMON, kind: "initialize" };

/** Each state that behaves as one: `master` and `leaving` have phases. */
export const STATES = {
  initialize: INITIALIZE,
  backup: BACKUP,
  doubting: {
    ...BACKUP,
    views: viewsOf(backup2, viewOf(heardFrom(3, masterReport({ priority: 200 })), ago(900))),
    following: undefined,
    cutOff: true,
    doubtSince: ago(100),
  },
  invited: { ...BACKUP, invited: { director: "lb3", at: NOW } },
  pending: { ...MASTER, vips: "pending", claiming: false },
  claiming: MASTER,
  contested: {
    ...MASTER,
    views: viewsOf(viewOf(claim2, ago(100))),
    rivals: { lb2: ago(100) },
  },
  listening: { ...MASTER, claimedAt: ago(2000), listenUntil: instant(NOW + 200) },
  syncing: { ...LEAVING, phase: "syncing" },
  serving: LEAVING,
  releasing: { ...LEAVING, phase: "releasing" },
  faulty: { ...FAULT, released: false },
  fault: FAULT,
} as const satisfies Record<string, VrrpState>;

export type StateName = keyof typeof STATES;

/** Each event, `heard` and commands by what they say. `timer` comes when it is due. */
export const EVENTS = {
  started: { kind: "started", adopt: false, level: false },
  adopted: { kind: "started", adopt: true, level: true },
  betterClaim: { kind: "heard", peer: heardFrom(3, masterReport({ priority: 200 })) },
  worseClaim: { kind: "heard", peer: claim2 },
  worseBackup: { kind: "heard", peer: heardFrom(2, { followed: 1 }) },
  goodbye: { kind: "heard", peer: heardFrom(3, { priority: 200 }) },
  invitation: {
    kind: "heard",
    peer: heardFrom(3, masterReport({ state: "leaving", priority: 200, successor: 1 })),
  },
  wish: { kind: "heard", peer: heardFrom(2, { wants: true }) },
  life: { kind: "life", director: "lb3" },
  early: { kind: "deadline" },
  timer: { kind: "deadline" },
  woke: { kind: "woke" },
  faulted: { kind: "faulted", fault: "addressLost" },
  repaired: { kind: "repaired", fault: "linkDown" },
  vipsOn: { kind: "vipsOn" },
  vipsOff: { kind: "vipsOff" },
  level: { kind: "level", level: true },
  passed: { kind: "passed" },
  blinded: { kind: "sight", blind: true, cutOff: false },
  cutOff: { kind: "sight", blind: true, cutOff: true },
  weak: { kind: "health", penalty: 60 },
  groupTakes: { kind: "groupTakes" },
  groupYields: { kind: "groupYields", member: "other" },
  lighter: { kind: "tracked", bonus: -60, failing: ["uplink"] },
  failover: { kind: "failover", hold: seconds(600), force: false },
  forced: { kind: "failover", hold: seconds(600), force: true },
  resume: { kind: "resume" },
  takeover: { kind: "takeover", patience: seconds(5) },
  stopping: { kind: "stopping" },
} as const satisfies Record<string, VrrpEvent>;

export type EventName = keyof typeof EVENTS;

/** The row that a state belongs to. */
export function nameOf(state: VrrpState): StateName {
  switch (state.kind) {
    case "initialize":
      return "initialize";
    case "backup":
      if (state.invited) return "invited";
      return state.doubtSince === undefined ? "backup" : "doubting";
    case "master":
      if (state.listenUntil !== undefined) return "listening";
      if (!state.claiming) return "pending";
      return Object.keys(state.rivals).length > 0 ? "contested" : "claiming";
    case "leaving":
      return state.phase;
    case "fault":
      return state.released ? "fault" : "faulty";
    default:
      return never(state);
  }
}
