/** The parameters of IPVS that a pair does better with. */
import type { Pair } from "../facts.ts";
import { about, type Finding, sysctl } from "../finding.ts";
import { serversBy } from "./forwarding.ts";

const { ok, note, warning } = about("ipvs");

const PREFIX = "net.ipv4.vs";

export const ipvsRules = (pair: Pair): readonly Finding[] => {
  const known = Object.keys(pair.facts.sysctls).some((name) => name.startsWith(`${PREFIX}.`));
  if (pair.config.services.length === 0 || !known) return [];
  return [...kept(pair), ...unchecked(pair), ...reuse(pair), ...sloppy(pair), ...tracked(pair)];
};

interface Kept {
  readonly leaf: string;
  readonly value: string;
  readonly why: string;
}

const SYNCED: readonly Kept[] = [
  {
    leaf: "sync_threshold",
    value: "2 50",
    why: "With the kernel's 3 a connection that has only shaken hands never reaches the peer.",
  },
  {
    leaf: "sync_refresh_period",
    value: "10",
    why: "With the kernel's 0 a quiet connection is never sent again, and runs out on the peer.",
  },
  {
    leaf: "sync_retries",
    value: "1",
    why: "A sync message that is lost takes a connection along, unless it is said once more.",
  },
];

const CHECKED: readonly Kept[] = [
  {
    leaf: "expire_nodest_conn",
    value: "1",
    why: "With 0 the packets of a removed server's clients are dropped until their connection times out.",
  },
  {
    leaf: "expire_quiescent_template",
    value: "1",
    why: "With 0 a persistent client is sent to a server of weight 0 for ever.",
  },
];

/** baton sets them while it runs: what differs then was changed by somebody else. */
function kept({ config, facts }: Pair): readonly Finding[] {
  const checked = config.services.some(({ checks }) => checks.some((one) => one.length > 0));
  const wanted = [
    ...(config.connectionSync === undefined ? [] : SYNCED),
    ...(checked ? CHECKED : []),
  ];
  return wanted.flatMap(({ leaf, value, why }) => {
    const name = `${PREFIX}.${leaf}`;
    const found = facts.sysctls[name];
    if (found === undefined || found === value)
      return found ? [ok(dashed(leaf), `${name} is ${found}`)] : [];
    const seen = `${name} is ${found}`;
    if (facts.daemon.kind !== "running") return [ok(dashed(leaf), `${seen}; baton sets ${value}`)];
    return [
      warning(dashed(leaf), `${seen}, where baton had set ${value}`, {
        why,
        fix: sysctl(name, value),
      }),
    ];
  });
}

const dashed = (leaf: string): string => leaf.replaceAll("_", "-");

/** Without checks baton leaves it as it is. */
function unchecked({ config, facts }: Pair): readonly Finding[] {
  const name = `${PREFIX}.expire_nodest_conn`;
  const checked = config.services.some(({ checks }) => checks.some((one) => one.length > 0));
  if (checked || facts.sysctls[name] !== "0") return [];
  const why = `${CHECKED[0]?.why ?? ""} With 1 they are told at once.`;
  return [note("expire-nodest-conn", `${name} is 0`, { why, fix: sysctl(name, "1") })];
}

/** From 5.9 on a reused port no longer waits a second for its old connection. */
function reuse({ facts }: Pair): readonly Finding[] {
  const name = `${PREFIX}.conn_reuse_mode`;
  const value = facts.sysctls[name];
  if (value === "0" && isSince(facts.kernel, 5, 9)) {
    const why =
      "With 0 a client that uses a port again goes to its old server, also to one that is drained.";
    return [note("conn-reuse-mode", `${name} is 0`, { why, fix: sysctl(name, "1") })];
  }
  if (
    value === "1" &&
    !isSince(facts.kernel, 5, 9) &&
    facts.sysctls[`${PREFIX}.conntrack`] === "1"
  ) {
    const why = "Before Linux 5.9 this pair delays a client that uses a port again by a second.";
    return [
      note("conn-reuse-mode", `${name} is 1 on ${facts.kernel}`, { why, fix: sysctl(name, "0") }),
    ];
  }
  return value === undefined ? [] : [ok("conn-reuse-mode", `${name} is ${value}`)];
}

function isSince(kernel: string, major: number, minor: number): boolean {
  const [first = 0, second = 0] = kernel.split(/[.-]/).map(Number);
  return first > major || (first === major && second >= minor);
}

const HASHES = new Set(["sh", "mh", "dh"]);

/** A hash sends a packet of a connection that is not known to the right server all the same. */
function sloppy({ config, facts }: Pair): readonly Finding[] {
  const name = `${PREFIX}.sloppy_tcp`;
  const hashed = config.services.find(
    ({ service }) =>
      HASHES.has(service.scheduler) &&
      (service.key.kind === "mark" || service.key.protocol === "tcp"),
  );
  if (hashed === undefined || config.connectionSync !== undefined) return [];
  if (facts.sysctls[name] !== "0") return [];
  return [
    note("sloppy-tcp", `${name} is 0, and ${hashed.name} uses ${hashed.service.scheduler}`, {
      why: "With 1 a director that takes over without connection sync goes on with open connections by the hash.",
      fix: sysctl(name, "1"),
    }),
  ];
}

const FULL = 0.8;

/** nf_conntrack beside IPVS: its size, and whether it sees the same packets. */
function tracked(pair: Pair): readonly Finding[] {
  const { sysctls, firewall } = pair.facts;
  const count = Number(sysctls["net.netfilter.nf_conntrack_count"] ?? Number.NaN);
  const max = Number(sysctls["net.netfilter.nf_conntrack_max"] ?? Number.NaN);
  const findings: Finding[] = [];
  if (count > FULL * max) {
    findings.push(
      warning("conntrack-full", `${count} of ${max} connections are tracked (nf_conntrack_max)`, {
        why: "When the table is full, packets of new connections are dropped.",
        remedy: `sysctl -w net.netfilter.nf_conntrack_max=${2 * max}, or track fewer (notrack)`,
      }),
    );
  } else if (max > 0) findings.push(ok("conntrack", `${count} of ${max} connections are tracked`));
  const nat = serversBy(pair, "nat").length > 0;
  const rewrites =
    firewall.nft.kind === "seen" &&
    firewall.nft.value.chains.some(({ type, rules }) => type === "nat" && rules.length > 0);
  if (nat && rewrites && sysctls[`${PREFIX}.conntrack`] === "0") {
    findings.push(
      note("ipvs-conntrack", `${PREFIX}.conntrack is 0, and nftables has rules of type nat`, {
        why: "IPVS connections are then not seen by those rules: masquerading does not reach them.",
        fix: sysctl(`${PREFIX}.conntrack`, "1"),
      }),
    );
  }
  return findings;
}
