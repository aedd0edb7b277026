/** `baton status`: asks the daemon, or the kernel where the daemon is dead. */

import { parseIp } from "../base/ip.ts";
import { askStatus, type StatusAnswer } from "../control/client.ts";
import type { Snapshot } from "../core/director/snapshot-types.ts";
import { openRtnl } from "../os/rtnl.ts";
import { type Context, print, printJson } from "./context.ts";
import { failureText } from "./failure.ts";
import { addressPart, renderStatus } from "./status/render.ts";
import { styleOf, wrap } from "./text.ts";
import { lookAtWire, type PeerAddresses, type WireView, type WireVip } from "./wire.ts";

/** As LSB says of init scripts: 4 is unknown. */
const STATUS_EXIT = { running: 0, dead: 1, notRunning: 3, unknown: 4 } as const;

export interface StatusOptions {
  readonly json?: boolean;
  /** On one line. */
  readonly compact?: boolean;
  /** Who answers for the VIPs is asked; true unless said otherwise. */
  readonly wire?: boolean;
}

export async function status(context: Context, options: StatusOptions): Promise<number> {
  let answer: StatusAnswer;
  try {
    answer = await askStatus(context.places.socket);
  } catch (error) {
    context.io.err(failureText(error));
    return STATUS_EXIT.unknown;
  }
  if (answer.kind === "running") return running(context, answer.snapshot, options);
  return gone(context, answer, options);
}

async function running(
  context: Context,
  snapshot: Snapshot,
  options: StatusOptions,
): Promise<number> {
  const asked = options.wire === false ? [] : vipsOf(snapshot);
  const wire = await look(asked, peersOf(snapshot));
  if (options.json) tell(context, { daemon: "running", ...snapshot, wire }, options);
  else show(context, renderStatus(snapshot, wire, styleOf(context.io.colour)));
  return STATUS_EXIT.running;
}

/** The daemon is dead, or does not answer: what the kernel holds is the truth. */
async function gone(
  context: Context,
  answer: Exclude<StatusAnswer, { kind: "running" }>,
  options: StatusOptions,
): Promise<number> {
  const { readRemains, isAnythingLeft } = await import("./status/remains.ts");
  const silentMs = answer.kind === "silent" ? answer.afterMs : undefined;
  const remains = await readRemains(context, silentMs);
  const wire = await look(options.wire === false ? [] : remains.vips, remains.peers);
  const dead = remains.pid !== undefined || isAnythingLeft(remains);
  if (options.json) {
    const daemon = silentMs === undefined ? (dead ? "dead" : "not running") : "silent";
    tell(context, { daemon, ...remains, wire }, options);
  } else {
    const { renderRemains } = await import("./status/render-remains.ts");
    show(context, renderRemains(remains, wire, styleOf(context.io.colour)));
  }
  return dead || silentMs !== undefined ? STATUS_EXIT.dead : STATUS_EXIT.notRunning;
}

const tell = (context: Context, value: unknown, { compact }: StatusOptions): void =>
  compact ? print(context, JSON.stringify(value)) : printJson(context, value);

const show = (context: Context, lines: readonly string[]): void =>
  print(context, ...lines.flatMap((line) => wrap(line, context.io.columns)));

async function look(vips: readonly WireVip[], peers: PeerAddresses): Promise<readonly WireView[]> {
  if (vips.length === 0) return [];
  const rtnl = openRtnl();
  try {
    return await lookAtWire(rtnl, vips, peers);
  } finally {
    rtnl.close();
  }
}

export const vipsOf = ({ instances }: Pick<Snapshot, "instances">): readonly WireVip[] =>
  instances.flatMap(({ vips }) =>
    vips.flatMap(({ vip, interface: link }) => {
      const address = parseIp(addressPart(vip));
      return address === undefined ? [] : [{ address, interface: link }];
    }),
  );

export const peersOf = ({ peers }: Pick<Snapshot, "peers">): PeerAddresses =>
  peers.flatMap(({ director, paths }) => paths.map(({ to }) => ({ director, address: to })));
