/** The keys about what surrounds an instance: what is tracked for it, and who is told of it. */
import * as z from "zod/mini";
import { hours, minutes, ms, seconds } from "../../base/units.ts";
import { parseFile, parseHostAddress, parseInterface, parseNetwork } from "../values.ts";
import {
  command,
  doc,
  duration,
  either,
  flag,
  list,
  name,
  oneOf,
  parsed,
  section,
  text,
  user,
  whole,
} from "./scalars.ts";

/** A process's name in /proc/PID/comm has at most 15 characters. */
const COMM = 15;

const USER_DOC = "USER, or USER:GROUP, names or numbers: whom";
const OWN_USER = "the daemon's own user unless said otherwise.";

const processName = () => text(`a name of 1 to ${COMM} characters`, 1, COMM);
const MAX_PROCESSES = 65_535;

const processes = section({
  name: doc(
    "What the kernel calls it: `cat /proc/PID/comm`, 15 characters at most.",
    z.optional(processName()),
  ),
  command: doc(
    "Instead of a name, the words of its command line, as /proc/PID/cmdline has them.",
    z.optional(command()),
  ),
  match: doc(
    "exact: these words and no others. partial: more may follow. initial: the last one may go on. " +
      "As keepalived's param_match.",
    z.prefault(oneOf(["exact", "partial", "initial"]), "exact"),
  ),
  min: doc("So many have to run.", z.prefault(whole(0, MAX_PROCESSES), 1)),
  max: doc("And not more than these.", z.optional(whole(0, MAX_PROCESSES))),
});

export const track = section({
  interface: doc(
    "Holds while the interface is up and has a carrier.",
    z.optional(parsed("the name of an interface", parseInterface)),
  ),
  script: doc(
    "Holds while the program ends with 0: a list of words; no shell.",
    z.optional(command()),
  ),
  file: doc(
    "The number in the file, times the weight, goes to the priority; a missing file is 0.",
    z.optional(parsed("the path of a file", parseFile)),
  ),
  process: doc(
    "Holds while a process of this name runs, or so many of a command line.",
    z.optional(either("a name or { name, command … }", processName(), processes)),
  ),
  user: doc(`${USER_DOC} the script runs as; ${OWN_USER}`, z.optional(user())),
  interval: doc(
    "Between two looks at a script, a file or a process.",
    z.prefault(duration({ min: ms(100), max: hours(1) }), "1s"),
  ),
  timeout: doc(
    "A script that runs longer is killed, and has failed; the interval unless said otherwise.",
    z.optional(duration({ min: ms(100), max: hours(1) })),
  ),
  rise: doc("Successes in a row after which it holds again.", z.prefault(whole(1, 255), 1)),
  fall: doc("Failures in a row after which it has failed.", z.prefault(whole(1, 255), 1)),
  startsFailed: doc(
    "A script has failed until it was seen to hold `rise` times; else its first answer decides.",
    z.prefault(flag(), false),
  ),
});

export const tracked = either(
  "the name of a track or { name, weight, reverse }",
  name(),
  section({
    name: doc("A track.", name()),
    weight: doc(
      "Above 0 the priority gains it while the track holds, below 0 it loses it while it has " +
        "failed; with 0 the instance is at fault meanwhile. 0 unless said otherwise, 1 of a file.",
      z.optional(whole(-253, 253)),
    ),
    reverse: doc("The other way round.", z.prefault(flag(), false)),
  }),
);

const MAX_U32 = 4_294_967_295;
const network = () => parsed("a network", parseNetwork);

export const route = section({
  to: doc("default, or ADDRESS/PREFIX.", network()),
  via: doc("The gateway.", z.optional(parsed("an IP address", parseHostAddress))),
  interface: doc(
    "The link that it goes by.",
    z.optional(parsed("the name of an interface", parseInterface)),
  ),
  source: doc(
    "The address that packets of this host leave with, such as a VIP.",
    z.optional(parsed("an IP address", parseHostAddress)),
  ),
  table: doc("Number of the table; 254 is main.", z.prefault(whole(1, MAX_U32), 254)),
  metric: doc("Of several the lowest counts.", z.optional(whole(0, MAX_U32))),
  type: doc(
    "blackhole, unreachable and prohibit go nowhere, each with its own answer.",
    z.prefault(oneOf(["unicast", "blackhole", "unreachable", "prohibit"]), "unicast"),
  ),
});

export const rule = section({
  from: doc("Packets from this network.", z.optional(network())),
  to: doc("Packets to this network.", z.optional(network())),
  interface: doc(
    "Packets that come in by this link.",
    z.optional(parsed("the name of an interface", parseInterface)),
  ),
  mark: doc("Packets with this firewall mark.", z.optional(whole(1, MAX_U32))),
  family: doc("Where no network says it.", z.optional(oneOf(["ipv4", "ipv6"]))),
  table: doc("Number of the table that is asked.", whole(1, MAX_U32)),
  priority: doc("The lowest is asked first; main is 32766.", whole(1, 32_765)),
});

const told = {
  any: doc(
    "Runs at each change, with INSTANCE, the name, the state and the priority after its own " +
      "words, as keepalived's notify.",
    z.prefault(command(), []),
  ),
  master: doc("Runs when the VIPs stand here.", z.prefault(command(), [])),
  backup: doc("Runs when they do not.", z.prefault(command(), [])),
  fault: doc("Runs when the instance can not serve.", z.prefault(command(), [])),
  stop: doc("Runs when baton has let go at its end.", z.prefault(command(), [])),
  user: doc(`${USER_DOC} the programs run as; ${OWN_USER}`, z.optional(user())),
  timeout: doc(
    "A program that runs longer is killed, with all that it started.",
    z.prefault(duration({ min: seconds(1), max: minutes(10) }), "30s"),
  ),
};

export const notify = section({
  ...told,
  deleted: doc(
    "Runs instead of `stop` when a reload takes the instance out of the file; `any` and the pipe " +
      "get DELETED then.",
    z.prefault(command(), []),
  ),
  lowerPriority: doc(
    "Runs in a master that hears a master of lower priority, after it has told the neighbours: to " +
      "take back what that one took outside, such as an address of a cloud.",
    z.prefault(command(), []),
  ),
  priorityChanges: doc(
    "notifyFifo gets a line at each change of the priority as well: MASTER_PRIORITY or " +
      "BACKUP_PRIORITY.",
    z.prefault(flag(), false),
  ),
});

export const reader = section({
  command: doc("The program and its arguments; no shell.", command()),
  user: doc(`${USER_DOC} it runs as; ${OWN_USER}`, z.optional(user())),
});

export const tracks = (what: string): z.ZodMiniArray<typeof tracked> => list(what, tracked);

export const group = section({
  track: doc(
    "What has to hold for all of it, or moves the priority of all.",
    z.prefault(tracks("names of tracks, or { name, weight, reverse }"), []),
  ),
  notify: doc(
    "Programs that are told when all of it has come to a state; `any` gets GROUP, the name, the " +
      "state and 0.",
    z.prefault(section(told), {}),
  ),
});
