/** `baton status --watch`: the status again and again, drawn in place or printed one after the other. */
import { messageOf } from "../../base/errors.ts";
import { askStatus } from "../../control/client.ts";
import { type Context, EXIT, print } from "../context.ts";
import { status } from "../status.ts";
import { styleOf } from "../text.ts";
import { openScreen, type Screen } from "./watch/screen.ts";
import { drawPicture, furthest, type Picture, type Word } from "./watch/view.ts";

export interface WatchOptions {
  readonly intervalMs: number;
  readonly json: boolean;
}

/** Resolves when its user, or whoever reads its output, has had enough. */
export async function watch(context: Context, options: WatchOptions): Promise<number> {
  const end = new AbortController();
  const stop = (): void => end.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, stop);
  process.stdout.once("close", stop).once("error", stop);
  const isTerminal = Number.isFinite(context.io.columns) && !options.json;
  if (isTerminal) await draw(context, options, end);
  else await repeat(context, options, end.signal);
  return EXIT.done;
}

/** One plain status each interval, with a line between two; of JSON one document a line. */
export async function repeat(
  context: Context,
  { intervalMs, json }: WatchOptions,
  signal: AbortSignal,
): Promise<void> {
  for (let first = true; !signal.aborted; first = false) {
    if (!first && !json) print(context, `--- ${new Date().toISOString()}`);
    await status(context, { json, compact: json, wire: false });
    await pause(intervalMs, signal);
  }
}

async function draw(context: Context, options: WatchOptions, end: AbortController): Promise<void> {
  const screen = openScreen(process);
  const canvas = createCanvas(context, screen);
  screen.onResize(() => canvas.redraw());
  screen.onKey((key) => (key === "end" ? end.abort() : canvas.scroll(key)));
  try {
    while (!end.signal.aborted) {
      const began = performance.now();
      canvas.show(await ask(context.places.socket, options.intervalMs), options.intervalMs);
      await pause(options.intervalMs - (performance.now() - began), end.signal);
    }
  } finally {
    screen.close();
  }
}

/** A daemon that is asked each second may take as long, but not much less than a living one needs. */
const LEAST_LIMIT_MS = 500;
const MOST_LIMIT_MS = 2000;

async function ask(socket: string, intervalMs: number): Promise<Word> {
  const limit = Math.min(MOST_LIMIT_MS, Math.max(LEAST_LIMIT_MS, intervalMs));
  try {
    return await askStatus(socket, limit);
  } catch (error) {
    return { kind: "failed", sentence: messageOf(error) };
  }
}

interface Canvas {
  show(word: Word, intervalMs: number): void;
  redraw(): void;
  scroll(key: "up" | "down" | "pageUp" | "pageDown"): void;
}

function createCanvas(context: Context, screen: Screen): Canvas {
  const style = styleOf(context.io.colour);
  const unicode = isUtf8(process.env);
  let picture: Picture | undefined;
  let skip = 0;
  const room = () => ({ ...screen.size(), skip, unicode });
  const redraw = (): void => {
    if (!picture) return;
    skip = Math.min(skip, furthest(picture, room(), style));
    screen.draw(drawPicture(picture, room(), style));
  };
  return {
    show: (word, intervalMs) => {
      const last = picture?.word.kind === "running" ? picture : undefined;
      const previous =
        last?.word.kind === "running"
          ? { snapshot: last.word.snapshot, at: last.now }
          : picture?.previous;
      picture = { word, now: Date.now(), previous, intervalMs };
      redraw();
    },
    redraw,
    scroll: (key) => {
      const page = Math.max(1, screen.size().rows - 3);
      const step = { up: -1, down: 1, pageUp: -page, pageDown: page }[key];
      skip = Math.max(0, skip + step);
      redraw();
    },
  };
}

const isUtf8 = (env: NodeJS.ProcessEnv): boolean =>
  /utf-?8/i.test(env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "");

/** Ends early where the signal says so. */
function pause(duration: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, Math.max(0, duration));
    signal.addEventListener("abort", done);
  });
}
