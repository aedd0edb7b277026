/** `baton run --rehearse`: a start up to where it would decide, so that its time can be taken. */
import { places } from "../base/places.ts";
import { refuseLaterState } from "../os/state-format.ts";
import { loadConfiguration } from "./configuration.ts";
import { identify } from "./identity.ts";
import { watchNetwork } from "./network.ts";
import { readPrevious } from "./previous.ts";
import type { RunOptions } from "./run.ts";

/** Takes no lock, changes nothing; throws what a start would refuse. */
export async function rehearse(options: RunOptions): Promise<number> {
  const at = places(options.root);
  await import("./run.ts");
  await refuseLaterState(at);
  const [configuration] = await Promise.all([
    loadConfiguration(options.config ?? at.config, at),
    readPrevious(at),
  ]);
  const nothing = (): void => undefined;
  const network = await watchNetwork(nothing, nothing);
  await identify(configuration, options.as);
  network.close();
  return 0;
}
