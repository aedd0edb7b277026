/** Mistakes that somebody could make in the core, each with a scenario that must notice. */

import { LATER } from "./later-mutants.ts";
import {
  backup,
  beats,
  compose,
  election,
  freshness,
  hear,
  type Mutant,
  master,
  mutant,
  step,
  timing,
  transitions,
} from "./mutant.ts";
import { RFC } from "./rfc-mutants.ts";

export type { Mutant } from "./mutant.ts";

const ELECTION: readonly Mutant[] = [
  mutant(
    "the tie-break is dropped",
    "equal priorities: exactly one takeover, by the highest address",
    election(": tieBreak(a, b) > 0", ": false"),
  ),
  mutant(
    "two equal masters both stay",
    "healed: equal priorities end with one master",
    election(": tieBreak(a, b) > 0", ": false"),
  ),
  mutant(
    "the skew is truncated",
    "all start at once: exactly one takeover, by the best",
    timing("ms(Math.max(config.interval / 4, MIN_SKEW))", "ms(0)"),
  ),
  mutant(
    "the skew is shorter than the network is slow",
    "a death is followed by one takeover however slow the network within a skew",
    timing("config.interval / 4, MIN_SKEW", "config.interval / 50, 1"),
  ),
  mutant(
    "rank is ignored",
    "each better candidate that was heard and does nothing costs one skew",
    timing("times(skew(config), rank(state, config, down))", "times(skew(config), 0)"),
  ),
  mutant(
    "the silent master counts as a candidate",
    "the best backup takes over after silence alone",
    timing("view.claimAt === undefined &&", ""),
    timing('view.report.state === "backup" &&', ""),
  ),
  mutant(
    "a director at fault counts as a candidate",
    "a director at fault is no candidate: it costs no skew",
    timing('view.report.state === "backup" &&', ""),
  ),
  mutant(
    "nobody waits at the start",
    "a director that starts into a serving pair only follows",
    transitions("floor: after(now, silence(config))", "floor: now"),
  ),
  mutant(
    "what others hear of a known master is ignored",
    "who is deaf to the master believes a third director",
    timing("if (witness.report.followed !== view.id) continue;", "continue;"),
  ),
  mutant(
    "what others hear of an unknown master is ignored",
    "who starts deaf to the master believes another who hears it",
    timing("if (followed === 0 || followed === config.selfId) continue;", "continue;"),
  ),
];

const MASTERS: readonly Mutant[] = [
  mutant(
    "the loser does not yield",
    "healed: the better one stays, and two share the VIP for an interval at most",
    master('return yieldTo("better")', "return stay(state)"),
  ),
  mutant(
    "the better one yields as well",
    "healed: the better one stays, and two share the VIP for an interval at most",
    master("if (goesFirst(peer, selfAs(config, state))) return", "return"),
  ),
  mutant(
    "the winner does not announce at the release",
    "healed: the winner announces when the loser's VIP is gone",
    master("level }, announce(`${peer.director} let go`));", "level });"),
  ),
  mutant(
    "who goes first ignores who knows the connections",
    "healed: who knows the connections stays, though it is worse",
    election(
      "a.report.level !== b.report.level ? a.report.level : isBetter(a, b)",
      "isBetter(a, b)",
    ),
  ),
  mutant(
    "a rival that hears nothing is outwaited",
    "a cut from the master: one owner within a few intervals, and then quiet",
    master("if (!peer.hearsUs && now - since >= silence(config))", "if (false)"),
  ),
  mutant(
    "masters at the ends of a chain both stay",
    "a chain that starts as one: one master",
    master("return now - report.followedAge >=", "return false && 0 >="),
  ),
  mutant(
    "a master that wakes up claims at once",
    "a paused master wakes up, listens, and lets go",
    master("state.listenUntil !== undefined || !silent) return state", "true) return state"),
  ),
  mutant(
    "a master that was asked to leave and froze claims at once",
    "a director frozen while it lets go listens before it claims again",
    transitions('from.kind === "leaving" ? from.claimedAt : now', "now"),
  ),
  mutant(
    "a stunned backup judges at once",
    "a stunned backup does not take over before it has listened",
    beats("draft.now - at <= interval", "true"),
  ),
  mutant(
    "a late backup listens for ever",
    "a host whose every tick is late still takes over",
    backup("if (again) return", "if (false) return"),
  ),
  mutant(
    "a goodbye is judged before what follows it is read",
    "an old goodbye in the socket's buffer is read together with what followed",
    backup(
      "return stay({ ...next, floor: after(now, wait), goodbye });",
      "return settle({ ...next, floor: after(now, wait), goodbye }, config, now);",
    ),
  ),
];

