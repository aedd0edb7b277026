/** The other directors: whether they are neighbours, and what the running daemon knows of them. */

import type { Director } from "../../config/types.ts";
import type { PeerSnapshot, Snapshot } from "../../core/director/snapshot-types.ts";
import { OTHER_VERSION } from "../../wire/heartbeat/envelope.ts";
import type { Pair } from "../facts.ts";
import { about, type Finding } from "../finding.ts";
import { routerTo } from "../routes.ts";
import { answersFor } from "./answers.ts";

const { ok, note, warning, error, unjudged } = about("peer");

export function peerRules(pair: Pair): readonly Finding[] {
  const { config, self, facts } = pair;
  if (self === undefined) return [];
  const peers = config.directors.filter(({ name }) => name !== self.name);
  const near = peers.flatMap((peer) => neighbours(peer, self, pair));
  const own = self.paths.flatMap(({ address }) => twins(address, pair));
  return [...near, ...own, ...known(facts.daemon)];
}

function neighbours(peer: Director, self: Director, pair: Pair): readonly Finding[] {
  const { facts } = pair;
  return self.paths.flatMap((own, i) => {
    const address = peer.paths[i]?.address;
    const here = facts.addresses.find((found) => found.address === own.address);
    if (address === undefined || here === undefined) return [];
    const who = `${peer.name}'s ${address}`;
    const router = routerTo(facts, address);
    if (router !== undefined) {
      return error("peer-routed", `${who} is behind the router ${router}`, {
        why: "Heartbeats carry a time to live of 255 and count only from neighbours: a router lowers it.",
        remedy: "Give both directors addresses in one network, or a path there.",
      });
    }
    const found = answersFor(address, here.interface, pair);
    if (found === undefined) return [];
    if (found.kind === "unseen") {
      return unjudged("peer-unasked", `whether ${who} is there was not asked: ${found.why}`, {
        why: "If it is not, nobody takes over from this host.",
      });
    }
    return reached(who, here.interface, found.value);
  });
}

function reached(who: string, link: string, macs: readonly string[]): Finding {
  if (macs.length === 1) return ok("peer-reachable", `${who} answers on ${link} (${macs[0]})`);
  if (macs.length > 1) {
    return error("peer-duplicate", `${who} is answered for by ${macs.join(" and ")}`, {
      why: "Two hosts have the peer's address: heartbeats go to one of them by chance.",
      remedy: "Give each host an address of its own.",
    });
  }
  return warning("peer-silent", `nobody answers for ${who} on ${link}`, {
    why: "The peer is off, or the network between the two is cut: nobody would take over from this host.",
    remedy: `Look at the peer, its cable and its VLAN: arping -I ${link} ${who.split(" ").at(-1) ?? ""}`,
  });
}

/** Somebody else with an address of this director. */
function twins(address: string, pair: Pair): readonly Finding[] {
  const here = pair.facts.addresses.find((found) => found.address === address);
  const found = here && answersFor(here.address, here.interface, pair);
  if (found?.kind !== "seen" || found.value.length === 0) return [];
  return [
    error("own-address-twice", `${found.value.join(", ")} answers for this host's own ${address}`, {
      why: "The peer's heartbeats go to that host by chance.",
      remedy: "Give each host an address of its own.",
    }),
  ];
}

function known(daemon: Pair["facts"]["daemon"]): readonly Finding[] {
  switch (daemon.kind) {
    case "running":
      return [
        ...daemon.snapshot.peers.flatMap((peer) => heard(peer, daemon.snapshot)),
        ...views(daemon.snapshot),
      ];
    case "none":
      return [
        unjudged(
          "daemon-off",
          "baton does not run here: whether heartbeats come in was not asked",
          {
            why: "The running daemon knows what its peer says, and whether the peer hears it.",
            remedy: "Start it, and run doctor again: systemctl start baton",
          },
        ),
      ];
    case "silent":
      return [
        error("daemon-silent", "the daemon holds its lock and does not answer", {
          why: "What hangs is master for as long as nobody notices.",
          remedy: `See what it does: ${daemon.pid === undefined ? "journalctl -u baton" : `cat /proc/${daemon.pid}/wchan; journalctl -u baton`}`,
        }),
      ];
    case "unseen":
      return [
        unjudged("daemon-unasked", `the daemon was not asked: ${daemon.why}`, {
          why: "It knows what its peer says, and whether the peer hears it.",
          remedy: "Run doctor as root.",
        }),
      ];
  }
}

/** Where the configuration on the disk is not the one that runs. */
export function digestRule({ digest, facts }: Pair): readonly Finding[] {
  if (facts.daemon.kind !== "running" || facts.daemon.snapshot.configDigest === digest) return [];
  const { configDigest } = facts.daemon.snapshot;
  return [
    note(
      "config-not-running",
      `the file is configuration ${digest}, the daemon runs ${configDigest}`,
      {
        why: "Findings are about the file; what runs may differ.",
      },
    ),
  ];
}

