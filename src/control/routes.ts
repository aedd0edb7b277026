/** The requests that the control socket knows, and what each takes. */
import type { Snapshot } from "../core/director/snapshot-types.ts";
import {
  type CommandHandlers,
  type ControlHandlers,
  DEFAULT_HOLD_MS,
  MAX_CONFIRM_MS,
  MAX_HOLD_MS,
  type PageHandlers,
  type PastConfiguration,
  type PeerQuestion,
  type Reply,
  type ServerRequest,
  type Told,
} from "./api.ts";
import { Refused } from "./body.ts";

type Body = Readonly<Record<string, unknown>>;

type Answer = Snapshot | readonly PastConfiguration[];

export interface Route<Handlers = ControlHandlers, Given = Answer | Promise<Reply | Told>> {
  readonly method: "GET" | "POST";
  readonly hasBody: boolean;
  readonly run: (handlers: Handlers, body: Body) => Given;
}

const command = <Handlers, Given>(
  keys: readonly string[],
  run: Route<Handlers, Given>["run"],
): Route<Handlers, Given> => ({
  method: "POST",
  hasBody: true,
  run: (handlers, body) => {
    const unknown = Object.keys(body).find((key) => !keys.includes(key));
    if (unknown !== undefined) {
      throw new Refused(400, `unknown key ${unknown}; there are ${keys.join(", ")}`);
    }
    return run(handlers, body);
  },
});

const COMMANDS: Readonly<Record<string, Route<CommandHandlers, Promise<Reply>>>> = {
  "/v1/failover": command(["instance", "force", "holdMs"], (handlers, body) =>
    handlers.failover({
      instance: instanceOf(body),
      force: truthOf(body, "force"),
      holdMs: holdOf(body["holdMs"]),
    }),
  ),
  "/v1/resume": command(["instance"], (handlers, body) =>
    handlers.resume({ instance: instanceOf(body) }),
  ),
  "/v1/takeover": command(["instance"], (handlers, body) =>
    handlers.takeover({ instance: instanceOf(body) }),
  ),
  "/v1/server": command(
    ["server", "action", "service", "forMs", "reason", "who"],
    (handlers, body) =>
      handlers.server({
        server: textOf(body, "server", MAX_NAME) ?? missing("server"),
        action: actionOf(body["action"]),
        service: textOf(body, "service", MAX_NAME),
        forMs: numberOf(body, "forMs", MAX_FOR_MS),
        reason: textOf(body, "reason", MAX_REASON) ?? "",
        who: textOf(body, "who", MAX_WHO) ?? "somebody",
      }),
  ),
};

const ROUTES: Readonly<Record<string, Route>> = {
  "/v1/status": { method: "GET", hasBody: false, run: (handlers) => handlers.status() },
  "/v1/metrics": { method: "GET", hasBody: false, run: (handlers) => handlers.metrics() },
  ...COMMANDS,
  "/v1/plan": command(["file"], (handlers, body) => handlers.plan(textOf(body, "file", MAX_PATH))),
  "/v1/reload": command(["move", "confirmMs"], (handlers, body) =>
    handlers.reload({
      move: truthOf(body, "move"),
      confirmMs: numberOf(body, "confirmMs", MAX_CONFIRM_MS),
    }),
  ),
  "/v1/rollback": command(["number", "move"], (handlers, body) =>
    handlers.rollback({
      number: numberOf(body, "number", Number.MAX_SAFE_INTEGER),
      move: truthOf(body, "move"),
    }),
  ),
  "/v1/push": command(["director", "move", "confirmMs"], (handlers, body) =>
    handlers.push({
      director: textOf(body, "director", MAX_NAME),
      move: truthOf(body, "move"),
      confirmMs: numberOf(body, "confirmMs", MAX_CONFIRM_MS),
    }),
  ),
  "/v1/peers": command(["ask", "client"], (handlers, body) => handlers.peers(questionOf(body))),
  "/v1/confirm": command([], (handlers) => handlers.confirm()),
  "/v1/configurations": {
    method: "GET",
    hasBody: false,
    run: (handlers) => handlers.configurations(),
  },
};

export function routeOf(method: string, url: string): Route {
  const [path = ""] = url.split("?");
  const route = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
  if (!route) throw new Refused(404, `there is no ${path}; see ${Object.keys(ROUTES).join(", ")}`);
  if (route.method !== method) throw new Refused(405, `${path} takes ${route.method} only`);
  return route;
}

/** A terminal runs the program itself. */
const OF_THE_PAGE: Readonly<Record<string, Route<PageHandlers, Promise<Reply>>>> = {
  ...COMMANDS,
  "/v1/drill": command(["instance"], (handlers, body) =>
    handlers.drill({ instance: instanceOf(body) }),
  ),
};

/** Undefined where it is none of those that move a role or a server. */
export const commandOf = (path: string): Route<PageHandlers, Promise<Reply>> | undefined =>
  Object.hasOwn(OF_THE_PAGE, path) ? OF_THE_PAGE[path] : undefined;

function instanceOf({ instance }: Body): string | undefined {
  if (instance === undefined || instance === null) return undefined;
  if (typeof instance !== "string" || instance === "") {
    throw new Refused(400, "instance is not a name");
  }
  return instance;
}

function truthOf(body: Body, key: string): boolean {
  const value = body[key];
  if (value === undefined) return false;
  if (typeof value !== "boolean") throw new Refused(400, `${key} is neither true nor false`);
  return value;
}

function numberOf(body: Body, key: string, highest: number): number | undefined {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && value > 0 && value <= highest) return value;
  throw new Refused(400, `${key} is not a number from 1 to ${highest}`);
}

const MAX_NAME = 63;
const MAX_PATH = 4095;
/** As much as a heartbeat carries. */
const MAX_REASON = 100;
const MAX_WHO = 32;
const MAX_FOR_MS = 31 * 24 * 3_600_000;

function textOf(body: Body, key: string, longest: number): string | undefined {
  const text = body[key];
  if (text === undefined || text === null) return undefined;
  if (typeof text !== "string" || text === "" || Buffer.byteLength(text) > longest) {
    throw new Refused(400, `${key} is not a text of 1 to ${longest} octets`);
  }
  return text;
}

const missing = (key: string): never => {
  throw new Refused(400, `${key} is missing`);
};

function questionOf(body: Body): PeerQuestion {
  const { ask } = body;
  if (ask === "journal" || ask === "lately") return { ask };
  if (ask !== "client") throw new Refused(400, "ask is none of journal, lately, client");
  return { ask, client: textOf(body, "client", MAX_NAME) ?? missing("client") };
}

function actionOf(action: unknown): ServerRequest["action"] {
  if (action === "drain" || action === "disable" || action === "enable") return action;
  throw new Refused(400, "action is none of drain, disable, enable");
}

function holdOf(hold: unknown): number {
  if (hold === undefined) return DEFAULT_HOLD_MS;
  if (typeof hold !== "number" || !(hold > 0 && hold <= MAX_HOLD_MS)) {
    throw new Refused(400, `holdMs is not a number of milliseconds from 1 to ${MAX_HOLD_MS}`);
  }
  return hold;
}
