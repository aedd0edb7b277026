/** Other programs that are directors, too. */
import type { Facts, ProcessFact } from "../facts.ts";
import { about, type Finding } from "../finding.ts";

const { ok, warning, error } = about("other programs");

interface Known {
  readonly unit: string;
  readonly why: string;
  /** It drives VIPs or the IPVS table itself. */
  readonly rival: boolean;
}

const TABLE = "It writes the IPVS table as well: each undoes what the other does.";
const VIPS = "It moves addresses as well, by an election of its own.";

const KNOWN: Readonly<Record<string, Known>> = {
  keepalived: { unit: "keepalived", why: `${VIPS} It may write the IPVS table, too.`, rival: true },
  pulse: { unit: "pulse", why: VIPS, rival: true },
  lvsd: { unit: "pulse", why: TABLE, rival: true },
  nanny: { unit: "pulse", why: TABLE, rival: true },
  ldirectord: { unit: "ldirectord", why: TABLE, rival: true },
  ucarp: { unit: "ucarp", why: VIPS, rival: true },
  vrrpd: { unit: "vrrpd", why: VIPS, rival: true },
  heartbeat: { unit: "heartbeat", why: VIPS, rival: false },
  pacemakerd: { unit: "pacemaker", why: "It may hold the VIPs as resources.", rival: false },
  corosync: {
    unit: "corosync",
    why: "It belongs to a cluster that may hold the VIPs.",
    rival: false,
  },
};

export function programRules({ processes }: Pick<Facts, "processes">): readonly Finding[] {
  const found = new Map<string, ProcessFact>();
  for (const one of processes) {
    const name = nameOf(one);
    if (name !== undefined && !found.has(name)) found.set(name, one);
  }
  if (found.size === 0) return [ok("programs", "no other program is a director here")];
  return [...found].map(([name, { pid }]) => running(name, pid));
}

/** ldirectord is a script: its interpreter's name is what the kernel has. */
function nameOf({ name, words }: ProcessFact): string | undefined {
  if (Object.hasOwn(KNOWN, name)) return name;
  const script = words[1]?.split("/").at(-1);
  return script !== undefined && script === "ldirectord" ? script : undefined;
}

function running(name: string, pid: number): Finding {
  const { unit, why, rival } = KNOWN[name] ?? { unit: name, why: VIPS, rival: false };
  return (rival ? error : warning)("program-active", `${name} runs here (process ${pid})`, {
    why,
    remedy: rival
      ? `systemctl disable --now ${unit}`
      : `See that it does not have our VIPs, or: systemctl disable --now ${unit}`,
  });
}

/** Daemons of baton: a second one has another root or configuration, or another place. */
export function batonRules({ processes }: Pick<Facts, "processes">): readonly Finding[] {
  const daemons = processes.filter(isDaemon);
  if (daemons.length < 2) return [];
  const pids = daemons.map(({ pid }) => pid).join(" and ");
  return [
    error("two-batons", `${daemons.length} batons run on this network: processes ${pids}`, {
      why: "Each has a lock of its own, and both move addresses and write the IPVS table.",
      remedy: "Stop one: systemctl stop baton, or end the one that was started by hand.",
    }),
  ];
}

function isDaemon({ words }: ProcessFact): boolean {
  const program = words.findIndex((word) => /(^|\/)baton(\.js)?$/.test(word));
  return program >= 0 && program <= 3 && words[program + 1] === "run";
}
