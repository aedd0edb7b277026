/** The words of ipvsadm: commands and options, with the numbers that its matrix has for them. */

export type CommandName =
  | "add-service"
  | "edit-service"
  | "delete-service"
  | "flush"
  | "list"
  | "add-server"
  | "delete-server"
  | "edit-server"
  | "set"
  | "start-daemon"
  | "stop-daemon"
  | "restore"
  | "save"
  | "zero"
  | "help"
  | "version";

/** In the order in which they are checked. */
export const SLOTS = [
  "numeric",
  "connection",
  "service-address",
  "scheduler",
  "persistent",
  "netmask",
  "real-server",
  "forwarding-method",
  "weight",
  "u-threshold",
  "l-threshold",
  "mcast-interface",
  "timeout",
  "daemon",
  "stats",
  "rate",
  "thresholds",
  "persistent-conn",
  "nosort",
  "syncid",
  "exact",
  "ops",
  "pe",
  "sched-flags",
  "mcast-group",
  "mcast-port",
  "mcast-ttl",
  "sync-maxlen",
  "tun-info",
  "tun-type",
  "tun-port",
  "tun-nocsum",
  "tun-csum",
  "tun-remcsum",
] as const;

export type Slot = (typeof SLOTS)[number];

export type Value = "none" | "required" | "optional";

export type Option = {
  readonly long: string | undefined;
  readonly short: string;
  readonly value: Value;
} & (
  | { readonly kind: "command"; readonly command: CommandName }
  | { readonly kind: "option"; readonly slot: Slot }
  /** Outside the matrix. */
  | { readonly kind: "free"; readonly name: "sort" | "ipv6" }
);

const command = (name: CommandName, long: string, short = "", value: Value = "none"): Option => ({
  kind: "command",
  command: name,
  long,
  short,
  value,
});

const option = (slot: Slot, long: string | undefined, short: string, value: Value): Option => ({
  kind: "option",
  slot,
  long,
  short,
  value,
});

export const OPTIONS: readonly Option[] = [
  command("add-service", "add-service", "A"),
  command("edit-service", "edit-service", "E"),
  command("delete-service", "delete-service", "D"),
  command("flush", "clear", "C"),
  command("list", "list", "Ll"),
  command("zero", "zero", "Z"),
  command("add-server", "add-server", "a"),
  command("edit-server", "edit-server", "e"),
  command("delete-server", "delete-server", "d"),
  command("help", "help", "h"),
  command("version", "version", "v"),
  command("restore", "restore", "R"),
  command("save", "save", "S"),
  command("set", "set"),
  command("start-daemon", "start-daemon", "", "required"),
  command("stop-daemon", "stop-daemon", "", "required"),
  option("service-address", "tcp-service", "t", "required"),
  option("service-address", "udp-service", "u", "required"),
  option("service-address", "sctp-service", "", "required"),
  option("service-address", "fwmark-service", "f", "required"),
  option("scheduler", "scheduler", "s", "required"),
  option("persistent", "persistent", "p", "optional"),
  option("netmask", "netmask", "M", "required"),
  option("real-server", "real-server", "r", "required"),
  option("forwarding-method", "masquerading", "m", "none"),
  option("forwarding-method", "ipip", "i", "none"),
  option("forwarding-method", "gatewaying", "g", "none"),
  option("weight", "weight", "w", "required"),
  option("u-threshold", "u-threshold", "x", "required"),
  option("l-threshold", "l-threshold", "y", "required"),
  option("numeric", "numeric", "n", "none"),
  option("connection", "connection", "c", "none"),
  option("mcast-interface", "mcast-interface", "", "required"),
  option("timeout", "timeout", "", "none"),
  option("daemon", "daemon", "", "none"),
  option("stats", "stats", "", "none"),
  option("rate", "rate", "", "none"),
  option("thresholds", "thresholds", "", "none"),
  option("persistent-conn", "persistent-conn", "", "none"),
  option("nosort", "nosort", "", "none"),
  option("syncid", "syncid", "", "required"),
  option("exact", "exact", "X", "none"),
  option("ops", "ops", "o", "none"),
  option("pe", "pe", "", "required"),
  option("sched-flags", "sched-flags", "b", "required"),
  option("mcast-group", "mcast-group", "", "required"),
  option("mcast-port", "mcast-port", "", "required"),
  option("mcast-ttl", "mcast-ttl", "", "required"),
  option("sync-maxlen", "sync-maxlen", "", "required"),
  option("tun-info", "tun-info", "", "none"),
  option("tun-type", "tun-type", "", "required"),
  option("tun-port", "tun-port", "", "required"),
  option("tun-nocsum", "tun-nocsum", "", "none"),
  option("tun-csum", "tun-csum", "", "none"),
  option("tun-remcsum", "tun-remcsum", "", "none"),
  { kind: "free", name: "sort", long: "sort", short: "", value: "none" },
  { kind: "free", name: "ipv6", long: "ipv6", short: "6", value: "none" },
];

const BY_LONG = new Map(OPTIONS.map((one) => [one.long, one]));
const BY_SHORT = new Map(
  OPTIONS.flatMap((one) => one.short.split("").map((letter) => [letter, one])),
);

export const byLong = (name: string): Option | undefined => BY_LONG.get(name);
export const byShort = (letter: string): Option | undefined => BY_SHORT.get(letter);
