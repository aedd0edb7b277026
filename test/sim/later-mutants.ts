/** Mistakes about what is known of connections and of the network, each with its scenario. */
import {
  backup,
  director,
  election,
  learning,
  leaving,
  type Mutant,
  master,
  mutant,
  seeing,
  teaching,
  transitions,
} from "./mutant.ts";

const SIGHT: readonly Mutant[] = [
  mutant(
    "who is cut off takes over all the same",
    "a backup that is cut off does not take over before the hold",
    backup("const waits = state.cutOff &&", "const waits = false &&"),
  ),
  mutant(
    "who is cut off waits for ever",
    "clients are not left without anybody for ever",
    backup("after(takeover, config.witnessHold) > now", "true"),
  ),
  mutant(
    "frames of others do not speak for the network",
    "frames of anybody end it as well",
    seeing("> limit && !heard", "> limit"),
  ),
  mutant(
    "a witness counts for ever",
    "a witness that died long before the master does not count",
    seeing("return counts && elapsed", "return elapsed"),
  ),
  mutant(
    "who is back on the network takes over before it has listened",
    "back on the network, the master is heard before anything is taken",
    backup("floor: latest(state.floor, heard)", "floor: state.floor"),
  ),
  mutant(
    "a goodbye is doubted",
    "a goodbye is not doubted",
    backup("const waits = state.cutOff && !state.goodbye &&", "const waits = state.cutOff &&"),
  ),
  mutant(
    "a blind master hands over to a blind one",
    "both hear nothing: nothing moves",
    master("state.blind && report.sees", "state.blind"),
    election("  !view.report.blind &&\n", ""),
  ),
  mutant(
    "a blind master stays",
    "a master that hears nothing hands over to one that does",
    master("state.blind && report.sees", "false"),
  ),
  mutant(
    "an invitation is said once",
    "an invitation that gets lost is said again, and so is its answer",
    leaving("if (state.askAt === undefined || state.askAt > now)", "if (true)"),
  ),
  mutant(
    "a claim that got lost is not said again",
    "an invitation that gets lost is said again, and so is its answer",
    master("report.successor === config.selfId && speaks", "false"),
  ),
];

const RESYNC: readonly Mutant[] = [
  mutant(
    "a pass that began before the question counts",
    "an empty director preempts when it knows the connections, and not before",
    learning("passes >= 1 && same", "passes >= 0 && same"),
    learning("context.own >= count * SHARE", "true"),
  ),
  mutant(
    "the counts are not compared",
    "records that got lost are sent again",
    learning("passes >= 1 && same", "passes >= 1"),
  ),
  mutant(
    "the counts have to agree",
    "counts that never agree do not matter after two passes",
    learning("passes >= ENOUGH_PASSES ||", "false ||"),
  ),
  mutant(
    "nobody is taught",
    "taught within some intervals of its start",
    teaching("if (report.asks &&", "if (false &&"),
  ),
  mutant(
    "the loser of two masters counts as level",
    "who served beside another master learns what that one has seen",
    transitions('cause.kind === "rival" ||', "false ||"),
  ),
  mutant(
    "a sync link that was down is no loss",
    "a sync link that was down is made up for",
    director('{ kind: "level", level: false }', '{ kind: "level", level: one.level }'),
  ),
  mutant(
    "the successor is asked before it is taught",
    "a handover takes the newest connections along",
    transitions(
      '[synced ? pass("before") : advertise("handover")]',
      '[pass("before"), advertise("handover")]',
    ),
    transitions('phase: synced ? "syncing" : "serving"', 'phase: "serving"'),
  ),
  mutant(
    "a handover waits for its pass for ever",
    "a handover does not wait for a pass that does not end",
    leaving(
      'if (state.phase === "syncing") return invite(state, config, now);',
      'if (state.phase === "syncing") return stay(state);',
    ),
  ),
];

export const LATER: readonly Mutant[] = [...SIGHT, ...RESYNC];
