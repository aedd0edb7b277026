/** Heartbeats on the wire: composes octets, signs, sends; receives, verifies, decodes. */
import { DecodeError } from "../base/bytes.ts";
import type { Ip } from "../base/ip.ts";
import type { Config } from "../config/types.ts";
import type { Outgoing } from "../core/director/effects.ts";
import { directorOf } from "../core/director/setup.ts";
import { type Secret, sign, verify } from "../os/hmac.ts";
import { type Arrival, type HeartbeatPath, openPath } from "../os/udp.ts";
import { decode, encode, splitSignature } from "../wire/heartbeat/envelope.ts";
import type { Envelope } from "../wire/heartbeat/types.ts";

export interface Heartbeats {
  send(datagrams: readonly Outgoing[]): void;
  /** `send ENETUNREACH` → how often, and what the kernel dropped. */
  troubles(): Readonly<Record<string, number>>;
  close(): void;
}

export interface HeartbeatOptions {
  readonly config: Config;
  readonly self: string;
  /** Empty: nothing is signed, and every signature is taken. */
  readonly secrets: readonly Secret[];
  readonly onEnvelope: (envelope: Envelope, path: number) => void;
  readonly onRefused: (reason: string, from: string) => void;
}

/** A pair without a secret still finds broken datagrams: everybody knows this key. */
const PUBLIC_KEY: Secret = { id: 0, key: new TextEncoder().encode("baton without a secret") };

export async function openHeartbeats(options: HeartbeatOptions): Promise<Heartbeats> {
  const { config, self } = options;
  const secrets = options.secrets.length > 0 ? options.secrets : [PUBLIC_KEY];
  const receive = receiver(options, secrets);
  const paths: HeartbeatPath[] = [];
  try {
    for (const [index, path] of directorOf(config, self).paths.entries()) {
      const open = {
        address: path.address,
        port: config.heartbeat.port,
        path: index,
        ...(path.interface !== undefined && { interface: path.interface }),
        ...(config.heartbeat.multicast !== undefined && { group: config.heartbeat.multicast }),
      };
      paths.push(await openPath(open, receive));
    }
  } catch (error) {
    for (const path of paths) path.close();
    throw error;
  }
  return {
    send: (datagrams) => {
      for (const { peer, path, envelope } of datagrams) {
        const to = addressOf(config, peer, path);
        if (to !== undefined) paths[path]?.send(signed(envelope, secrets), to);
      }
    },
    troubles: () => troublesOf(paths),
    close: () => {
      for (const path of paths) path.close();
    },
  };
}

function signed(envelope: Envelope, secrets: readonly Secret[]): Uint8Array {
  const bytes = encode(envelope);
  const secret = secrets.find(({ id }) => id === envelope.keyId) ?? PUBLIC_KEY;
  return Buffer.concat([bytes, sign(bytes, secret.key)]);
}

function receiver(
  options: HeartbeatOptions,
  secrets: readonly Secret[],
): (bytes: Uint8Array, arrival: Arrival) => void {
  const { config, self, onEnvelope, onRefused } = options;
  const known = new Set(
    config.directors
      .filter(({ name }) => name !== self)
      .flatMap(({ paths }) => paths.map(({ address }) => address)),
  );
  return (bytes, { from, path }) => {
    if (!known.has(from)) return onRefused("unknown source", from);
    try {
      const { signed: body, signature, keyId } = splitSignature(bytes);
      const secret = secrets.find(({ id }) => id === keyId);
      if (!secret) return onRefused("unknown key", from);
      if (!verify(body, secret.key, signature)) return onRefused("bad signature", from);
      onEnvelope(decode(body), path);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      onRefused(error.reason, from);
    }
  };
}

function addressOf(config: Config, peer: string | undefined, path: number): Ip | undefined {
  if (peer === undefined) return config.heartbeat.multicast;
  return directorOf(config, peer).paths[path]?.address;
}

function troublesOf(paths: readonly HeartbeatPath[]): Readonly<Record<string, number>> {
  const troubles: Record<string, number> = {};
  for (const path of paths) {
    for (const [code, count] of path.errors()) {
      troubles[`send ${code}`] = (troubles[`send ${code}`] ?? 0) + count;
    }
    const drops = path.drops();
    if (drops > 0)
      troubles["dropped by the kernel"] = (troubles["dropped by the kernel"] ?? 0) + drops;
  }
  return troubles;
}