const FRESHNESS: readonly Mutant[] = [
  mutant(
    "any session is believed",
    "recordings of an earlier session, replayed to a director that has just started",
    freshness(
      "if (!echoesFreshly(context) && (old || !countsHigher(peer, envelope, context)))",
      "if (false)",
    ),
    freshness("if (old && utteranceOf(envelope) <= old.utterance)", "if (false)"),
  ),
  mutant(
    "old echoes are accepted",
    "recordings of a session that never arrived",
    freshness("sequence > listener.spokenBefore", "sequence >= 0"),
  ),
  mutant(
    "retired sessions are accepted",
    "goodbyes of an earlier session, replayed at any time",
    freshness("if (old && utteranceOf(envelope) <= old.utterance)", "if (false)"),
    freshness("sequence > listener.spokenBefore", "sequence >= 0"),
  ),
  mutant(
    "replays are accepted",
    "the last claim, replayed again and again, keeps nobody alive",
    freshness("(before && isRepeated(before, envelope))", "false"),
  ),
  mutant(
    "a slow path's old words are believed",
    "a link that fails: its director says so on the other path",
    freshness("if (utterance >= newest)", "if (true)"),
  ),
  mutant(
    "parts must not overtake each other",
    "255 instances in parts: all move together",
    freshness("before.parts.includes(envelope.part)", "true"),
  ),
  mutant(
    "an echo proves nothing",
    "a wiped disk: the director is known again at once",
    freshness("echo?.session === listener.session &&", "false &&"),
  ),
  mutant(
    "a counter proves nothing",
    "a master that cannot hear restarts: it is believed by its counter",
    freshness("silent && counter > peer.counter", "false"),
  ),
  mutant(
    "a higher counter displaces the living",
    "a wiped disk, and recordings that count higher",
    freshness("silent && counter > peer.counter", "counter > peer.counter"),
  ),
  mutant(
    "what was replaced never returns",
    "a wiped disk, and recordings that count higher",
    freshness("if (old && utteranceOf(envelope) <= old.utterance)", "if (old)"),
  ),
  mutant(
    "an unproven session is not echoed",
    "all start at once: exactly one takeover, by the best",
    compose("peer.session ?? candidate?.session", "peer.session"),
  ),
  mutant(
    "a new session is not greeted",
    "a wiped disk: the director is known again at once",
    hear('speakUp(draft, "hello");', ""),
  ),
  mutant(
    "life extends for ever",
    "unproven signs of life hold a timer for three intervals at most",
    timing("min(view.lifeAt, after(last, duration))", "view.lifeAt"),
  ),
  mutant(
    "life counts for nothing",
    "unproven signs of life hold a timer for three intervals at most",
    timing("if (view.lifeAt !== undefined)", "if (false)"),
  ),
  mutant(
    "junk for others is taken",
    "junk and forgeries move nothing",
    hear("envelope.addressee !== 0 && envelope.addressee !== setup.selfId", "false"),
  ),
  mutant(
    "without a secret a goodbye is believed at once",
    "without a secret a goodbye waits one skew",
    backup("config.authenticated ? ms(0) : skew(config)", "ms(0)"),
  ),
];

const HANDOVER: readonly Mutant[] = [
  mutant(
    "the successor claims before its VIPs are on",
    "somebody holds the VIP at every instant, two for a moment",
    backup(
      "return toMaster(next, { cause, claiming: false }, now);\n  }\n  const preempted",
      "return toMaster(next, { cause, claiming: true }, now);\n  }\n  const preempted",
    ),
  ),
  mutant(
    "an invitation stands for ever",
    "an invitation that was read too late is declined",
    backup(
      "if (stands === isHandoverToUs(state, config, peer, now)) return state;",
      "if (stands || !isHandoverToUs(state, config, peer, now)) return state;",
    ),
    backup(
      "const floor = latest(state.floor, after(now, config.interval));\n  return { ...state, floor, wokeAt: now, invited: undefined }",
      "const floor = latest(state.floor, after(now, config.interval));\n  return { ...state, floor, wokeAt: now }",
    ),
  ),
  mutant(
    "who is not fit is asked",
    "refused where nobody is fit",
    election("isCandidate(view) && view.report.level", "true"),
  ),
  mutant(
    "a goodbye is ignored",
    "stopping while nobody is level: a goodbye, and a takeover by rank",
    backup("if (!letGo ||", "if (true ||"),
  ),
  mutant(
    "a crash is never adopted",
    "a crash with a restart in time: adopted, nobody else moves",
    step("if (event.adopt)", "if (false)"),
  ),
  mutant(
    "the giver's hold is forgotten",
    "the giver stays away, preemption or not, until its hold ends",
    transitions('    holdUntil,\n    kind: "leaving",', '    kind: "leaving",'),
  ),
  mutant(
    "who is on hold goes before others",
    "who is on hold goes last",
    election("state.holdUntil !== undefined ||", "false ||"),
  ),
  mutant(
    "preemption ignores the hold",
    "the giver stays away, preemption or not, until its hold ends",
    election("state.holdUntil !== undefined ||", "false ||"),
  ),
  mutant(
    "preemption does not wait",
    "after a minute of following, once",
    backup("config.preempt.delay : ms(0)", "ms(0) : ms(0)"),
  ),
  mutant(
    "preemption does not ask who knows the connections",
    "not before the connections are known",
    backup("const ready = state.level &&", "const ready ="),
  ),
  mutant(
    "every better one preempts",
    "two better ones at once: only the best moves",
    backup("if (better) return undefined;", ""),
  ),
  mutant(
    "a deaf master is preempted",
    "a master that is deaf is not preempted",
    backup("const reached = over.hearsUs &&", "const reached ="),
  ),
];

export const MUTANTS: readonly Mutant[] = [
  ...LATER,
  ...RFC,
  ...ELECTION,
  ...MASTERS,
  ...FRESHNESS,
  ...HANDOVER,
];
