/** `baton failover` and `baton resume`: hand the role over, and come back. */
import { DEFAULT_HOLD_MS, type FailoverRequest, type Reply } from "../control/api.ts";
import { command } from "../control/client.ts";
import { type Context, EXIT, print } from "./context.ts";

export interface FailoverOptions {
  readonly instance: string | undefined;
  readonly force?: boolean;
  /** Milliseconds. */
  readonly hold?: number;
}

export async function failover(context: Context, options: FailoverOptions): Promise<number> {
  const request: FailoverRequest = {
    instance: options.instance,
    force: options.force ?? false,
    holdMs: options.hold ?? DEFAULT_HOLD_MS,
  };
  return tell(context, await command(context.places.socket, "/v1/failover", request));
}

export async function resume(context: Context, instance: string | undefined): Promise<number> {
  return tell(context, await command(context.places.socket, "/v1/resume", { instance }));
}

function tell(context: Context, { done, sentence }: Reply): number {
  if (done) print(context, sentence);
  else context.io.err(`baton: ${sentence}\n`);
  return done ? EXIT.done : EXIT.failed;
}
