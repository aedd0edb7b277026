/** Every rule between the parts of a resolved configuration. */
import type { Problem } from "../report.ts";
import type { Config } from "../types.ts";
import { checkDirectors } from "./directors.ts";
import { checkHeartbeat } from "./heartbeat.ts";
import { checkInstances } from "./instances.ts";
import { checkServices } from "./services.ts";
import { checkSync } from "./sync.ts";
import { checkVips } from "./vips.ts";
import { checkVrrp } from "./vrrp.ts";
import { checkWatching } from "./watching.ts";

export const checkRules = (config: Config): Problem[] => [
  ...checkDirectors(config),
  ...checkHeartbeat(config),
  ...checkInstances(config),
  ...checkVips(config),
  ...checkVrrp(config),
  ...checkSync(config),
  ...checkServices(config),
  ...checkWatching(config),
];
