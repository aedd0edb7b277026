/** The page's head: who this is, how fresh the picture is, what needs somebody. */
import type { Snapshot } from "../core/director/snapshot-types.ts";
import { h, type PageNode } from "./node.ts";
import { badge } from "./parts.ts";
import type { Hearing, PageState } from "./state.ts";
import { duration } from "./words.ts";

export function titleOf({ view, hearing }: PageState): string {
  if (!view) return "baton";
  const { director, instances, alarms } = view.snapshot;
  const stale = hearing.kind === "stale" ? "(stale) " : "";
  const states =
    instances.length <= 3 ? instances.map(({ name, state }) => `${name} ${state}`) : [];
  const alarm = alarms.length > 0 ? `(${alarms.length}!) ` : "";
  return `${stale}${alarm}${[director, ...states].join(", ")} · baton`;
}

export const headView = ({ view, hearing }: PageState): readonly PageNode[] => [
  h(
    "h1",
    {},
    "baton",
    view && h("span", {}, ` ${view.snapshot.director} of ${view.snapshot.cluster}`),
  ),
  h("p", { class: "hearing" }, hearingView(hearing)),
];

function hearingView(hearing: Hearing): PageNode {
  switch (hearing.kind) {
    case "connecting":
      return badge("plain", "connecting");
    case "live":
      return badge("good", "live");
    case "asking":
      return badge("warn", `each 5 s: ${hearing.why}`);
    case "stale":
      return badge("bad", "stale");
  }
}

/** Above everything: what is below is not of now. */
export function staleText({ hearing, view }: PageState): string {
  if (hearing.kind !== "stale") return "";
  const what = view ? "What stands here is old" : "There is nothing to show";
  return (
    `${what}: this director has not been heard for ${duration(hearing.forMs)}. ` +
    "It may be down, or out of reach; the other one has a page of its own."
  );
}

export function alarmsView({ alarms, ipvs, configuration }: Snapshot): readonly PageNode[] {
  const back = configuration.goesBackInMs;
  const told = [
    ...alarms,
    ...(ipvs.problem === undefined || alarms.some((one) => one.includes(ipvs.problem ?? ""))
      ? []
      : [`IPVS: ${ipvs.problem}`]),
    ...(back === undefined
      ? []
      : [`the configuration goes back in ${duration(back)} unless \`baton confirm\` keeps it`]),
  ];
  if (told.length === 0) return [];
  return [
    h("h2", { id: "alarms-title" }, "Alarms"),
    h("ul", {}, ...told.map((sentence) => h("li", {}, badge("warn", sentence)))),
  ];
}
