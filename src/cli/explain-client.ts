/** `baton explain CLIENT`: which servers a client is on, as the kernels of all directors have it. */
import { BatonError, messageOf } from "../base/errors.ts";
import type { Ip } from "../base/ip.ts";
import { serverByHash } from "../core/reload/hash.ts";
import { type Binding, bindingsOf, type ClientBindings, type Scheduling } from "../os/bindings.ts";
import { SERVICE_FLAG } from "../wire/ipvs/types.ts";
import { type Context, EXIT, print, printJson } from "./context.ts";
import { askPeers } from "./peers.ts";
import { age, type Style, styleOf, table } from "./text.ts";

export interface ClientOptions {
  readonly client: Ip;
  /** This director's name, as far as it is known. */
  readonly self: string | undefined;
  /** Of a service as the kernel names it: its name in the file. */
  readonly nameOf: (listen: string) => string | undefined;
  readonly service?: string;
  /** The other directors are not asked. */
  readonly local?: true;
  readonly json?: true;
}

/** What one director's kernel says of it. */
interface Seen {
  readonly director: string;
  readonly found: ClientBindings | undefined;
  /** Why it is not known. */
  readonly problem: string | undefined;
}

export async function explainClient(context: Context, options: ClientOptions): Promise<number> {
  const [here, others] = await Promise.all([seenHere(options), seenElsewhere(context, options)]);
  const seen = [here, ...others].map((one) => ({
    ...one,
    found: one.found && of(one.found, options),
  }));
  if (seen.every(({ found }) => found === undefined)) {
    throw new BatonError("BATON_IPVS", `the connections can not be read: ${here.problem}`);
  }
  if (options.json) printJson(context, { client: options.client, directors: seen });
  else print(context, ...words(seen, options, styleOf(context.io.colour)));
  return EXIT.done;
}

async function seenHere({ client, self }: ClientOptions): Promise<Seen> {
  const director = self ?? "this host";
  try {
    return { director, found: await bindingsOf(client), problem: undefined };
  } catch (error) {
    return { director, found: undefined, problem: messageOf(error) };
  }
}

async function seenElsewhere(
  context: Context,
  { client, self, local }: ClientOptions,
): Promise<readonly Seen[]> {
  // Without a daemon nobody knows the others.
  if (self === undefined || local) return [];
  const answers = await askPeers(context, { ask: "client", client });
  return answers.map(({ director, text, sentence }) =>
    text === undefined
      ? { director, found: undefined, problem: sentence }
      : { director, found: JSON.parse(text) as ClientBindings, problem: undefined },
  );
}

/** Of the service that is asked for. */
function of({ bindings, services }: ClientBindings, options: ClientOptions): ClientBindings {
  const { service, nameOf } = options;
  const meant = ({ listen }: { listen: string }): boolean =>
    service === undefined || (nameOf(listen) ?? listen) === service;
  return { bindings: bindings.filter(meant), services: services.filter(meant) };
}

function words(seen: readonly Seen[], options: ClientOptions, style: Style): readonly string[] {
  const none = seen.every(({ found }) => !found || found.bindings.length === 0);
  const heading = none ? `${options.client} has no connection` : options.client;
  return [
    style.bold(heading),
    ...seen.flatMap((one) => directorLines(one, options)),
    ...schedulingLines(seen, options),
  ];
}

function directorLines({ director, found, problem }: Seen, options: ClientOptions) {
  if (!found) return [`  on ${director}: not known, ${problem}`];
  if (found.bindings.length === 0) return [`  on ${director}: nothing`];
  return [
    `  on ${director}:`,
    ...table(
      found.bindings.map((one) => row(one, options)),
      4,
    ),
  ];
}

const row = (binding: Binding, { nameOf }: ClientOptions): readonly string[] => {
  const { listen, server, by, count, states, longestMs } = binding;
  const connections = `${count} connection${count === 1 ? "" : "s"} (${statesText(states)})`;
  const what =
    by === "persistence"
      ? `every new connection too, by persistence, for ${age(longestMs)} after the last one`
      : `${connections}, known for ${age(longestMs)} more`;
  return [nameOf(listen) ?? listen, server, what];
};

/** How one director's kernel would place a new connection. */
interface Placing {
  readonly director: string;
  readonly service: Scheduling;
}

/** Where a new connection goes that nothing binds yet. */
function schedulingLines(seen: readonly Seen[], options: ClientOptions): readonly string[] {
  const services = new Map<string, readonly Placing[]>();
  for (const { director, found } of seen) {
    for (const service of found?.services ?? []) {
      const known = services.get(service.listen) ?? [];
      services.set(service.listen, [...known, { director, service }]);
    }
  }
  const bindings = seen.flatMap(({ found }) => found?.bindings ?? []);
  for (const { by, listen } of bindings) if (by === "persistence") services.delete(listen);
  const open = [...services.values()];
  const hashed = open.filter(isHashed).map((placings) => hashLine(placings, options));
  const free = open
    .filter((placings) => !isHashed(placings))
    .flatMap(([first]) =>
      first ? [`${nameIn(first, options)} (${first.service.scheduler})`] : [],
    );
  if (free.length === 0) return hashed;
  return [...hashed, `  a new connection goes where the scheduler puts it: ${free.join(", ")}`];
}

const nameIn = ({ service: { listen } }: Placing, { nameOf }: ClientOptions): string =>
  nameOf(listen) ?? listen;

/** With a port in the hash each connection goes its own way. */
const isHashed = (placings: readonly Placing[]): boolean =>
  placings.every(
    ({ service: { scheduler, flags } }) =>
      scheduler === "sh" && (flags & SERVICE_FLAG.sched2) === 0,
  );

/** The hash goes by the order in which a kernel was given its servers: two can differ in that. */
function hashLine(placings: readonly Placing[], options: ClientOptions): string {
  const ways = placings.map(({ director, service: { hashed, flags } }) => {
    const server = serverByHash(options.client, hashed, (flags & SERVICE_FLAG.sched1) !== 0);
    const way = server === undefined ? "to a server that takes nothing" : `to ${server}`;
    return { way, by: `${way} by ${director}'s table` };
  });
  const differ = new Set(ways.map(({ way }) => way)).size > 1;
  const where = differ ? ways.map(({ by }) => by).join(", ") : ways[0]?.way;
  const name = placings[0] && nameIn(placings[0], options);
  return `  a new connection to ${name} goes ${where}, by the hash of the address (sh)`;
}

const statesText = (states: Readonly<Record<string, number>>): string =>
  Object.entries(states)
    .map(([state, count]) => `${count} ${state}`)
    .join(", ");
