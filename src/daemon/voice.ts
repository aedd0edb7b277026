/** How the directors are spoken to and heard: heartbeats over UDP, or adverts of protocol 112. */
import { BatonError } from "../base/errors.ts";
import type { Config } from "../config/types.ts";
import type { Utterance } from "../core/director/effects.ts";
import { directorOf } from "../core/director/setup.ts";
import type { DirectorEvent, HeardAdvert } from "../core/director/types.ts";
import { readSecretFile } from "../os/files.ts";
import type { Secret } from "../os/hmac.ts";
import { openAdverts } from "./adverts.ts";
import { openHeartbeats } from "./heartbeat.ts";
import type { Network } from "./network.ts";

export interface Voice {
  /** Never waits, never throws: what cannot be sent is counted. */
  say(utterance: Utterance): void;
  /** Links or addresses have changed. */
  networkChanged(): void;
  /** `send ENETUNREACH` → how often, and what the kernel dropped. */
  troubles(): Readonly<Record<string, number>>;
  close(): void;
}

export interface VoiceOptions {
  readonly config: Config;
  readonly self: string;
  /** Of the udp transport; empty: nothing is signed, and every signature is taken. */
  readonly secrets: readonly Secret[];
  readonly network: Pick<Network, "link" | "addresses">;
  readonly hear: (event: Extract<DirectorEvent, { kind: "datagram" | "advertRefused" }>) => void;
  readonly hearAdvert: (advert: HeardAdvert) => void;
  readonly onRefused: (reason: string, from: string) => void;
}

/** Rejects with a BatonError that says what was in the way. */
export async function openVoice(options: VoiceOptions): Promise<Voice> {
  const { config, self, hear } = options;
  if (config.heartbeat.transport === "vrrp") {
    return openAdverts({
      ...options,
      self: directorOf(config, self),
      passwords: await readPasswords(config),
    });
  }
  const heartbeats = await openHeartbeats({
    ...options,
    onEnvelope: (envelope, path) => hear({ kind: "datagram", envelope, path }),
  });
  return {
    say: (utterance) => {
      if (utterance.kind === "send") heartbeats.send(utterance.datagrams);
    },
    networkChanged: () => undefined,
    troubles: () => heartbeats.troubles(),
    close: () => heartbeats.close(),
  };
}

/** Octets of the trailer (RFC 2338 §5.3.6.2). */
const PASSWORD_LENGTH = 8;

/** One character an octet, as the codec has it: keepalived sends what its file says, in UTF-8. */
export const passwordIn = (text: string): string =>
  Buffer.from(text.replace(/\r?\n$/, "")).toString("latin1");

/** By instance. */
async function readPasswords(config: Config): Promise<ReadonlyMap<string, string>> {
  const passwords = new Map<string, string>();
  for (const { name, vrrp } of config.instances) {
    const file = vrrp?.passwordFile;
    if (file === undefined) continue;
    const password = passwordIn(await readSecretFile(file));
    const { length } = password;
    if (length === 0 || length > PASSWORD_LENGTH) {
      const sentence = `the password in ${file} has ${length} octets; 1 to 8 are wanted`;
      const remedy = "Write its first 8: keepalived sends no more of its own.";
      throw new BatonError("BATON_SECRET", sentence, { remedy });
    }
    passwords.set(name, password);
  }
  return passwords;
}
