/** When the run state is written: once a turn, and for the last time at the end. */
import type { DirectorState } from "../core/director/types.ts";
import { type SaveOptions, saveRunState } from "./save.ts";

export interface Saver {
  save(): void;
  /** Resolves when the state as it is now is on the disk, or could not be written. */
  remember(): Promise<void>;
  /** The keys of the VIPs that stand now; written as well. */
  present(vips: ReadonlySet<string>): void;
  /** The last word of a run: it has ended. */
  end(): void;
  /** Another one writes from now on. */
  close(): void;
}

export function createSaver(options: SaveOptions, state: () => DirectorState): Saver {
  let present: ReadonlySet<string> = new Set();
  let saving = false;
  let closed = false;
  // All instances may move in one turn, and each writing tells of all of them.
  const save = (): void => {
    if (saving) return;
    saving = true;
    queueMicrotask(() => {
      saving = false;
      if (!closed) saveRunState(options, state(), present);
    });
  };
  return {
    save,
    remember: async () => {
      save();
      await Promise.resolve();
      await options.memory.flush();
    },
    present: (vips) => {
      present = vips;
      save();
    },
    end: () => {
      closed = true;
      saveRunState(options, state(), present, true);
    },
    close: () => {
      closed = true;
    },
  };
}
