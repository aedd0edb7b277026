/** Virtual routers that are heard on the segment: ours as others speak of them, and strangers. */
import type { Director, Instance } from "../../config/types.ts";
import type { Advert, Authentication } from "../../wire/vrrp/types.ts";
import type { HeardAdvert, HeardOn, Pair } from "../facts.ts";
import { about, type Finding } from "../finding.ts";

const { ok, note, warning, error, unjudged } = about("segment");

export const advertRules = (pair: Pair): readonly Finding[] =>
  pair.facts.adverts.flatMap((one) => listened(one, pair));

function listened(on: HeardOn, pair: Pair): readonly Finding[] {
  const { interface: link, seconds, heard } = on;
  if (heard.kind === "unseen") {
    return [
      unjudged("vrrp-unheard", `virtual routers on ${link} were not listened for: ${heard.why}`, {
        why: "Another one with the same router id, or one of our VIPs, would be in the way.",
      }),
    ];
  }
  const findings = heard.value.flatMap((one) => judgeHeard(one, link, pair));
  if (findings.length > 0) return findings;
  return [ok("vrrp-heard", `no other virtual router was heard on ${link} within ${seconds} s`)];
}

function judgeHeard(heard: HeardAdvert, link: string, pair: Pair): readonly Finding[] {
  const { source, advert } = heard;
  if (typeof advert === "string") {
    return [
      note(
        "vrrp-unreadable",
        `an advertisement of ${source} on ${link} can not be read: ${advert}`,
        {
          why: "It is broken, or of a version that nobody here speaks.",
        },
      ),
    ];
  }
  const instances = pair.config.instances.filter((one) => one.interface === link);
  const ours = instances.find(({ routerId }) => routerId === advert.routerId);
  const vrrp = pair.config.heartbeat.transport === "vrrp";
  const director = vrrp && ours !== undefined ? speaker(heard, ours, pair) : undefined;
  if (ours !== undefined && director !== undefined) return spoken(director, advert, ours);
  return [...stolen(heard, advert, pair), foreign(heard, advert, { ours, link, vrrp })];
}

/** The director that the advertisement comes from. */
function speaker({ source }: HeardAdvert, { vrrp }: Instance, pair: Pair): Director | undefined {
  return pair.config.directors.find(
    ({ name, paths }) =>
      (vrrp?.sources[name] ?? paths[0]?.address) === source ||
      paths.some(({ address }) => address === source),
  );
}

const addressesOf = ({ addresses }: Advert): string => addresses.join(", ") || "no address";

/** A virtual router with an address that is ours. */
function stolen({ source }: HeardAdvert, advert: Advert, pair: Pair): readonly Finding[] {
  const vips = pair.config.instances.flatMap(({ vips: all }) => all);
  const common = vips.filter(({ address }) => advert.addresses.includes(address));
  const [first] = common;
  if (first === undefined) return [];
  const seen = `${source} advertises our VIP ${first.address} as router id ${advert.routerId}`;
  return [
    error("vrrp-vip", seen, {
      why: "It serves the address while it is master: two hosts answer for it.",
      remedy: `Take ${first.address} out of the configuration of ${source}, or out of ours.`,
    }),
  ];
}

interface Around {
  readonly ours: Instance | undefined;
  readonly link: string;
  readonly vrrp: boolean;
}

function foreign({ source }: HeardAdvert, advert: Advert, { ours, link, vrrp }: Around): Finding {
  const what = `version ${advert.version}, priority ${advert.priority}, for ${addressesOf(advert)}`;
  const seen = `router id ${advert.routerId} is heard on ${link} from ${source} (${what})`;
  if (ours === undefined) {
    return note("vrrp-other", seen, {
      why: `It is not ours: leave ${advert.routerId} to it.`,
    });
  }
  if (!vrrp) {
    return warning("vrrp-same-id", `${seen}; our ${ours.name} has it, too`, {
      why: "Over udp they do not disturb each other, but nobody can tell them apart, and on vrrp they would fight.",
      remedy: "Choose another routerId on both directors.",
    });
  }
  return error("vrrp-same-id", `${seen}; our ${ours.name} has it, and ${source} is no director`, {
    why: "Both take it for one virtual router: whoever has the lower priority falls silent.",
    remedy: "Choose another routerId on both directors, or add that host to directors.",
  });
}

/** Another director of this pair, in its own words. */
function spoken(director: Director, advert: Advert, ours: Instance): readonly Finding[] {
  const differences = differencesOf(advert, ours);
  if (differences.length === 0) {
    return [ok("vrrp-peer", `${director.name} advertises ${ours.name} as it is configured`)];
  }
  return differences.map(({ what, why }) =>
    error("vrrp-differs", `${director.name} advertises ${ours.name} with ${what}`, {
      why,
      remedy: "Make both sides the same; keepalived's words are in the README.",
    }),
  );
}

interface Difference {
  readonly what: string;
  readonly why: string;
}

const REFUSED = "What is not agreed on is refused: both become master.";
const LISTS =
  "Some routers refuse another list, and then both are master; what one lacks, it does not serve.";

function differencesOf(advert: Advert, { vrrp, vips, interval }: Instance): readonly Difference[] {
  if (vrrp === undefined) return [];
  const differences: Difference[] = [];
  const add = (what: string, why = REFUSED): void => {
    differences.push({ what, why });
  };
  if (advert.version !== vrrp.version) {
    add(`version ${advert.version}, configured is ${vrrp.version}`);
  }
  const sorted = (list: readonly string[]): string => list.toSorted().join(", ");
  const own = vrrp.advertised.length > 0 ? vrrp.advertised : vips.map(({ address }) => address);
  if (advert.priority !== 0 && sorted(advert.addresses) !== sorted(own)) {
    add(`the VIPs ${sorted(advert.addresses)}, configured are ${sorted(own)}`, LISTS);
  }
  // Version 3 backups follow the master's interval.
  if (advert.version === 2 && advert.interval !== interval) {
    add(`an interval of ${advert.interval / 1000} s, configured is ${interval / 1000} s`);
  }
  const wanted = vrrp.passwordFile === undefined ? "none" : "password";
  if (vrrp.version === 2 && advert.version === 2 && advert.authentication.kind !== wanted) {
    add(`${authentication(advert.authentication)}, configured is ${wanted}`);
  }
  return differences;
}

const authentication = (one: Authentication): string =>
  one.kind === "other" ? `authentication of type ${one.type}` : `authentication ${one.kind}`;
