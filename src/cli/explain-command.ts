/** What `baton explain` takes: nothing, a moment, a server, a service, or a client. */
import type { Command } from "commander";
import { BatonError } from "../base/errors.ts";
import { parseIp } from "../base/ip.ts";
import { isMeant, parseEndpoint } from "../config/endpoint.ts";
import { askStatus } from "../control/client.ts";
import type { Snapshot } from "../core/director/snapshot-types.ts";
import type { Context } from "./context.ts";

export interface ExplainOptions {
  readonly at?: string;
  readonly service?: string;
  readonly local?: true;
  readonly json?: true;
}

export function addExplain(
  program: Command,
  carryOut: (run: (context: Context) => Promise<number>) => Promise<void>,
): void {
  program
    .command("explain")
    .description(
      "why: without a subject the last change of each instance's role, with the evidence; or why a " +
        "real server is in the table or out of it, how a service stands, where a client is",
    )
    .argument(
      "[server]",
      "ADDRESS:PORT or ADDRESS of a server, a service's name, or a client's ADDRESS",
    )
    .option("--at <time>", "the change of a role around then: 03:12, or an ISO time")
    .option("--service <name>", "of a server or a client, in this service only")
    .option("--local", "of a change or a client: the other directors are not asked")
    .option("--json", "for programs")
    .action((subject: string | undefined, options: ExplainOptions) =>
      carryOut((context) => explain(context, subject, options)),
    );
}

async function explain(
  context: Context,
  subject: string | undefined,
  { at, service, local, json }: ExplainOptions,
): Promise<number> {
  if (subject === undefined) {
    if (service !== undefined)
      throw new BatonError("BATON_USAGE", "--service needs a server or a client");
    const { explainMoves, momentOf } = await import("./explain-moves.ts");
    const moment = at === undefined ? undefined : momentOf(at, new Date());
    if (at !== undefined && moment === undefined) {
      throw new BatonError("BATON_USAGE", `${JSON.stringify(at)} is neither HH:MM nor an ISO time`);
    }
    return explainMoves(context, {
      ...(moment !== undefined && { at: moment }),
      ...(local && { local }),
      ...(json && { json }),
    });
  }
  if (at !== undefined) throw new BatonError("BATON_USAGE", "--at goes without a subject");
  return explainSubject(context, subject, {
    ...(service !== undefined && { service }),
    ...(local && { local }),
    ...(json && { json }),
  });
}

async function explainSubject(
  context: Context,
  subject: string,
  options: Omit<ExplainOptions, "at">,
): Promise<number> {
  const answer = await askStatus(context.places.socket);
  const snapshot = answer.kind === "running" ? answer.snapshot : undefined;
  const client = parseIp(subject);
  if (client !== undefined && !isServer(subject, snapshot)) {
    const names = new Map(snapshot?.services.map(({ listen, name }) => [listen, name]));
    const { explainClient } = await import("./explain-client.ts");
    const nameOf = (listen: string): string | undefined => names.get(listen);
    return explainClient(context, { client, self: snapshot?.director, nameOf, ...options });
  }
  if (!snapshot) {
    throw new BatonError("BATON_NOT_RUNNING", `no daemon answers on ${context.places.socket}`);
  }
  if (snapshot.services.some(({ name }) => name === subject)) {
    const { explainService } = await import("./explain-service.ts");
    return explainService(context, snapshot, { name: subject, json: options.json === true });
  }
  const { explainServer } = await import("./explain.ts");
  return explainServer(context, snapshot, { server: subject, ...options });
}

function isServer(subject: string, snapshot: Snapshot | undefined): boolean {
  const named = parseEndpoint(subject);
  if (!("value" in named)) return false;
  const { value } = named;
  return (
    snapshot?.services.some(({ servers }) => servers.some((server) => isMeant(value, server))) ??
    false
  );
}
