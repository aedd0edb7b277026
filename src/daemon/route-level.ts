/** Routes and rules that go with a role: on after the VIPs, off with them, put back when taken. */
import { messageOf } from "../base/errors.ts";
import { formatCidr } from "../base/ip.ts";
import type { Route, RoutingRule } from "../config/types.ts";
import type { Routing as RoutingItem, Rtnl } from "../os/rtnl.ts";
import { errnoName } from "../wire/netlink/errno.ts";

export interface Routing {
  readonly routes: readonly Route[];
  readonly rules: readonly RoutingRule[];
}

export interface RouteLevelOptions {
  /** Everything of the configuration: what of it is not desired is taken off at the start. */
  readonly managed: Routing;
  readonly rtnl: Pick<Rtnl, "addRouting" | "removeRouting">;
  readonly index: (link: string) => number | undefined;
  readonly onRepaired: (what: string) => void;
  readonly onTrouble: (sentence: string) => void;
}

const EEXIST = 17;

export class RouteLevel {
  readonly #options: RouteLevelOptions;
  #desired: Routing | undefined;
  /** What was seen to stand: when it is missing later, somebody took it. */
  readonly #standing = new Set<string>();
  #running: Promise<void> = Promise.resolve();

  constructor(options: RouteLevelOptions) {
    this.#options = options;
  }

  /** What goes goes at once; what comes waits for `vips`, which it may need as its source. */
  request(desired: Routing, vips: Promise<unknown>): Promise<void> {
    this.#desired = desired;
    return this.#then(async () => {
      await this.#remove();
      await vips.catch(() => undefined);
      await this.#add();
    });
  }

  /** Puts back what is missing; what stands is left as it is. */
  again(): void {
    if (this.#standing.size > 0) void this.#then(() => this.#add());
  }

  /** One after the other; what failed is tried again at the next look. */
  #then(work: () => Promise<void>): Promise<void> {
    const report = (error: unknown): void => this.#options.onTrouble(messageOf(error));
    this.#running = this.#running.then(work).catch(report);
    return this.#running;
  }

  settled(): Promise<void> {
    return this.#running;
  }

  async #remove(): Promise<void> {
    const { managed, rtnl } = this.#options;
    const wanted = new Set(entriesOf(this.#desired).map(({ key }) => key));
    const gone = entriesOf(managed).filter(({ key }) => !wanted.has(key));
    for (const { key } of gone) this.#standing.delete(key);
    // Most of it is not there: that is no news.
    if (gone.length > 0) await rtnl.removeRouting(gone.flatMap((one) => this.#placed(one)));
  }

  async #add(): Promise<void> {
    const { rtnl, onRepaired, onTrouble } = this.#options;
    const entries = entriesOf(this.#desired);
    const placed = entries.map((entry) => this.#placed(entry));
    const errnos = await rtnl.addRouting(placed.flat());
    let at = 0;
    for (const [i, { key, text }] of entries.entries()) {
      if (placed[i]?.length === 0) continue;
      const errno = errnos[at++] ?? 0;
      if (errno !== 0 && errno !== EEXIST) {
        onTrouble(`${text}: ${errnoName(errno)}`);
        this.#standing.delete(key);
      } else {
        if (errno === 0 && this.#standing.has(key)) onRepaired(`${text} was missing`);
        this.#standing.add(key);
      }
    }
  }

  #placed({ item }: Entry): readonly RoutingItem[] {
    return item.kind === "rule" ? [item] : placedRoute(item.route, this.#options.index);
  }
}

/** Nothing where its interface does not exist. */
export function placedRoute(
  route: Route,
  indexOf: (link: string) => number | undefined,
): readonly RoutingItem[] {
  const link = route.interface;
  const index = link === undefined ? undefined : indexOf(link);
  if (link !== undefined && index === undefined) return [];
  return [{ kind: "route", route: { ...route, index } }];
}

interface Entry {
  readonly key: string;
  readonly text: string;
  readonly item:
    | { readonly kind: "route"; readonly route: Route }
    | { readonly kind: "rule"; readonly rule: RoutingRule };
}

/** Routes first: a rule that finds an empty table lets packets through to the next. */
function entriesOf(routing: Routing | undefined): readonly Entry[] {
  if (!routing) return [];
  const routes = routing.routes.map((route): Entry => {
    const text = `route ${formatCidr(route.to)} of table ${route.table}`;
    return { key: JSON.stringify(route), text, item: { kind: "route", route } };
  });
  const rules = routing.rules.map((rule): Entry => {
    const text = `rule ${rule.priority} to table ${rule.table}`;
    return { key: JSON.stringify(rule), text, item: { kind: "rule", rule } };
  });
  return [...routes, ...rules];
}
