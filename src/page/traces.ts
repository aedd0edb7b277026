/** What was measured lately, and its little chart. */
import type { ServiceSnapshot, Snapshot } from "../core/director/snapshot-types.ts";
import { h, type PageNode } from "./node.ts";
import { amount } from "./words.ts";

/** By what is measured; the newest last. */
export type Traces = ReadonlyMap<string, readonly number[]>;

/** Two minutes of one a second. */
const KEPT = 120;

/** What is not measured any more is forgotten. */
export function traced(traces: Traces, { services }: Snapshot): Traces {
  const measured = services.flatMap((service): readonly (readonly [string, number])[] => [
    [service.name, service.rates?.connections ?? 0],
    ...service.servers.map(
      (server) => [serverKey(service, server), server.rates?.connections ?? 0] as const,
    ),
  ]);
  return new Map(
    measured.map(([key, value]) => [key, [...(traces.get(key) ?? []), value].slice(-KEPT)]),
  );
}

type Server = ServiceSnapshot["servers"][number];

export const serverKey = (service: ServiceSnapshot, server: Server): string =>
  `${service.name} ${addressOf(server)}`;

export const addressOf = ({ address, port }: Pick<Server, "address" | "port">): string =>
  address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;

const WIDTH = 120;
const HEIGHT = 24;

/** Drawn for the eye; the figure beside it says the same. */
export function chart(values: readonly number[] = []): PageNode {
  const highest = Math.max(1, ...values);
  const points = values.map((value, i) => {
    const x = WIDTH - (values.length - 1 - i) * (WIDTH / (KEPT - 1));
    return `${x.toFixed(1)},${(HEIGHT - 1 - (value / highest) * (HEIGHT - 2)).toFixed(1)}`;
  });
  const [first = "0"] = points[0]?.split(",") ?? [];
  const label = `at most ${amount(highest)} a second in the last two minutes`;
  return h(
    "svg",
    { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" },
    h("title", {}, label),
    points.length > 1 &&
      h("polygon", { points: `${first},${HEIGHT} ${points.join(" ")} ${WIDTH},${HEIGHT}` }),
    points.length > 1 && h("polyline", { points: points.join(" ") }),
  );
}
