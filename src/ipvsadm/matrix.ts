/** Which option goes with which command, and which options go together. */
import type { Draft } from "./draft.ts";
import { type CommandName, SLOTS, type Slot } from "./options.ts";
import { wrong } from "./stop.ts";

/** `+` compulsory, blank allowed, `1` allowed but one of them only, `x` illegal; as SLOTS. */
const MATRIX: Readonly<Partial<Record<CommandName, string>>> = {
  "add-service": "xx+   xxxxxxxxxxxxxxx   xxxxxxxxxx",
  "edit-service": "xx+   xxxxxxxxxxxxxxx   xxxxxxxxxx",
  "delete-service": "xx+xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
  flush: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
  list: " 11xxxxxxxxx11       xxxxxxx xxxxx",
  "add-server": "xx+xxx+    xxxxxxxxxxxxxxxxxx     ",
  "delete-server": "xx+xxx+xxxxxxxxxxxxxxxxxxxxxxxxxxx",
  "edit-server": "xx+xxx+    xxxxxxxxxxxxxxxxxx     ",
  set: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
  "start-daemon": "xxxxxxxxxxx xxxxxxx xxxx    xxxxxx",
  "stop-daemon": "xxxxxxxxxxxxxxxxxxx xxxxxxxxxxxxxx",
  restore: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
  save: " xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
  zero: "xx xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
};

export function checkMatrix(command: CommandName, given: readonly Slot[]): void {
  if (!isPlain(RULES.get(command), given)) checkInOrder(command, given);
}

interface Rules {
  readonly compulsory: readonly Slot[];
  readonly allowed: ReadonlySet<Slot>;
}

const slotsWith = (row: string, signs: string): readonly Slot[] =>
  SLOTS.filter((_, i) => signs.includes(row[i] ?? "x"));

const RULES: ReadonlyMap<string, Rules> = new Map(
  Object.entries(MATRIX).map(([command, row]) => [
    command,
    { compulsory: slotsWith(row, "+"), allowed: new Set(slotsWith(row, "+ ")) },
  ]),
);

/** Nothing is missing and nothing is doubtful: most lines, of which there may be thousands. */
function isPlain(rules: Rules | undefined, given: readonly Slot[]): boolean {
  if (rules === undefined) return false;
  for (const slot of rules.compulsory) if (!given.includes(slot)) return false;
  for (const slot of given) if (!rules.allowed.has(slot)) return false;
  return true;
}

function checkInOrder(command: CommandName, given: readonly Slot[]): void {
  const row = MATRIX[command] ?? "";
  let one: Slot | undefined;
  for (const [i, slot] of SLOTS.entries()) {
    const rule = row[i];
    if (!given.includes(slot)) {
      if (rule !== "+") continue;
      throw wrong(`You need to supply the '${slot}' option for the '${command}' command`);
    }
    if (rule === "x") throw wrong(`Illegal '${slot}' option with the '${command}' command`);
    if (rule !== "1") continue;
    if (one !== undefined) {
      const where = `in the '${command}' command`;
      throw wrong(`The option '${slot}' conflicts with the '${one}' option ${where}`);
    }
    one = slot;
  }
}

/** Columns as TUNNEL_SLOTS, and the same signs. */
const TUNNELS = { ipip: "xxxx", gue: "+111", gre: "x11x" } as const;
const TUNNEL_SLOTS = ["tun-port", "tun-nocsum", "tun-csum", "tun-remcsum"] as const;

export function checkTunnel({ given, tunnel, forward }: Draft): void {
  const slots: readonly Slot[] = ["tun-type", ...TUNNEL_SLOTS];
  if (forward !== "tunnel") {
    if (slots.some((slot) => given.includes(slot))) {
      throw wrong("Tunnel options conflict with forward method");
    }
    return;
  }
  let one: Slot | undefined;
  for (const [i, slot] of TUNNEL_SLOTS.entries()) {
    const rule = TUNNELS[tunnel.type][i];
    const where = `the '${tunnel.type}' tunnel type`;
    if (!given.includes(slot)) {
      if (rule === "+") throw wrong(`You need to supply the '${slot}' option for ${where}`);
      continue;
    }
    if (rule === "x") throw wrong(`Illegal '${slot}' option with ${where}`);
    if (rule !== "1") continue;
    if (one) throw wrong(`The option '${slot}' conflicts with the '${one}' option in ${where}`);
    one = slot;
  }
}

/** Lists that do not go together. */
export function checkList(given: readonly Slot[]): void {
  const has = (...slots: readonly Slot[]): boolean => slots.some((slot) => given.includes(slot));
  const other = has("timeout", "daemon");
  const numbers = has("stats", "rate", "thresholds");
  if (((other || has("connection")) && numbers) || (other && has("persistent-conn"))) {
    throw wrong("options conflicts in the list command");
  }
}
