/** `baton plan`, `reload`, `confirm`, `rollback` and `history --config`: another configuration. */
import { resolve } from "node:path";
import { BatonError } from "../base/errors.ts";
import type { PastConfiguration, PlanReply, PushReply, Reply } from "../control/api.ts";
import { askFor, askStatus, command } from "../control/client.ts";
import type { Plan } from "../core/reload/types.ts";
import { type Context, EXIT, print, printJson } from "./context.ts";
import { table } from "./text.ts";

export interface PlanOptions {
  readonly json?: true;
}

export interface ReloadOptions extends PlanOptions {
  readonly move?: true;
  /** Milliseconds. */
  readonly confirm?: number;
}

/** Of the daemon's own file, or of the one that `-c` names. */
export async function plan(context: Context, options: PlanOptions): Promise<number> {
  const file = context.configGiven ? resolve(context.configFile) : undefined;
  return tell(context, await ask(context, "/v1/plan", { file }), options);
}

export async function reload(context: Context, options: ReloadOptions): Promise<number> {
  await refuseOtherFile(context);
  const body = { move: options.move ?? false, confirmMs: options.confirm };
  return tell(context, await ask(context, "/v1/reload", body), options);
}

export async function rollback(
  context: Context,
  number: number | undefined,
  options: ReloadOptions,
): Promise<number> {
  const body = { number, move: options.move ?? false };
  return tell(context, await ask(context, "/v1/rollback", body), options);
}

export async function push(
  context: Context,
  director: string | undefined,
  options: ReloadOptions,
): Promise<number> {
  const body = { director, move: options.move ?? false, confirmMs: options.confirm };
  const answer = await command<PushReply>(context.places.socket, "/v1/push", body);
  if (options.json) printJson(context, { format: 1, ...answer });
  else {
    for (const { director: name, reply } of answer.replies) {
      if (reply.plan) print(context, ...planLines(reply.plan).map((line) => `${name}: ${line}`));
    }
    said(context, answer);
  }
  return answer.done ? EXIT.done : EXIT.failed;
}

export async function confirm(context: Context): Promise<number> {
  return said(context, await command(context.places.socket, "/v1/confirm", {}));
}

export async function history(context: Context, options: PlanOptions): Promise<number> {
  const past = await askFor<readonly PastConfiguration[]>(
    context.places.socket,
    "/v1/configurations",
  );
  if (options.json) printJson(context, past);
  else {
    const rows = past.map(({ number, time, digest, how }, i) => {
      const runs = i === past.length - 1 ? "runs" : "";
      return [String(number), time.slice(0, 19).replace("T", " "), digest, how, runs];
    });
    print(context, ...table(rows, 0));
  }
  return EXIT.done;
}

const ask = (context: Context, path: string, body: unknown): Promise<PlanReply> =>
  command<PlanReply>(context.places.socket, path, body);

/** Which file a daemon runs is decided where it is started. */
async function refuseOtherFile(context: Context): Promise<void> {
  if (!context.configGiven) return;
  const answer = await askStatus(context.places.socket);
  if (answer.kind !== "running") return;
  const { file } = answer.snapshot.configuration;
  if (resolve(context.configFile) === resolve(file)) return;
  const sentence = `the daemon runs ${file}, and not ${context.configFile}`;
  const remedy = "Copy the new text into that file, or restart the daemon with the other one.";
  throw new BatonError("BATON_USAGE", sentence, { remedy });
}

function tell(context: Context, reply: PlanReply, { json }: PlanOptions): number {
  const code = reply.done ? EXIT.done : reply.invalid ? EXIT.wrong : EXIT.failed;
  if (json) {
    printJson(context, { format: 1, ...reply });
    return code;
  }
  if (reply.plan) print(context, ...planLines(reply.plan));
  return said(context, reply) === EXIT.done ? EXIT.done : code;
}

function said(context: Context, { done, sentence }: Reply): number {
  if (done) print(context, sentence);
  else context.io.err(`baton: ${sentence}\n`);
  return done ? EXIT.done : EXIT.failed;
}

/** One line an operation, with who notices below it. */
function planLines({ operations, moves }: Plan): readonly string[] {
  return [
    ...operations.flatMap(({ subject, what, disturbs }) => [
      `${subject}: ${what}`,
      ...(disturbs === undefined ? [] : [`    ${disturbs}`]),
    ]),
    ...moves.map(
      ({ instance, why }) => `instance ${instance}: this director loses the role: ${why}`,
    ),
    ...(moves.length > 0 ? ["    a reload does so with --move only"] : []),
  ];
}