const MUCH_LOST = 0.01;
const ENOUGH = 100;

function version({ director: name, baton }: PeerSnapshot, here: string | undefined): Finding {
  if (baton === undefined) {
    return note("peer-version", `${name} does not say which version of baton it runs`, {
      why: "Only the first ones do not. Both should run the same.",
      remedy: `On ${name}: baton --version`,
    });
  }
  if (baton === here) return ok("peer-version", `${name} runs baton ${baton}, as this host does`);
  return note("peer-version", `${name} runs baton ${baton}, this host ${here ?? "an older one"}`, {
    why: "They understand each other, but both should run the same.",
    remedy: "Install the same package on both directors.",
  });
}

function heard(peer: PeerSnapshot, { heartbeat, baton: here }: Snapshot): readonly Finding[] {
  const { director: name } = peer;
  const vrrp = heartbeat.transport === "vrrp";
  if (!peer.alive) {
    // A backup is silent on protocol 112.
    if (vrrp)
      return [
        note("peer-not-heard", `${name} does not speak, as a backup should not`, {
          why: "Over VRRP nobody can tell a backup from a host that is off.",
        }),
      ];
    return [
      error("peer-not-heard", `no heartbeat of ${name} comes in`, {
        why: "This host takes it for dead, and serves if it can: two masters, if it is not.",
        remedy: `On ${name}: baton status; baton doctor. Between the two: tcpdump -ni any udp port ${heartbeat.port}`,
      }),
    ];
  }
  const findings: Finding[] = [ok("peer-heard", `${name} is heard`)];
  if (peer.hearsUs === false) {
    findings.push(
      error("peer-deaf", `${name} is heard, and says that it does not hear this host`, {
        why: "Heartbeats get lost on the way there: it may become master beside this one.",
        remedy: `Look at what is sent here (firewall, rp_filter on ${name}): on ${name}, baton doctor`,
      }),
    );
  }
  if (peer.sameConfig === false) {
    findings.push(
      warning("peer-config", `${name} runs another configuration (${peer.configDigest ?? "?"})`, {
        why: "After a handover clients would meet other services.",
        remedy: "Put the same file on both directors, and restart the one that is behind.",
      }),
    );
  }
  if (!vrrp) findings.push(version(peer, here));
  return [...findings, ...peer.paths.flatMap((path) => lossy(name, path))];
}

function lossy(
  name: string,
  { path, received, lost }: PeerSnapshot["paths"][number],
): readonly Finding[] {
  const all = received + lost;
  if (all < ENOUGH || lost / all <= MUCH_LOST) return [];
  const share = ((100 * lost) / all).toFixed(1);
  return [
    warning("peer-loss", `${share} % of ${name}'s heartbeats on path ${path + 1} get lost`, {
      why: "A few in a row look like a death.",
      remedy: "Look for errors of the interface (ip -s link), and at the load of both hosts.",
    }),
  ];
}

/** The first datagrams of a session are, until it has proven itself. */
const AT_START = "unproven";

/** What the peers say of the instances, what was refused, and the daemon's own alarms. */
function views({ instances, discarded, alarms }: Snapshot): readonly Finding[] {
  const lists = instances.flatMap(({ name, peers }) =>
    peers
      .filter(({ sameVips }) => !sameVips)
      .map(({ director }) =>
        error("peer-vips", `${director} has another list of VIPs for ${name}`, {
          why: "What only one of them knows is served by nobody after a handover.",
          remedy: "Put the same file on both directors.",
        }),
      ),
  );
  const counts = Object.entries(discarded).filter(([, count]) => count > 0);
  const isFormat = ([reason]: readonly [string, number]): boolean =>
    reason.startsWith(`${OTHER_VERSION} `);
  const formats = counts.filter(isFormat).map(([reason, count]) => otherFormat(reason, count));
  const refused = counts.filter((one) => one[0] !== AT_START && !isFormat(one));
  const counted = refused.map(([reason, count]) => `${count} ${reason}`).join(", ");
  const notes =
    refused.length === 0
      ? []
      : [
          note("datagrams-refused", `datagrams were refused: ${counted}`, {
            why: "A wrong secret, a foreign cluster or a recording; they touched nothing.",
            remedy: "If they are the peer's: the same secretFile on both.",
          }),
        ];
  const alarmed = alarms.map((text) =>
    warning("alarm", text, { why: "The running daemon says so.", remedy: "baton status" }),
  );
  return [...lists, ...formats, ...notes, ...alarmed];
}

/** Nothing else tells of it: to this director the other one is silent. */
const otherFormat = (reason: string, count: number): Finding =>
  warning("peer-format", `heartbeats of another format were refused: ${count} of ${reason}`, {
    why: "Another version of baton speaks there, and neither hears the other: both may serve.",
    remedy: "Install the same version of baton on both directors (`baton --version`).",
  });
