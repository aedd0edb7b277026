/** Rules about who watches the daemon from outside. */
import { isLoopback, isUnspecified } from "../../base/ip.ts";
import { error, type Problem, warning } from "../report.ts";
import type { Config } from "../types.ts";

export function checkWatching({ metrics, page }: Config): Problem[] {
  if (page === undefined) return [];
  const problems: Problem[] = [];
  const place = ["page", "listen"];
  if (metrics !== undefined && metrics.port === page.port && overlap(metrics, page)) {
    const message = `metrics has port ${page.port} of this address`;
    problems.push(error(place, message, { code: "BATON_PORT", remedy: "Write another port." }));
  }
  if (page.tokenFile !== undefined && !isLoopback(page.address)) {
    const message = "the token crosses the network as it is: whoever reads along may use it";
    const remedy =
      "Listen on 127.0.0.1, and reach it by `ssh -L` or by a proxy on this host that speaks TLS.";
    problems.push(warning(place, message, { remedy }));
  }
  return problems;
}

type Listener = NonNullable<Config["metrics"]>;

/** Any address is all of them. */
const overlap = (a: Listener, b: Listener): boolean =>
  a.address === b.address || isUnspecified(a.address) || isUnspecified(b.address);
