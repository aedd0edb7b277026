/** The requests that the control socket knows, and what each takes. */
import type { Snapshot } from "../core/director/snapshot-types.ts";
import { type ControlHandlers, DEFAULT_HOLD_MS, MAX_HOLD_MS, type Reply } from "./api.ts";
import { Refused } from "./body.ts";

type Body = Readonly<Record<string, unknown>>;

export interface Route {
  readonly method: "GET" | "POST";
  readonly hasBody: boolean;
  readonly run: (handlers: ControlHandlers, body: Body) => Snapshot | Promise<Reply>;
}

const command = (keys: readonly string[], run: Route["run"]): Route => ({
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

const ROUTES: Readonly<Record<string, Route>> = {
  "/v1/status": { method: "GET", hasBody: false, run: (handlers) => handlers.status() },
  "/v1/failover": command(["instance", "force", "holdMs"], (handlers, body) =>
    handlers.failover({
      instance: instanceOf(body),
      force: forceOf(body["force"]),
      holdMs: holdOf(body["holdMs"]),
    }),
  ),
  "/v1/resume": command(["instance"], (handlers, body) =>
    handlers.resume({ instance: instanceOf(body) }),
  ),
  "/v1/takeover": command(["instance"], (handlers, body) =>
    handlers.takeover({ instance: instanceOf(body) }),
  ),
};

export function routeOf(method: string, url: string): Route {
  const [path = ""] = url.split("?");
  const route = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
  if (!route) throw new Refused(404, `there is no ${path}; see ${Object.keys(ROUTES).join(", ")}`);
  if (route.method !== method) throw new Refused(405, `${path} takes ${route.method} only`);
  return route;
}

function instanceOf({ instance }: Body): string | undefined {
  if (instance === undefined || instance === null) return undefined;
  if (typeof instance !== "string" || instance === "") {
    throw new Refused(400, "instance is not a name");
  }
  return instance;
}

function forceOf(force: unknown): boolean {
  if (force === undefined) return false;
  if (typeof force !== "boolean") throw new Refused(400, "force is neither true nor false");
  return force;
}

function holdOf(hold: unknown): number {
  if (hold === undefined) return DEFAULT_HOLD_MS;
  if (typeof hold !== "number" || !(hold > 0 && hold <= MAX_HOLD_MS)) {
    throw new Refused(400, `holdMs is not a number of milliseconds from 1 to ${MAX_HOLD_MS}`);
  }
  return hold;
}
