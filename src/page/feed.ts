/** Hears of the director: pushed to where that can be had, asked for otherwise. */
import type { PageView } from "../control/api.ts";
import type { Hearing } from "./state.ts";

export interface FeedOptions {
  readonly onView: (view: PageView) => void;
  readonly onHearing: (hearing: Hearing) => void;
}

const AGAIN_MS = 5000;
const LOOK_MS = 500;
/** A view that is later than it said it would be, by more than a busy network makes of it. */
const LATE_MS = 2500;
const ASK_LIMIT_MS = 4000;

export function listen({ onView, onHearing }: FeedOptions): void {
  let heardAt = performance.now();
  let nextMs = 0;
  let fresh: Hearing = { kind: "connecting" };
  const heard = (text: string, hearing: Hearing): void => {
    const view = JSON.parse(text) as PageView;
    heardAt = performance.now();
    nextMs = view.nextMs;
    fresh = hearing;
    onHearing(hearing);
    onView(view);
  };
  const look = (): void => {
    const forMs = performance.now() - heardAt;
    onHearing(forMs > nextMs + LATE_MS ? { kind: "stale", forMs } : fresh);
  };
  setInterval(look, LOOK_MS);
  // A phone that wakes up shows at once how old its picture is.
  document.addEventListener("visibilitychange", look);
  const open = (): void => {
    const source = new EventSource("/v1/events");
    source.onmessage = ({ data }) => heard(String(data), { kind: "live" });
    source.onerror = () => {
      source.close();
      ask().then(
        (text) => heard(text, { kind: "asking", why: "many pages are open" }),
        () => undefined,
      );
      setTimeout(open, fresh.kind === "live" ? LOOK_MS : AGAIN_MS);
    };
  };
  open();
}

async function ask(): Promise<string> {
  const answer = await fetch("/v1/view", { signal: AbortSignal.timeout(ASK_LIMIT_MS) });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.text();
}
