/** The one voice that is spoken with: opened at the start, and anew where a reload asks for it. */
import type { Config } from "../config/types.ts";
import { readSecretFile } from "../os/files.ts";
import { parseSecrets, type Secret } from "../os/hmac.ts";
import { openVoice, type Voice, type VoiceOptions } from "./voice.ts";

export interface Voices {
  current(): Voice | undefined;
  /** Rejects, and goes on with the one before, where it can not be opened. */
  speakAs(config: Config, secrets: readonly Secret[]): Promise<void>;
  /** As before the last change. */
  speakAsBefore(): Promise<void>;
  close(): void;
}

export function createVoices(options: Omit<VoiceOptions, "config" | "secrets">): Voices {
  let spoken: Spoken | undefined;
  let before: Spoken | undefined;
  let voice: Voice | undefined;
  const speak = async (next: Spoken): Promise<void> => {
    // Raw sockets stand beside others; a UDP port is one socket's.
    if (next.transport === "udp") voice?.close();
    try {
      const opened = await next.open();
      if (next.transport === "vrrp") voice?.close();
      voice = opened;
      before = spoken;
      spoken = next;
    } catch (error) {
      if (next.transport === "udp") voice = await spoken?.open();
      throw error;
    }
  };
  return {
    current: () => voice,
    speakAs: async (config, secrets) => {
      const { transport } = config.heartbeat;
      const key = keyOf(config, secrets);
      before = undefined;
      if (key !== undefined && key === spoken?.key && voice) return;
      await speak({ transport, key, open: () => openVoice({ ...options, config, secrets }) });
    },
    speakAsBefore: async () => {
      if (before) await speak(before);
    },
    close: () => voice?.close(),
  };
}

interface Spoken {
  readonly transport: Config["heartbeat"]["transport"];
  readonly key: string | undefined;
  readonly open: () => Promise<Voice>;
}

/** The first key signs; all of them are believed. */
export async function readSecrets({ heartbeat }: Config): Promise<readonly Secret[]> {
  const file = heartbeat.secretFile;
  return file === undefined ? [] : parseSecrets(await readSecretFile(file), file);
}

/** All that the sockets of the udp transport depend on. On protocol 112 they are opened beside
 * those before, which costs nobody anything.
 */
function keyOf({ directors, heartbeat }: Config, secrets: readonly Secret[]): string | undefined {
  if (heartbeat.transport === "vrrp") return undefined;
  const { port, multicast } = heartbeat;
  const keys = secrets.map(({ id, key }) => [id, Buffer.from(key).toString("hex")]);
  const ways = directors.map(({ name, id, paths }) => [name, id, paths]);
  return JSON.stringify([ways, port, multicast, keys]);
}
