/** What a dead director would have said: that it has let go, and who is to come. */
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { messageOf } from "../base/errors.ts";
import type { Places } from "../base/places.ts";
import type { Config } from "../config/types.ts";
import { compose, EVERYBODY } from "../core/director/compose.ts";
import { initialDirector, makeSetup, type SetupOptions } from "../core/director/setup.ts";
import { step } from "../core/director/step.ts";
import type { DirectorState } from "../core/director/types.ts";
import { VIPS_AFTER_CLAIM } from "../core/vrrp/leaving.ts";
import { now } from "../os/clock.ts";
import { openRtnl } from "../os/rtnl.ts";
import type { RunState } from "../os/run-state.ts";
import type { Envelope } from "../wire/heartbeat/types.ts";
import type { Configuration } from "./configuration.ts";
import { type Heartbeats, openHeartbeats } from "./heartbeat.ts";
import { nextCounter } from "./memory.ts";
import { openVoice } from "./voice.ts";
import { readSecrets } from "./voices.ts";

/** To peers that were heard, so that the goodbye proves itself by echoing them. */
const GOODBYES = 3;
const GOODBYE_PAUSE_MS = 10;
/** Peers answer an unknown session once an interval, unless they are dead. */
const ANSWER_MARGIN_MS = 500;
const ANSWER_LIMIT_MS = 5000;
const ANSWER_PAUSE_MS = 50;

/** In state initialize: once that is believed the peers take over at once.
 *
 * First in the name of the session that died, which needs no proof where it was the one heard; then
 * in a new one, which has to prove itself by what it echoes.
 */
export async function sayGoodbye(
  state: RunState,
  { config, digest }: Pick<Configuration, "config" | "digest">,
  at: Places,
): Promise<void> {
  if (config.heartbeat.transport === "vrrp") return await sayPriorityZero(state, config);
  const secrets = await readSecrets(config);
  const self = state.director;
  let listen: (envelope: Envelope, path: number) => void = () => undefined;
  const heartbeats = await openHeartbeats({
    config,
    self,
    secrets,
    onEnvelope: (envelope, path) => listen(envelope, path),
    onRefused: () => undefined,
  });
  const common = {
    config,
    self,
    configDigest: digest,
    keyId: secrets[0]?.id ?? 0,
    authenticated: secrets.length > 0,
  };
  await lastWords(state, common, heartbeats);
  const setup = makeSetup({
    ...common,
    session: randomBytes(16).toString("hex"),
    counter: await nextCounter(at, (error) => say(messageOf(error))),
  });
  let director = initialDirector(setup, now());
  listen = (envelope, path) => {
    director = step(director, { kind: "datagram", envelope, path }, now()).state;
  };
  const patience = Math.min(config.heartbeat.interval + ANSWER_MARGIN_MS, ANSWER_LIMIT_MS);
  const limit = now() + patience;
  for (let said = 0, toAll = 0; toAll < GOODBYES && now() < limit; said++) {
    const composed = compose(director, "released", now());
    director = composed.state;
    heartbeats.send(composed.datagrams);
    if (isEverybodyHeard(director)) toAll++;
    await pause(said < GOODBYES || toAll > 0 ? GOODBYE_PAUSE_MS : ANSWER_PAUSE_MS);
  }
  heartbeats.close();
  say(`the other directors were told that ${self} has let go`);
}

/** On protocol 112 nothing has to be proven: it is the address that speaks. Resolves when another
 * master claims each instance, or nobody can be coming. */
async function sayPriorityZero({ director, instances }: RunState, config: Config): Promise<void> {
  const rtnl = openRtnl();
  try {
    const [links, addresses] = await Promise.all([rtnl.links(), rtnl.addresses()]);
    const network = {
      link: (wanted: string) => links.find(({ name }) => name === wanted),
      addresses: () => addresses,
    };
    const waiting = new Set(
      Object.entries(instances)
        .filter(([, { state }]) => state === "master" || state === "leaving")
        .map(([name]) => name),
    );
    if (waiting.size === 0) return;
    const said = [...waiting].join(", ");
    const silent = (): void => undefined;
    const voice = await openVoice({
      config,
      self: director,
      secrets: [],
      network,
      hear: silent,
      onRefused: silent,
      hearAdvert: ({ instance, advert }) => {
        if (advert.priority > 0) waiting.delete(instance);
      },
    });
    const adverts = [...waiting].map((instance) => ({ instance, priority: 0 }));
    voice.say({ kind: "advertise", adverts });
    say(`priority 0 was sent for ${said}`);
    const limit = now() + slowestSkew(config) + CLAIM_MARGIN_MS;
    while (waiting.size > 0 && now() < limit) await pause(CLAIM_PAUSE_MS);
    // keepalived claims first, and brings its VIPs up then.
    await pause(VIPS_AFTER_CLAIM);
    voice.close();
  } finally {
    rtnl.close();
  }
}

/** Of priority 1: all but an interval, a second in version 2. */
const slowestSkew = ({ instances }: Config): number =>
  Math.max(...instances.map(({ vrrp, interval }) => (vrrp?.version === 2 ? 1000 : interval)));

const CLAIM_MARGIN_MS = 100;
const CLAIM_PAUSE_MS = 2;

/** Above all that the dead one can have said: a thousand years of adverts. */
const LAST_SEQUENCE = 2 ** 44;

async function lastWords(
  { session, counter }: RunState,
  common: Omit<SetupOptions, "session" | "counter">,
  heartbeats: Heartbeats,
): Promise<void> {
  if (session === undefined || counter === undefined) return;
  const dead = initialDirector(makeSetup({ ...common, session, counter }), now());
  const sequences = Object.fromEntries(
    [EVERYBODY, ...Object.keys(dead.peers)].map((name) => [name, LAST_SEQUENCE]),
  );
  let director: DirectorState = { ...dead, sequences };
  for (let said = 0; said < GOODBYES; said++) {
    const composed = compose(director, "released", now());
    director = composed.state;
    heartbeats.send(composed.datagrams);
    await pause(GOODBYE_PAUSE_MS);
  }
}

const isEverybodyHeard = ({ peers }: DirectorState): boolean =>
  Object.values(peers).every(({ session, candidate }) => (session ?? candidate) !== undefined);

const say = (sentence: string): void => {
  process.stdout.write(`${sentence}\n`);
};
