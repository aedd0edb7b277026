/** Virtual services with their servers: health and why, weights, connections, charts. */
import type { HealthSnapshot, ServiceSnapshot, Snapshot } from "../core/director/snapshot-types.ts";
import { h, type PageNode } from "./node.ts";
import { badge, button, cell, type Tone } from "./parts.ts";
import type { Actions, PageState } from "./state.ts";
import { addressOf, chart, serverKey, type Traces } from "./traces.ts";
import { amount, duration, plural } from "./words.ts";

type Server = ServiceSnapshot["servers"][number];

/** More are found by a part of their name. */
const MAX_SHOWN = 50;
/** So few are shown with their servers. */
const OPEN_AT_FIRST = 8;

export function servicesView(
  snapshot: Snapshot,
  { traces, filter, view }: PageState,
  actions: Actions,
): readonly PageNode[] {
  const { services } = snapshot;
  if (services.length === 0) return [h("p", { class: "quiet" }, "There are none.")];
  const found = services.filter(({ name, listen }) => `${name} ${listen}`.includes(filter));
  const shown = found.slice(0, MAX_SHOWN);
  const open = services.length <= OPEN_AT_FIRST;
  const more = found.length - shown.length;
  return [
    ...shown.map((service) =>
      h(
        "details",
        { class: "card service", key: service.name, open },
        summary(service, traces),
        table(service, traces, view?.commands ? actions : undefined),
      ),
    ),
    ...(more > 0 ? [h("p", {}, `${plural(more, "more service")}: write a part of the name.`)] : []),
    ...(found.length === 0 ? [h("p", {}, "No service has this in its name.")] : []),
  ];
}

function summary(service: ServiceSnapshot, traces: Traces): PageNode {
  const { name, listen, scheduler, servers } = service;
  const rate = service.rates?.connections ?? 0;
  return h(
    "summary",
    {},
    h("span", { class: "name" }, h("strong", {}, name), ` ${listen}`),
    h("span", { class: "marks" }, ...marks(service)),
    h("span", { class: "rate" }, chart(traces.get(name)), ` ${amount(rate)} connections/s`),
    h("span", { class: "quiet" }, `${scheduler}, ${amount(active(servers))} active`),
  );
}

const active = (servers: readonly Server[]): number =>
  servers.reduce((sum, { activeConnections }) => sum + (activeConnections ?? 0), 0);

function marks({ servers, health, inKernel }: ServiceSnapshot): readonly PageNode[] {
  const up = servers.filter((server) => serves(server)).length;
  const tone: Tone = up === servers.length ? "good" : up === 0 ? "bad" : "warn";
  return [
    badge(tone, `${up} of ${servers.length} serve`),
    ...(inKernel ? [] : [badge("bad", "not in the kernel")]),
    ...(health ? healthMarks(health) : []),
  ];
}

const healthMarks = (health: HealthSnapshot): readonly PageNode[] => [
  ...(health.quorum === "lost" ? [badge("bad", "quorum lost")] : []),
  ...(health.fallback ? [badge("warn", "the fallback serves")] : []),
  ...(health.local ? [badge("warn", "down for this director alone")] : []),
  ...(health.doubtMs === undefined
    ? []
    : [badge("warn", `doubted for ${duration(health.doubtMs)}`)]),
];

const serves = ({ inKernel, kernelWeight }: Server): boolean => inKernel && kernelWeight !== 0;

function table(service: ServiceSnapshot, traces: Traces, actions: Actions | undefined): PageNode {
  const columns = ["Server", "Health", "Weight", "Active", "Inactive", "Connections/s"];
  const heads = actions ? [...columns, "Take out or back"] : columns;
  return h(
    "table",
    {},
    h("caption", { class: "unseen" }, `Servers of ${service.name}`),
    h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", {}, ...service.servers.map((server) => row(service, server, { traces, actions }))),
  );
}

function row(
  service: ServiceSnapshot,
  server: Server,
  { traces, actions }: { readonly traces: Traces; readonly actions: Actions | undefined },
): PageNode {
  const address = addressOf(server);
  return h(
    "tr",
    { key: address },
    h(
      "th",
      { scope: "row" },
      h("code", {}, address),
      h("span", { class: "quiet" }, ` ${server.forward}`),
    ),
    cell("Health", {}, ...health(server)),
    cell("Weight", { class: "number" }, weightText(server)),
    cell("Active", { class: "number" }, figure(server.activeConnections)),
    cell("Inactive", { class: "number" }, figure(server.inactiveConnections)),
    cell(
      "Connections/s",
      { class: "rate" },
      chart(traces.get(serverKey(service, server))),
      ` ${figure(server.rates?.connections)}`,
    ),
    actions && cell("Take out or back", { class: "buttons" }, ...buttons(service, server, actions)),
  );
}

const figure = (value: number | undefined): string => (value === undefined ? "–" : amount(value));

const weightText = ({ weight, inKernel, kernelWeight }: Server): string => {
  if (!inKernel) return `out, ${weight} wanted`;
  return kernelWeight === weight ? `${weight}` : `${kernelWeight} of ${weight}`;
};

const TONES: Readonly<Record<Server["health"]["state"], Tone>> = {
  up: "good",
  checking: "plain",
  doubted: "warn",
  leaving: "warn",
  down: "bad",
};

function health({ health: { state, reason, sinceMs, admin, heldMs, checks } }: Server): PageNode[] {
  const warnings = checks.flatMap(({ answer }) => answer?.warning ?? []);
  return [
    badge(TONES[state], state),
    h("span", { class: "reason" }, ` for ${duration(sinceMs)}: ${reason}`),
    ...(admin ? [h("p", { class: "decided" }, badge("warn", admin.text))] : []),
    ...(heldMs === undefined ? [] : [h("p", {}, `kept out for ${duration(heldMs)}: it flaps`)]),
    ...warnings.map((warning) => h("p", {}, badge("warn", warning))),
  ];
}

function buttons(service: ServiceSnapshot, server: Server, actions: Actions): PageNode[] {
  const address = addressOf(server);
  const make = (kind: "drain" | "disable" | "enable", label: string): PageNode =>
    button(
      label,
      () => actions.command({ kind, server: address, service: service.name }),
      `${label.replace("…", "")} ${address} of ${service.name}`,
    );
  if (server.health.admin) return [make("enable", "Enable…")];
  return [make("drain", "Drain…"), make("disable", "Disable…")];
}
