/** `baton drain`, `disable`, `enable`: take a real server out gently, or at once, and back. */
import { userInfo } from "node:os";
import { BatonError } from "../base/errors.ts";
import { isMeant } from "../config/endpoint.ts";
import type { Reply, ServerRequest } from "../control/api.ts";
import { askStatus, command } from "../control/client.ts";
import type { Snapshot } from "../core/director/snapshot-types.ts";
import { type Context, EXIT, print } from "./context.ts";
import { serverNamed } from "./server-name.ts";
import { age } from "./text.ts";

export interface ServerOptions {
  readonly server: string;
  readonly action: ServerRequest["action"];
  readonly service?: string;
  /** Milliseconds. */
  readonly for?: number;
  readonly reason?: string;
  /** Until no connection is left. */
  readonly wait?: true;
  /** Milliseconds; the wait ends then, whatever is left. */
  readonly deadline?: number;
  /** Disable it in the end. */
  readonly remove?: true;
}

const STEP_MS = 1000;
const DEADLINE_MS = 3_600_000;

export async function server(context: Context, options: ServerOptions): Promise<number> {
  if (options.wait !== true && (options.remove === true || options.deadline !== undefined)) {
    throw new BatonError(
      "BATON_USAGE",
      `--${options.remove === true ? "remove" : "deadline"} says how a wait ends`,
      { remedy: "Add --wait." },
    );
  }
  serverNamed(options.server);
  const reply = await tell(context, options, options.action);
  if (!reply.done || options.wait !== true) return say(context, reply);
  print(context, reply.sentence);
  const left = await waitUntilEmpty(context, options);
  const emptied = leftText(left);
  if (options.remove !== true) {
    return say(context, { done: left === 0, sentence: `${options.server}: ${emptied}` });
  }
  print(context, `${options.server}: ${emptied}`);
  return say(context, await tell(context, options, "disable"));
}

function leftText(left: number | undefined): string {
  if (left === undefined) return "how many connections are left is not known";
  return left === 0 ? "no connection is left" : `${left} connections are left`;
}

function tell(
  context: Context,
  options: ServerOptions,
  action: ServerRequest["action"],
): Promise<Reply> {
  const request: Partial<ServerRequest> = {
    server: options.server,
    action,
    who: process.env["SUDO_USER"] ?? userInfo().username,
    ...(options.service !== undefined && { service: options.service }),
    ...(options.for !== undefined && { forMs: options.for }),
    ...(options.reason !== undefined && { reason: options.reason }),
  };
  return command(context.places.socket, "/v1/server", request);
}

function say(context: Context, { done, sentence }: Reply): number {
  if (done) print(context, sentence);
  else context.io.err(`baton: ${sentence}\n`);
  return done ? EXIT.done : EXIT.failed;
}

/** Prints what is left when it changes; resolves with what is left in the end, if anybody knows. */
async function waitUntilEmpty(
  context: Context,
  options: ServerOptions,
): Promise<number | undefined> {
  const since = performance.now();
  let first: number | undefined;
  for (let said = -1; ; ) {
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
    const passed = performance.now() - since;
    const isLate = passed > (options.deadline ?? DEADLINE_MS);
    const answer = await askStatus(context.places.socket);
    const left =
      answer.kind === "running" ? connectionsOf(answer.snapshot, options, passed) : undefined;
    if (left === 0 || isLate) return left;
    if (left === undefined) continue;
    first ??= left;
    if (left !== said) print(context, `${left} connections${estimate(first, left, passed)}`);
    said = left;
  }
}

/** At the pace of the connections that have ended so far. */
function estimate(first: number, left: number, passed: number): string {
  const ended = first - left;
  return ended > 0 ? `, about ${age((passed / ended) * left)} more` : "";
}

/** Active and inactive ones of the server, in the services that are meant.
 *
 * Undefined where the table was not read since it was drained: new ones may have come until then.
 */
function connectionsOf(
  { services, ipvs }: Snapshot,
  { server: name, service }: ServerOptions,
  drainedMs: number,
): number | undefined {
  if (ipvs.problem !== undefined) return undefined;
  if (ipvs.readAgoMs === undefined || ipvs.readAgoMs >= drainedMs) return undefined;
  const named = serverNamed(name);
  return services
    .filter((one) => service === undefined || one.name === service)
    .flatMap(({ servers }) => servers)
    .filter((one) => isMeant(named, one))
    .reduce((sum, one) => sum + (one.activeConnections ?? 0) + (one.inactiveConnections ?? 0), 0);
}
