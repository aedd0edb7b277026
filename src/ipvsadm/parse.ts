/** From the words of a command line to what they ask for; throws a Stop where they are wrong. */
import { never } from "../base/invariant.ts";
import { familyOf } from "../base/ip.ts";
import type { ServiceKey } from "../base/service.ts";
import { bareDestination } from "../wire/ipvs/destination.ts";
import {
  type Destination,
  type DestinationKey,
  type IpvsCommand,
  SERVICE_FLAG,
  type Service,
  type SyncDaemon,
  type SyncRole,
} from "../wire/ipvs/types.ts";
import type { Call } from "./call.ts";
import { BARE_PERSISTENCE, type Draft, newDraft, take, takeIpv6, timeoutOf } from "./draft.ts";
import type { Names } from "./endpoint.ts";
import { checkList, checkMatrix, checkTunnel } from "./matrix.ts";
import type { CommandName, Option } from "./options.ts";
import { Stop, tryHelp, wrong } from "./stop.ts";
import { schedulerFlags } from "./values.ts";
import { nextWord, type WordReader, wordReader } from "./words.ts";

/** `program` is the name by which it was called. Throws NameWanted too. */
export function parse(words: readonly string[], program: string, names: Names): Call {
  const reader = wordReader(words);
  const plain: string[] = [];
  const first = firstOption(reader, plain, program);
  const { command } = first.option;
  if (command === "help" || command === "version") return { kind: command };
  const role = roleOf(command, first.value);
  const draft = newDraft();
  for (let word = nextWord(reader); word; word = nextWord(reader)) {
    if (word.kind === "plain") plain.push(word.text);
    else takeOption(draft, word.option, word, names);
  }
  const timeouts = command === "set" ? takeTimeouts(plain) : undefined;
  if (plain.length > 0) throw wrong(`unexpected argument ${plain[0]}`);
  const flags = schedulerFlags(draft.schedulerFlags ?? "", draft.scheduler);
  checkMatrix(command, draft.given);
  return callOf(command, draft, { flags, role, timeouts });
}

type CommandOption = Extract<Option, { readonly kind: "command" }>;

/** The first option is the command; whatever else comes first is no beginning. */
function firstOption(
  reader: WordReader,
  plain: string[],
  program: string,
): { readonly option: CommandOption; readonly value: string | undefined } {
  try {
    for (let word = nextWord(reader); word; word = nextWord(reader)) {
      if (word.kind === "plain") plain.push(word.text);
      else if (word.option.kind !== "command") break;
      else return { option: word.option, value: word.value };
    }
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
  }
  throw tryHelp(program);
}

function takeOption(
  draft: Draft,
  option: Option,
  { value, typed }: { readonly value: string | undefined; readonly typed: string },
  names: Names,
): void {
  if (option.kind === "command") throw wrong(`invalid option \`${typed}'`);
  if (option.kind === "free") {
    if (option.name === "ipv6") takeIpv6(draft);
    return;
  }
  const bare = option.slot === "persistent" && value === undefined;
  take(draft, option, bare ? BARE_PERSISTENCE : value, names);
}

function roleOf(command: CommandName, value: string | undefined): SyncRole | undefined {
  if (command !== "start-daemon" && command !== "stop-daemon") return undefined;
  if (value === "master" || value === "backup") return value;
  throw wrong(
    command === "start-daemon"
      ? "illegal start-daemon parameter specified"
      : "illegal start_daemon specified",
  );
}

function takeTimeouts(plain: string[]): readonly number[] {
  const values = plain.splice(0, 3);
  if (values.length < 3) throw wrong("--set option requires 3 timeout values");
  return values.map(timeoutOf);
}

interface Rest {
  readonly flags: number;
  readonly role: SyncRole | undefined;
  readonly timeouts: readonly number[] | undefined;
}

function callOf(command: CommandName, draft: Draft, rest: Rest): Call {
  const { given } = draft;
  if (command === "help" || command === "version" || command === "restore") {
    return { kind: command };
  }
  if (command === "save") return { kind: "save", numeric: given.includes("numeric") };
  if (command !== "list") return { kind: "change", command: changeOf(command, draft, rest) };
  checkList(given);
  return { kind: "list", listing: { shows: given, service: keyIfGiven(draft) } };
}

