/** The web page of a running director: shows to whoever reaches it, obeys who has the token. */
import type { Page as Wish } from "../../config/types.ts";
import type { PageHandlers, PeerQuestion, PeersReply } from "../../control/api.ts";
import type { DirectorEffect } from "../../core/director/effects.ts";
import type { Snapshot } from "../../core/director/snapshot-types.ts";
import { createDoor, type Door } from "../http/door.ts";
import type { Log } from "../log.ts";

export interface PageOptions {
  readonly running: {
    snapshotInTurns(): Promise<Snapshot>;
    subscribe(listener: (effect: DirectorEffect) => void): () => void;
  };
  readonly commands: PageHandlers;
  /** Undefined before there is anybody to ask. */
  readonly ask: (question: PeerQuestion) => Promise<PeersReply | undefined>;
  readonly log: Pick<Log, "error" | "info" | "warn">;
  /** Instead of the files beside the program. */
  readonly folder?: URL;
  readonly cadenceMs?: number;
  readonly retryMs?: number;
}

export type Page = Door<Wish>;

/** What is behind it is loaded when a configuration wants it: no start waits for it. */
export const createPage = (options: PageOptions): Page =>
  createDoor({
    key: "page",
    open: async (wish) => (await import("./serve.ts")).servePage(options, wish),
    log: options.log,
    retryMs: options.retryMs,
  });
