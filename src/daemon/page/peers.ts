/** What the other directors saw happen lately: asked now and then, while somebody reads the page. */
import { elapsed, type Instant } from "../../base/units.ts";
import type { PeerAnswer, PeerLately, PeersReply } from "../../control/api.ts";
import { now } from "../../os/clock.ts";
import { parseLately } from "../lately.ts";

const AGAIN_MS = 5000;

export interface Peers {
  /** What is known by now; asks anew where that is due. */
  told(): readonly PeerLately[];
  /** Something has moved: the next one who reads does not wait for his turn. */
  changed(): void;
}

type Known = Omit<PeerLately, "agoMs"> & { readonly at: Instant };

/** `ask` may fail: what was known stays. */
export function createPeers(ask: () => Promise<PeersReply | undefined>): Peers {
  const known = new Map<string, Known>();
  let askedAt: Instant | undefined;
  let asking = false;
  const refresh = async (): Promise<void> => {
    asking = true;
    askedAt = now();
    try {
      for (const answer of (await ask())?.answers ?? []) {
        const { director } = answer;
        known.set(director, learned(answer, known.get(director)));
      }
    } catch {
      // The next time comes soon.
    }
    asking = false;
  };
  return {
    told: () => {
      const due = askedAt === undefined || elapsed(askedAt, now()) >= AGAIN_MS;
      if (due && !asking) void refresh();
      return [...known.values()].map(({ at, ...rest }) => ({ ...rest, agoMs: elapsed(at, now()) }));
    },
    changed: () => {
      askedAt = undefined;
    },
  };
}

function learned({ director, sentence, text }: PeerAnswer, before: Known | undefined): Known {
  const lately = text === undefined ? undefined : parseLately(text);
  if (lately) return { director, lately, problem: undefined, at: now() };
  const [problem = ""] = (text === undefined ? sentence : "it answers nothing of sense").split(
    "\n",
  );
  return { director, lately: before?.lately, problem, at: before?.at ?? now() };
}
