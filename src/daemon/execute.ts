/** The one switch over what the core asks for: edges, in their order. */
import { never } from "../base/invariant.ts";
import type { Config } from "../config/types.ts";
import type { DirectorEffect, Utterance } from "../core/director/effects.ts";
import type { DirectorState } from "../core/director/types.ts";
import { decisionOf } from "../core/health/admin.ts";
import { storyText } from "../core/story/story.ts";
import { causeText } from "../core/vrrp/cause.ts";
import { isClaiming } from "../core/vrrp/views.ts";
import { now } from "../os/clock.ts";
import type { Announcer } from "./announcer.ts";
import type { Checks } from "./checks.ts";
import type { Chronicle } from "./chronicle.ts";
import type { Log } from "./log.ts";
import type { Memory } from "./memory.ts";
import type { Resync } from "./resync.ts";
import type { Voice } from "./voice.ts";

export interface Ports {
  readonly config: Config;
  readonly voice: Voice | undefined;
  readonly announcer: Announcer;
  readonly resync: Resync;
  readonly checks: Checks;
  readonly chronicle: Chronicle;
  readonly memory: Memory;
  readonly log: Log;
  readonly refused: (reason: string, from: string) => void;
  readonly onAdministered: () => void;
  readonly onStopped: () => void;
}

export function execute(effect: DirectorEffect, state: DirectorState, ports: Ports): void {
  const { log } = ports;
  switch (effect.kind) {
    case "send":
    case "advertise":
      ports.voice?.say(effect);
      if (isClaim(effect, state)) ports.memory.beat();
      return undefined;
    case "announce": {
      const vips = ports.config.instances.find(({ name }) => name === effect.instance)?.vips ?? [];
      log.debug(`announcing ${vips.length} VIPs: ${effect.why}`, { instance: effect.instance });
      return ports.announcer.announce(vips, effect.repeat);
    }
    case "transition":
      return moved(effect, ports);
    case "told": {
      const { instance, story } = effect;
      const what = story.kind === "took" ? "has taken over" : "has let go";
      return log.info(`${instance} ${what}: ${storyText(story)}`, { instance });
    }
    case "resync":
      return ports.resync.begin(effect);
    case "health":
      if (effect.change.kind === "server") {
        const { service, server, from, to, why } = effect.change;
        ports.chronicle.serverChanged({ service, server, from, to, why });
      }
      return ports.checks.changed(effect.change);
    case "administered":
      if (state.running) {
        for (const one of effect.said) ports.chronicle.decided(decisionOf(one, now()));
      }
      return ports.onAdministered();
    // Told outside alone: the log has the tracks, and the rival's story.
    case "reweighed":
    case "rivalled":
      return undefined;
    case "refused":
      return log.warn(`refused: ${effect.sentence}`, { instance: effect.instance });
    case "note":
      return log.info(effect.sentence, { instance: effect.instance });
    case "discarded":
      return ports.refused(effect.reason, effect.sender);
    case "stopped":
      return ports.onStopped();
    default:
      return never(effect);
  }
}

/** Who has no peers claims as well: it adopts by that. */
const isClaim = (said: Utterance, { instances }: DirectorState): boolean =>
  said.kind === "advertise"
    ? said.adverts.some(({ priority }) => priority > 0)
    : Object.values(instances).some(isClaiming);

function moved(effect: Extract<DirectorEffect, { kind: "transition" }>, ports: Ports): void {
  const { instance, transition } = effect;
  const { from, to, cause } = transition;
  const why = causeText(cause);
  const vips = ports.config.instances.find(({ name }) => name === instance)?.vips ?? [];
  if (to !== "master") ports.announcer.cancel(vips);
  ports.chronicle.moved({ instance, from, to, why });
  ports.log.info(`${instance} is ${to}: ${why}`, { instance, from, to, cause: cause.kind });
}
