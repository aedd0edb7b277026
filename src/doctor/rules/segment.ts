/** Who answers for the VIPs on their network. */
import { formatCidr } from "../../base/ip.ts";
import type { Instance, Vip } from "../../config/types.ts";
import type { InstanceSnapshot } from "../../core/director/snapshot-types.ts";
import type { Pair } from "../facts.ts";
import { about, type Finding } from "../finding.ts";
import { vipHere } from "./addresses.ts";
import { answersFor, ownerOf } from "./answers.ts";
import { quietServer } from "./servers.ts";

const { ok, warning, error, unjudged } = about("segment");

export const segmentRules = (pair: Pair): readonly Finding[] =>
  pair.config.instances.flatMap((instance) =>
    instance.vips.flatMap((vip) => holders(vip, instance, pair)),
  );

function holders(vip: Vip, instance: Instance, pair: Pair): readonly Finding[] {
  const found = answersFor(vip.address, vip.interface, pair);
  if (found === undefined) return [];
  const which = `${vip.address} on ${vip.interface}`;
  if (found.kind === "unseen") {
    return [
      unjudged("vip-unasked", `who answers for ${which} was not asked: ${found.why}`, {
        why: "A second holder of the address does not show otherwise.",
      }),
    ];
  }
  const view = viewOf(instance.name, pair);
  const judged = found.value.flatMap((mac) => answerer(mac, vip, { which, view, pair }));
  const held = vipHere(vip, pair) !== undefined;
  if (found.value.length > 0) return judged;
  if (held) return [ok("vip-answers", `nobody else answers for ${which}`)];
  if (view?.master === undefined) return [ok("vip-answers", `nobody answers for ${which}`)];
  return [
    warning("vip-unanswered", `${view.master} is master, and nobody answers for ${which}`, {
      why: "Clients of that network can not reach it.",
      remedy: `On ${view.master}: ip address show ${vip.interface}; baton doctor`,
    }),
  ];
}

const viewOf = (instance: string, { facts }: Pair): InstanceSnapshot | undefined =>
  facts.daemon.kind === "running"
    ? facts.daemon.snapshot.instances.find(({ name }) => name === instance)
    : undefined;

interface Around {
  readonly which: string;
  readonly view: InstanceSnapshot | undefined;
  readonly pair: Pair;
}

function answerer(mac: string, vip: Vip, { which, view, pair }: Around): readonly Finding[] {
  const owner = ownerOf(mac, pair);
  if (owner.kind === "server") return [answeringServer(vip, owner.address, mac)];
  if (owner.kind === "stranger") {
    const known = owner.addresses.filter((address) => address !== vip.address);
    const who = known.length === 0 ? mac : `${mac} (${known.join(", ")})`;
    return [
      error("vip-foreign", `${who} answers for ${which}, and is neither a director nor a server`, {
        why: "Clients that ask reach that host instead of the master.",
        remedy: `Find it by its hardware address in the switch's table, and take ${vip.address} off it.`,
      }),
    ];
  }
  const here = vipHere(vip, pair) !== undefined;
  if (here) {
    return [
      error(
        "vip-twice",
        `${which} stands here, and ${owner.name} (${mac}) answers for it as well`,
        {
          why: "Two masters: clients reach one or the other by chance.",
          remedy: `On the one that is not master: ip address del ${formatCidr(vip)} dev ${vip.interface}`,
        },
      ),
    ];
  }
  if (view === undefined || view.master === owner.name) {
    return [ok("vip-answers", `${owner.name} (${mac}) answers for ${which}`)];
  }
  const state = view.peers.find(({ director }) => director === owner.name)?.state;
  const but =
    view.master === undefined
      ? `is not master (${state ?? "not heard"})`
      : `${view.master} is master`;
  return [
    error("vip-not-masters", `${owner.name} (${mac}) answers for ${which}, but ${but}`, {
      why: "It was left behind there, and answers beside the master.",
      remedy: `On ${owner.name}: ip address del ${formatCidr(vip)} dev ${vip.interface}`,
    }),
  ];
}

/** The classic of direct routing. */
function answeringServer(vip: Vip, server: string, mac: string): Finding {
  const seen = `the real server ${server} (${mac}) answers for the VIP ${vip.address}`;
  return error("server-answers-arp", seen, {
    why: "Clients that hear it first go to that server alone, past the director.",
    remedy: `On ${server}: ${quietServer(vip)}`,
  });
}
