/** `baton names`: for completion, what the running daemon has names for; hidden. */
import { endpointName } from "../base/service.ts";
import { askStatus } from "../control/client.ts";
import type { Snapshot } from "../core/director/snapshot-types.ts";
import { type Context, EXIT, print } from "./context.ts";
import type { NameKind } from "./describe.ts";

/** Somebody waits with a finger on the Tab key. */
const LIMIT_MS = 500;

/** One a line; nothing where no daemon answers: a shell that completes has no place for errors. */
export async function names(context: Context, kind: NameKind): Promise<number> {
  const answer = await askStatus(context.places.socket, LIMIT_MS).catch(() => undefined);
  if (answer?.kind === "running") print(context, ...new Set(namesIn(answer.snapshot, kind)));
  return EXIT.done;
}

function namesIn(snapshot: Snapshot, kind: NameKind): readonly string[] {
  const { director, peers, instances, services } = snapshot;
  switch (kind) {
    case "directors":
      return [director, ...peers.map((peer) => peer.director)];
    case "instances":
      return instances.map(({ name }) => name);
    case "services":
      return services.map(({ name }) => name);
    case "servers":
      return services.flatMap(({ servers }) => servers.map(endpointName));
  }
}
