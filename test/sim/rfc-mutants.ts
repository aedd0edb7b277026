/** Mistakes in the election of RFC 9568, each with its scenario. */
import {
  adverts,
  beats,
  draft,
  groups,
  type Mutant,
  mutant,
  rfcBackup,
  rfcMaster,
  rfcTiming,
  setup,
  spoken,
  step,
  transitions,
} from "./mutant.ts";

export const RFC: readonly Mutant[] = [
  mutant(
    "RFC: the skew is dropped",
    "RFC: a death is followed by three intervals and the skew",
    rfcTiming("((PRIORITIES - priority) *", "(0 *"),
  ),
  mutant(
    "RFC: version 2 scales its skew by the interval",
    "RFC: version 2 counts its skew in seconds",
    rfcTiming("config.rfc?.version === 2 ? 1000 : interval", "interval"),
  ),
  mutant(
    "RFC: a goodbye is not heard",
    "RFC: who stops says so, and serves until somebody claims",
    rfcBackup("return { ...next, floor: now, following: undefined, goodbye };", "return next;"),
  ),
  mutant(
    "RFC: who stops lets go at once",
    "RFC: who stops says so, and serves until somebody claims",
    rfcMaster("if (state.listenUntil !== undefined) return toReleasing", "return toReleasing"),
  ),
  mutant(
    "RFC: priority 0 is said again and again",
    "RFC: a hand-over on command moves the role, and it stays there",
    { file: "vrrp/timing.ts", from: "config.rfc ? undefined : after", to: "after" },
  ),
  mutant(
    "RFC: an advert of a lower priority starts the timer anew",
    "RFC: the better one takes over from a living master, without a gap",
    rfcBackup('if (config.preempt.kind === "never") return true;', "return true;"),
  ),
  mutant(
    "RFC: preempt is not asked for",
    "RFC: preempt never leaves a living master where it is",
    rfcBackup('if (config.preempt.kind === "never") return true;', ""),
  ),
  mutant(
    "RFC: a delay is not waited for",
    "RFC: a delayed preemption waits, and then for the timer",
    rfcBackup(" && heardFor < config.preempt.delay", " && false"),
  ),
  mutant(
    "RFC: the better one claims before its VIPs are on",
    "RFC: the better one takes over from a living master, without a gap",
    rfcBackup("{ cause, claiming: false }", "{ cause, claiming: true }"),
  ),
  mutant(
    "RFC: who lets go does not wait for the other one's VIPs",
    "RFC: who stops serves until the other one's VIPs are up, which may claim first",
    { file: "vrrp/leaving.ts", from: "ms(20)", to: "ms(0)" },
  ),
  mutant(
    "RFC: who lets go by a virtual MAC lingers",
    "RFC: by a virtual MAC who stops is gone with the claim",
    { file: "vrrp/leaving.ts", from: "config.rfc && !config.rfc.virtualMac", to: "config.rfc" },
  ),
  mutant(
    "RFC: who yields speaks by the virtual MAC",
    "RFC: by a virtual MAC who yields speaks by the interface's own",
    adverts("election.rfc?.virtualMac && { byOwnMac: true }", "{}"),
  ),
  mutant(
    "RFC: the tie-break is dropped",
    "RFC: equal masters are parted by the higher address",
    rfcMaster(
      'if (isBetter(rivalAs(peer), selfAs(config, next))) return yieldTo("better");',
      'if (report.priority > config.self.priority) return yieldTo("better");',
    ),
  ),
  mutant(
    "RFC: the winner does not announce again",
    "RFC: two masters that hear each other settle within an interval, and both speak of it",
    rfcMaster("[announce(why)]", "[]"),
  ),
  mutant(
    "RFC: who yields says nothing",
    "RFC: two masters that hear each other settle within an interval, and both speak of it",
    spoken("hasYielded(before) ||", "false ||"),
  ),
  mutant(
    "RFC: who yields says priority 0",
    "RFC: who yields does not say priority 0",
    transitions("!isYielding(options.cause)", "true"),
    draft('if (occasion === "released" && hasYielded(before)) return "yield";', ""),
  ),
  mutant(
    "RFC: the owner waits",
    "RFC: the owner of the addresses waits for nobody",
    step("config.self.priority === OWNER", "false"),
  ),
  mutant(
    "RFC: a paused master claims at once",
    "RFC: a paused master listens before it claims",
    rfcMaster("const state = wake(before, config, now);", "const state = before;"),
    adverts('before.kind === "master" ? wake(before, election, now) : before', "before"),
  ),
  mutant(
    "RFC: who said priority 0 goes on to claim",
    "RFC: who stops says so, and serves until somebody claims",
    adverts('one.kind === "leaving" && one.phase === "syncing"', 'one.kind === "leaving"'),
  ),
  mutant(
    "own interval: everybody speaks at every beat",
    "own interval: each instance speaks as often as it says",
    beats("state.setup.elections[name]?.interval === interval", "true"),
  ),
  mutant(
    "own interval: its timers are the pair's",
    "own interval: in version 2, which learns none, too",
    setup("interval: instance.interval", "interval: config.heartbeat.interval"),
  ),
  mutant(
    "group: each member takes over when it can",
    "group: priorities that cross do not part it",
    rfcBackup("return config.grouped ? stay({ ...state, ready }) : toMaster", "return toMaster"),
  ),
  mutant(
    "group: a fault stays with its member",
    "group: one member at fault takes the others along, and back",
    groups("shareFaults(draft, members);\n    shareLoss", "shareLoss"),
  ),
  mutant(
    "group: who yields yields alone",
    "group: one member that has to yield takes the others along",
    groups("shareLoss(draft, before, members);\n", ""),
  ),
];
