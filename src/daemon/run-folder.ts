/** Puts /run/baton back where somebody removed it under a living daemon. */
import { stat } from "node:fs/promises";
import { messageOf } from "../base/errors.ts";
import type { Places } from "../base/places.ts";
import { type Millis, ms } from "../base/units.ts";
import { acquireLock } from "../os/files.ts";
import { lookEvery } from "./rounds.ts";

const LOOK: Millis = ms(5000);

export interface RunFolderOptions {
  readonly places: Places;
  /** Writes state, guard notes and beat anew, and serves the control socket again. */
  readonly restore: () => Promise<void>;
  readonly onTrouble: (sentence: string) => void;
}

/** A second daemon could start meanwhile as far as the heartbeat's port, which is taken. */
export function watchRunFolder(options: RunFolderOptions): { close(): void } {
  let busy = false;
  const close = lookEvery(LOOK, () => {
    if (busy) return;
    busy = true;
    void look(options).finally(() => {
      busy = false;
    });
  });
  return { close };
}

async function look({ places, restore, onTrouble }: RunFolderOptions): Promise<void> {
  try {
    if (await exists(places.lock)) return;
    onTrouble(`${places.run} was removed under this daemon: it is put back`);
    for (const path of [places.lock, places.alive]) {
      const { kind } = await acquireLock(path);
      if (kind === "held") onTrouble(`${path} is held by another process now`);
    }
    await restore();
  } catch (error) {
    onTrouble(`${places.run} can not be put back: ${messageOf(error)}`);
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
