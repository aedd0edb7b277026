/** Rules about how the directors talk. */
import { familyOf } from "../../base/ip.ts";
import { formatDuration, type Millis, ms, times } from "../../base/units.ts";
import { error, note, type Place, type Problem, warning } from "../report.ts";
import type { Config } from "../types.ts";

/** Below this an ordinary hiccup of a busy host lasts several intervals. */
const BRISK = ms(100);
const SHORTEST = ms(20);

export function checkHeartbeat(config: Config): Problem[] {
  const { heartbeat, directors } = config;
  const { interval, multicast, secretFile, transport } = heartbeat;
  const problems = briskIntervals(config);
  if (transport === "udp" && interval < SHORTEST) {
    const message = `${formatDuration(interval)} is less than 20ms, the least there is on udp`;
    problems.push(error(["heartbeat", "interval"], message));
  }
  if (transport === "udp" && secretFile === undefined) {
    problems.push(
      warning(
        ["heartbeat"],
        "there is no secretFile: whoever reaches the port can pass for a director",
        { remedy: "Write a key into a file on both directors, mode 600, and name it." },
      ),
    );
  }
  const foreign = directors
    .flatMap((director) => director.paths)
    .find((path) => multicast !== undefined && familyOf(path.address) !== familyOf(multicast));
  if (foreign !== undefined) {
    const message = `${multicast} is of another family than the path ${foreign.address}`;
    problems.push(error(["heartbeat", "multicast"], message));
  }
  return problems;
}

function briskIntervals({ heartbeat, instances }: Config): Problem[] {
  const own = instances.filter(({ interval }) => interval !== heartbeat.interval);
  const said: readonly [Place, Millis][] = [
    [["heartbeat", "interval"], heartbeat.interval],
    ...own.map(({ name, interval }): [Place, Millis] => [
      ["instances", name, "interval"],
      interval,
    ]),
  ];
  return said.flatMap(([place, interval]) => {
    if (interval >= BRISK) return [];
    const silence = formatDuration(times(interval, heartbeat.missed));
    const message = `${silence} of silence end a master: neither host may be short of CPU`;
    return [note(place, message)];
  });
}
