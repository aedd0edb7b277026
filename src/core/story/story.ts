/** The times of one change of the role: what was heard, decided, brought up, announced, let go. */
import { elapsed, formatDuration, type Instant } from "../../base/units.ts";
import type { VrrpEffect, VrrpEvent, VrrpState } from "../vrrp/types.ts";

/** How this director came to serve. */
export interface Took {
  readonly kind: "took";
  readonly at: Instant;
  /** The last claim of the master before, where one was ever heard. */
  readonly heardAt: Instant | undefined;
  /** The VIPs were seen to stand. */
  readonly vipsAt: Instant | undefined;
  readonly announcedAt: Instant | undefined;
  /** When packets of clients were first seen to have come in. */
  readonly servedAt: Instant | undefined;
}

/** How it ceased to. */
export interface Gave {
  readonly kind: "gave";
  readonly at: Instant;
  /** The successor was asked; undefined where nobody was. */
  readonly askedAt: Instant | undefined;
  /** Its claim, or that of another master. */
  readonly claimedAt: Instant | undefined;
  readonly vipsOffAt: Instant | undefined;
  /** The goodbye went out. */
  readonly releasedAt: Instant | undefined;
  /** The role is given up, whether there was a goodbye to say or not. */
  readonly overAt: Instant | undefined;
}

export type Story = Took | Gave;

/** One step of an instance. */
export interface Happened {
  readonly before: VrrpState;
  readonly after: VrrpState;
  readonly event: VrrpEvent;
  readonly effects: readonly VrrpEffect[];
}

/** The story after a step; the same value where it adds nothing. */
export function tellOn(
  story: Story | undefined,
  happened: Happened,
  now: Instant,
): Story | undefined {
  const { before, after } = happened;
  // Most of what is heard changes nothing: this runs for every report of every instance.
  if (before === after || (story !== undefined && isTold(story) && before.kind === after.kind)) {
    return story;
  }
  const begun = before.kind === after.kind ? story : (beginning(before, after, now) ?? story);
  if (begun?.kind === "took") return tookOn(begun, happened, now);
  return begun && gaveOn(begun, happened, now);
}

/** Whether all of it has happened that will, but for the first client. */
export const isTold = (story: Story): boolean =>
  (story.kind === "took" ? story.announcedAt : (story.releasedAt ?? story.overAt)) !== undefined;

function beginning(before: VrrpState, after: VrrpState, now: Instant): Story | undefined {
  if (after.kind === "master") {
    const heardAt = Object.values(before.views).reduce<Instant | undefined>(
      (last, { claimAt }) => (last === undefined || (claimAt ?? last) > last ? claimAt : last),
      undefined,
    );
    const nothing = { vipsAt: undefined, announcedAt: undefined, servedAt: undefined };
    return { kind: "took", at: now, heardAt, ...nothing };
  }
  if (before.kind !== "master") return undefined;
  const nothing = { askedAt: undefined, claimedAt: undefined, vipsOffAt: undefined };
  return { kind: "gave", at: now, ...nothing, releasedAt: undefined, overAt: undefined };
}

function tookOn(story: Took, { event, effects }: Happened, now: Instant): Took {
  const vips = story.vipsAt === undefined && event.kind === "vipsOn";
  const announced =
    story.announcedAt === undefined && effects.some(({ kind }) => kind === "announce");
  if (!vips && !(announced && (vips || story.vipsAt !== undefined))) return story;
  return {
    ...story,
    vipsAt: story.vipsAt ?? now,
    announcedAt: announced ? now : story.announcedAt,
  };
}

function gaveOn(story: Gave, happened: Happened, now: Instant): Gave {
  const { before, after, event } = happened;
  const says = (occasion: string): boolean =>
    happened.effects.some((one) => one.kind === "advertise" && one.occasion === occasion);
  const heard =
    event.kind === "heard" && event.peer.report.claim && event.peer.report.state === "master";
  const ends = isReleasing(after) && !isReleasing(before);
  const next: Gave = {
    ...story,
    askedAt: story.askedAt ?? (says("handover") ? now : undefined),
    claimedAt: story.claimedAt ?? (heard && (ends || isServing(before)) ? now : undefined),
    vipsOffAt: story.vipsOffAt ?? (event.kind === "vipsOff" ? now : undefined),
    releasedAt: story.releasedAt ?? (says("released") ? now : undefined),
    overAt: story.overAt ?? (isReleasing(before) && !isReleasing(after) ? now : undefined),
  };
  const keys = ["askedAt", "claimedAt", "vipsOffAt", "releasedAt", "overAt"] as const;
  return keys.every((key) => next[key] === story[key]) ? story : next;
}

const isServing = (state: VrrpState): boolean =>
  state.kind === "leaving" && state.phase === "serving";

const isReleasing = (state: VrrpState): boolean =>
  state.kind === "leaving" && state.phase === "releasing";

/** `last heard 755ms before; VIPs up after 0.8ms, announced after 0.9ms`. */
export function storyText(story: Story): string {
  const since = (at: Instant | undefined): string =>
    at === undefined ? "not yet" : `after ${formatDuration(elapsed(story.at, at))}`;
  if (story.kind === "took") {
    const { heardAt, vipsAt, announcedAt, servedAt } = story;
    return [
      ...(heardAt === undefined
        ? []
        : [`last claim of a master ${formatDuration(elapsed(heardAt, story.at))} before`]),
      `VIPs up ${since(vipsAt)}`,
      `announced ${since(announcedAt)}`,
      ...(servedAt === undefined
        ? []
        : [`first packet of a client ${since(servedAt)} at the latest`]),
    ].join(", ");
  }
  const { askedAt, claimedAt, vipsOffAt, releasedAt, overAt } = story;
  const silent = releasedAt === undefined && overAt !== undefined;
  return [
    ...(askedAt === undefined ? [] : [`successor asked ${since(askedAt)}`]),
    ...(claimedAt === undefined ? [] : [`its claim heard ${since(claimedAt)}`]),
    `VIPs off ${since(vipsOffAt)}`,
    ...(silent ? [] : [`goodbye ${since(releasedAt)}`]),
  ].join(", ");
}

/** In words, and in milliseconds since the change began. */
export interface StoryTimes {
  readonly kind: Story["kind"];
  readonly text: string;
  /** Before the beginning: the last claim of the master before. */
  readonly heardBeforeMs: number | undefined;
  /** `vips`, `announced`, `served`; or `asked`, `claimed`, `vipsOff`, `released`, `over`. */
  readonly afterMs: Readonly<Record<string, number>>;
}

export function storyTimes(story: Story): StoryTimes {
  const { kind, at, ...times } = story;
  const after = Object.entries(times).flatMap(([key, time]): [string, number][] =>
    time === undefined || key === "heardAt" ? [] : [[key.slice(0, -2), elapsed(at, time)]],
  );
  const heardAt = story.kind === "took" ? story.heardAt : undefined;
  return {
    kind,
    text: storyText(story),
    heardBeforeMs: heardAt && elapsed(heardAt, at),
    afterMs: Object.fromEntries(after),
  };
}
