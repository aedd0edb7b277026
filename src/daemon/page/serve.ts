/** What the page's listener answers. */
import { messageOf } from "../../base/errors.ts";
import type { Page as Wish } from "../../config/types.ts";
import type { Reply } from "../../control/api.ts";
import { Refused, readBody } from "../../control/body.ts";
import { commandOf } from "../../control/routes.ts";
import { now } from "../../os/clock.ts";
import { refuse, tell } from "../http/answer.ts";
import { type Exchange, type Listener, openListener } from "../http/listener.ts";
import { reused } from "../http/reuse.ts";
import { createLimiter, type Limiter } from "../limiter.ts";
import { admitName, admitOrigin, admitToken, readToken } from "./admission.ts";
import { type Assets, readAssets } from "./assets.ts";
import { createEvents, type Events, MAX_LISTENERS } from "./events.ts";
import type { PageOptions } from "./page.ts";
import { createPeers } from "./peers.ts";
import { viewText } from "./view.ts";

/** Listeners, and those who ask beside them. */
const MAX_CONNECTIONS = MAX_LISTENERS + 16;
/** Whoever asks instead of listening asks as often. */
const ASK_AGAIN_MS = 5000;

/** Nothing is loaded from elsewhere, nothing embeds this, and no text becomes a script. */
const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "cache-control": "no-store",
} as const;

interface Opened {
  readonly options: PageOptions;
  readonly wish: Wish;
  readonly assets: Assets;
  readonly events: Events;
  readonly view: () => Promise<string>;
  readonly refusals: Limiter;
}

/** Rejects where the address can not be had, or the token's file holds none. */
export async function servePage(options: PageOptions, wish: Wish): Promise<Listener> {
  const { running, log, cadenceMs } = options;
  if (wish.tokenFile !== undefined) await readToken(wish.tokenFile);
  const commands = wish.tokenFile !== undefined;
  const peers = createPeers(() => options.ask({ ask: "lately" }));
  const viewAt = (nextMs: number): Promise<string> =>
    viewText(running, { nextMs, commands, peers: peers.told() });
  const events = createEvents({
    view: viewAt,
    onProblem: (error) => log.error(`page: ${messageOf(error)}`),
    cadenceMs,
  });
  const opened: Opened = {
    options,
    wish,
    assets: await readAssets(options.folder),
    events,
    view: reused(() => viewAt(ASK_AGAIN_MS)),
    refusals: createLimiter(),
  };
  const listener = await openListener({
    address: wish,
    key: "page",
    maxConnections: MAX_CONNECTIONS,
    handle: (exchange) => handle(exchange, opened),
    onProblem: log.error,
  });
  const unsubscribe = running.subscribe((effect) => {
    if (effect.kind !== "transition" && effect.kind !== "told") return;
    peers.changed();
    events.changed();
  });
  return {
    close: () => {
      unsubscribe();
      events.close();
      return listener.close();
    },
  };
}

async function handle(exchange: Exchange, opened: Opened): Promise<void> {
  const { request, response } = exchange;
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  const [path = ""] = (request.url ?? "").split("?");
  try {
    admitName(request, opened.wish);
    const command = path === "/v1/token" || commandOf(path) !== undefined;
    const method = command ? "POST" : "GET";
    if (request.method !== method) {
      response.setHeader("allow", method);
      throw new Refused(405, `${path} takes ${method} only`);
    }
    if (command) await obey(exchange, path, opened);
    else await show(exchange, path, opened);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    noteRefusal(exchange, error, opened);
    if (path.startsWith("/v1/")) answer(exchange, error.status, error.message);
    else refuse(response, error.status, error.message);
  }
}

async function show(exchange: Exchange, path: string, opened: Opened): Promise<void> {
  const { response, stay } = exchange;
  const asset = Object.hasOwn(opened.assets, path) ? opened.assets[path] : undefined;
  if (asset) return tell(response, 200, asset);
  if (path === "/v1/view") {
    return tell(response, 200, { type: "application/json", text: await opened.view() });
  }
  if (path !== "/v1/events") throw new Refused(404, `there is no ${path}`);
  if (!opened.events.join(response)) {
    throw new Refused(503, `${MAX_LISTENERS} pages are open already`);
  }
  stay();
  response.writeHead(200, { "content-type": "text/event-stream", connection: "close" });
  response.flushHeaders();
}

async function obey(exchange: Exchange, path: string, opened: Opened): Promise<void> {
  const { request, response, stay } = exchange;
  const { commands, log } = opened.options;
  admitOrigin(request);
  await admitToken(request, opened.wish);
  const body = await readBody(request);
  const command = commandOf(path);
  if (!command) return answer(exchange, 200, "the token is right", true);
  // Each has a limit of its own; a connection that is used again has had a part of its time.
  stay();
  response.setHeader("connection", "close");
  const { done, sentence } = await command.run(commands, body);
  log.info(`page: ${path.slice("/v1/".length)}: ${sentence}`, { from: fromOf(exchange) });
  answer(exchange, done ? 200 : 409, sentence, done);
}

/** A wrong token is somebody's mistake or attempt: the log has it, a line in a while. */
function noteRefusal(exchange: Exchange, { status, message }: Refused, opened: Opened): void {
  if (status !== 401 && status !== 403 && status !== 421) return;
  const suppressed = opened.refusals.count(String(status), now());
  if (suppressed === undefined) return;
  opened.options.log.warn(`page: refused: ${message}`, { from: fromOf(exchange), suppressed });
}

const fromOf = ({ request }: Exchange): string => request.socket.remoteAddress ?? "nobody";

function answer({ response }: Exchange, status: number, sentence: string, done = false): void {
  const reply: Reply = { done, sentence };
  tell(response, status, { type: "application/json", text: `${JSON.stringify(reply)}\n` });
}
