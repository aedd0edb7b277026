/** Makers of what the election compares, for its unit tests. */
import type { Ip } from "../../src/base/ip.ts";
import { type Instant, instant, ms, seconds } from "../../src/base/units.ts";
import type {
  BackupState,
  Heard,
  MasterState,
  PeerView,
  VrrpConfig,
} from "../../src/core/vrrp/types.ts";
import type { InstanceReport } from "../../src/wire/heartbeat/types.ts";

/** lb1 with priority 150; lb2, lb3 … are the others, with what their reports say. */
export const vrrpConfig = (changes: Partial<VrrpConfig> = {}): VrrpConfig => ({
  self: { director: "lb1", address: "10.0.0.1" as Ip, priority: 150 },
  selfId: 1,
  interval: ms(250),
  missed: 3,
  preempt: { kind: "never" },
  authenticated: true,
  levelAfter: seconds(10),
  synced: true,
  rfc: undefined,
  grouped: false,
  witnessHold: seconds(30),
  ...changes,
});

export const reportOf = (changes: Partial<InstanceReport> = {}): InstanceReport => ({
  id: 7,
  routerId: 51,
  state: "backup",
  claim: false,
  level: true,
  hold: false,
  wants: false,
  asks: false,
  priority: 100,
  serviceable: true,
  sees: false,
  blind: false,
  interval: ms(250),
  vipDigest: "0123456789abcdef",
  followed: 0,
  followedAge: ms(0),
  successor: 0,
  activeConnections: 0,
  inactiveConnections: 0,
  passesStarted: 0,
  passesSent: 0,
  passCount: 0,
  ...changes,
});

export const heardFrom = (index: number, changes: Partial<InstanceReport> = {}): Heard => ({
  director: `lb${index}`,
  id: index,
  address: `10.0.0.${index}` as Ip,
  report: reportOf(changes),
  hearsUs: true,
  sameConfig: true,
});

export const masterReport = (changes: Partial<InstanceReport> = {}): InstanceReport =>
  reportOf({ state: "master", claim: true, ...changes });

export function viewOf(heard: Heard, heardAt: number, changes: Partial<PeerView> = {}): PeerView {
  const claimAt = heard.report.claim ? instant(heardAt) : undefined;
  return { ...heard, heardAt: instant(heardAt), claimAt, lifeAt: undefined, ...changes };
}

export const viewsOf = (...views: readonly PeerView[]): Record<string, PeerView> =>
  Object.fromEntries(views.map((view) => [view.director, view]));

const common = (
  since: Instant,
): Pick<
  BackupState,
  "faults" | "level" | "blind" | "cutOff" | "penalty" | "bonus" | "failing" | "since" | "cause"
> => ({
  faults: [],
  blind: false,
  cutOff: false,
  penalty: 0,
  bonus: 0,
  failing: [],
  level: true,
  since,
  cause: { kind: "started" },
});

export const backupState = (changes: Partial<BackupState> = {}): BackupState => ({
  ...common(instant(0)),
  kind: "backup",
  views: {},
  holdUntil: undefined,
  floor: instant(0),
  following: undefined,
  goodbye: undefined,
  invited: undefined,
  wantsUntil: undefined,
  doubtSince: undefined,
  ready: undefined,
  wokeAt: undefined,
  ...changes,
});

export const masterState = (changes: Partial<MasterState> = {}): MasterState => ({
  ...common(instant(0)),
  kind: "master",
  views: {},
  holdUntil: undefined,
  vips: "on",
  claiming: true,
  claimedAt: instant(0),
  rivals: {},
  toldAt: undefined,
  listenUntil: undefined,
  ...changes,
});
