/** The keys of baton.yaml: shape, range, default and meaning of each, defined once. */
import * as z from "zod/mini";
import { minutes, ms, seconds } from "../base/units.ts";
import { alert } from "./schema/alerts.ts";
import { group, reader, track } from "./schema/around.ts";
import { announce, connectionSync, director, heartbeat, instance } from "./schema/pair.ts";
import { doc, duration, flag, name, named, oneOf, parsed, section } from "./schema/scalars.ts";
import { ipvs, serverSet, service } from "./schema/services.ts";
import { metrics, page } from "./schema/watching.ts";
import { parseFile } from "./values.ts";

const file = section({
  cluster: doc(
    "Names the pair, so that others on the same network are not heard; made of the directors' " +
      "names unless said otherwise.",
    z.optional(name()),
  ),
  directors: doc(
    "The machines that serve together, by name. The same file serves all of them: each finds " +
      "itself by its addresses, or by `--as NAME`.",
    named("names to directors", director),
  ),
  heartbeat: doc("How the directors tell each other that they live.", z.prefault(heartbeat, {})),
  instances: doc("Virtual routers by name.", named("names to instances", instance)),
  groups: doc(
    "Of instances that name a group: what counts for all of it, by the group's name. The vrrp " +
      "transport alone.",
    z.prefault(named("names to groups", group), {}),
  ),
  tracks: doc(
    "What else this host needs for its instances, by name.",
    z.prefault(named("names to tracks", track), {}),
  ),
  notifyFifo: doc(
    'A named pipe that gets a line at each change, as keepalived writes it: INSTANCE "web" ' +
      "MASTER 150. It is made where it does not exist.",
    z.optional(parsed("the path of a file", parseFile)),
  ),
  notifyFifoScript: doc(
    "A program that reads it, with the pipe's path after its own words, as keepalived runs it. It " +
      "begins with the daemon and ends with it, and is started anew where it ends before.",
    z.optional(reader),
  ),
  serviceFifo: doc(
    "A named pipe that gets a line at each change of a server or a quorum, as keepalived writes it: " +
      "RS [10.0.0.1]:tcp:80 [192.168.60.100]:tcp:80 DOWN. It may be the same as notifyFifo.",
    z.optional(parsed("the path of a file", parseFile)),
  ),
  serviceFifoScript: doc("The same for serviceFifo.", z.optional(reader)),
  alerts: doc(
    "Who else is told of what happens, by name: mail, a webhook or a program each.",
    z.prefault(named("names to alerts", alert), {}),
  ),
  connectionSync: doc(
    "Carries the connection table across, so that connections outlive a takeover.",
    z.optional(connectionSync),
  ),
  serverSets: doc(
    "Servers that several services share, by the name that their `sets` say.",
    z.prefault(named("names to lists of servers", serverSet), {}),
  ),
  services: doc("Virtual services by name.", z.prefault(named("names to services", service), {})),
  ipvs: doc("The kernel's table as a whole.", z.prefault(ipvs, {})),
  announce: doc("How a new master tells the network where the VIPs are.", z.prefault(announce, {})),
  metrics: doc(
    "Tells Prometheus how the director does: GET /metrics. `baton metrics` has the same without it.",
    z.optional(metrics),
  ),
  page: doc(
    "Shows a web page of both directors, live. `page: {}` is enough; off where the key is missing.",
    z.optional(page),
  ),
  startDelay: doc(
    "Every instance is at fault for so long after a start, unless it takes up what it held: for " +
      "hosts whose network is not ready when they are.",
    z.prefault(duration({ min: ms(0), max: minutes(5) }), "0s"),
  ),
  vipLease: doc(
    "The kernel takes a VIP away when baton has not renewed it for so long: for hosts where " +
      "nothing supervises the daemon, which may freeze. Renewed three times within it.",
    z.optional(duration({ min: seconds(2), max: minutes(1), wholeSeconds: true })),
  ),
  waitForInterface: doc(
    "Wait for an interface that does not exist yet, in fault, instead of refusing to start.",
    z.prefault(flag(), false),
  ),
  onStop: doc(
    "The IPVS table when the daemon stops: keep it or remove it. The VIPs always go.",
    z.prefault(oneOf(["keep", "remove"]), "keep"),
  ),
});

/** What the file says, defaults in place; references between its parts are not looked at yet. */
export type FileConfig = z.output<typeof file>;
export type FileService = FileConfig["services"][string];
export type FileServer = FileConfig["serverSets"][string][number];
export type FileInstance = FileConfig["instances"][string];
export type FileTrack = FileConfig["tracks"][string];
export type FileAlert = FileConfig["alerts"][string];
export type FileDirector = FileConfig["directors"][string];

export type SchemaResult =
  | { readonly kind: "valid"; readonly file: FileConfig }
  | { readonly kind: "invalid"; readonly issues: readonly z.core.$ZodIssue[] };

export function applySchema(data: unknown): SchemaResult {
  const result = z.safeParse(file, data);
  return result.success
    ? { kind: "valid", file: result.data }
    : { kind: "invalid", issues: result.error.issues };
}

/** For editors: completion and a first check while typing. */
export function jsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(file, { io: "input", target: "draft-7" });
  return { $schema, title: "baton.yaml", ...rest };
}
