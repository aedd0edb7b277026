/** tcp: a connection comes to stand. */
import { open } from "./connect.ts";
import { type Attempt, type ProbeOf, up } from "./types.ts";

export const askTcp = (probe: ProbeOf<"tcp">, attempt: Attempt): void =>
  open(probe, attempt, undefined, () => attempt.end(up("takes connections")));