type Change = Exclude<CommandName, "help" | "version" | "restore" | "save" | "list">;

function changeOf(command: Change, draft: Draft, { flags, role, timeouts }: Rest): IpvsCommand {
  switch (command) {
    case "add-service":
      return { kind: "addService", service: serviceOf(draft, flags) };
    case "edit-service":
      return { kind: "editService", service: serviceOf(draft, flags) };
    case "delete-service":
      return { kind: "removeService", key: keyOf(draft) };
    case "add-server":
      return { kind: "addDestination", key: keyOf(draft), destination: destinationOf(draft) };
    case "edit-server":
      return { kind: "editDestination", key: keyOf(draft), destination: destinationOf(draft) };
    case "delete-server":
      return {
        kind: "removeDestination",
        key: keyOf(draft),
        destination: bareDestination(serverOf(draft)),
      };
    case "flush":
      return { kind: "flush" };
    case "zero":
      return { kind: "zero", key: isNothing(draft) ? undefined : keyIfGiven(draft) };
    case "set": {
      const [tcp = 0, tcpFin = 0, udp = 0] = timeouts ?? [];
      return { kind: "setTimeouts", timeouts: { tcp, tcpFin, udp } };
    }
    case "start-daemon":
      return { kind: "startDaemon", daemon: daemonOf(draft, role ?? "master") };
    case "stop-daemon":
      return { kind: "stopDaemon", role: role ?? "master" };
    default:
      return never(command);
  }
}

/** The matrix has seen to it that a service was named. */
function keyOf(draft: Draft): ServiceKey {
  const key = keyIfGiven(draft);
  if (!key) throw wrong("illegal virtual server address[:port] specified");
  return key;
}

function keyIfGiven({ mark, family, protocol, address, port }: Draft): ServiceKey | undefined {
  if (mark !== 0) return { kind: "mark", mark, family: family ?? 4 };
  return protocol && address && { kind: "address", protocol, address, port };
}

/** Address and port of zero: the kernel's way to say all of them. */
const isNothing = ({ mark, address, port }: Draft): boolean =>
  mark === 0 && port === 0 && (address === "0.0.0.0" || address === "::");

function serviceOf(draft: Draft, flags: number): Service {
  const { given, protocol, port, scheduler, persistence, netmask, engine } = draft;
  if (draft.mark === 0 && port === 0 && persistence === 0) {
    throw wrong("Zero port specified for non-persistent service");
  }
  const onePacket = given.includes("ops");
  if (onePacket && draft.mark === 0 && protocol !== "udp") {
    throw wrong("One-Packet Scheduling is only for UDP virtual services");
  }
  return {
    key: keyOf(draft),
    scheduler,
    flags: flags | (onePacket ? SERVICE_FLAG.onePacket : 0),
    persistence,
    netmask,
    engine,
  };
}

function serverOf({ server }: Draft): DestinationKey {
  if (!server) throw wrong("illegal real server address[:port] specified");
  return server;
}

/** Who does not rewrite packets can not change the port. */
function destinationOf(draft: Draft): Destination {
  const { forward, weight, upper, lower, tunnel } = draft;
  const { address, port } = serverOf(draft);
  const key = keyOf(draft);
  const keeps = key.kind === "address" && forward !== "nat";
  if (familyOf(address) !== draft.family && forward !== "tunnel") {
    throw wrong("Different address family is allowed only for tunneling servers");
  }
  checkTunnel(draft);
  return {
    address,
    port: keeps ? key.port : port,
    forward,
    weight,
    upperThreshold: upper,
    lowerThreshold: lower,
    tunnel,
  };
}

const daemonOf = (draft: Draft, role: SyncRole): SyncDaemon => ({
  role,
  interface: draft.interface,
  syncId: draft.syncId,
  maxLength: draft.maxLength,
  group: draft.group,
  port: draft.mcastPort,
  ttl: draft.ttl,
});
