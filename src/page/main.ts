/** The page: what is heard becomes the state, the state is drawn. */
import type { PageView } from "../control/api.ts";
import { askFor } from "./asking.ts";
import { listen } from "./feed.ts";
import { alarmsView, headView, staleText, titleOf } from "./head.ts";
import { instancesView } from "./instances.ts";
import { pathsView, syncView } from "./kernel.ts";
import { type Child, h } from "./node.ts";
import { button } from "./parts.ts";
import { patch } from "./patch.ts";
import { sayings } from "./said.ts";
import { servicesView } from "./services.ts";
import type { Actions, PageState } from "./state.ts";
import { timelineView } from "./timeline.ts";
import { traced } from "./traces.ts";
import { clock } from "./words.ts";

let state: PageState = {
  view: undefined,
  traces: new Map(),
  hearing: { kind: "connecting" },
  filter: "",
  heardAt: new Date(),
};

const actions: Actions = {
  command: (command) =>
    askFor(command, (sentence, told) => {
      const at = new Date();
      const dismiss = button("Dismiss", () => put("told", ""));
      put("told", [h("time", {}, clock(at, at)), h("span", {}, sentence), dismiss]);
      document.getElementById("told")?.setAttribute("class", told);
    }),
};

function put(id: string, content: readonly Child[] | string): void {
  const element = document.getElementById(id);
  if (!element) return;
  const children = typeof content === "string" ? (content === "" ? [] : [content]) : content;
  patch(element, children);
}

function draw(): void {
  const { view, hearing, heardAt } = state;
  document.title = titleOf(state);
  document.body.dataset["hearing"] = hearing.kind;
  put("head", headView(state));
  put("stale", staleText(state));
  if (!view) return;
  const { snapshot, commands } = view;
  document.body.dataset["known"] = "yes";
  put("alarms", alarmsView(snapshot));
  put("instances", instancesView(snapshot, commands, actions));
  put("services", servicesView(snapshot, state, actions));
  document.getElementById("filter-field")?.toggleAttribute("hidden", few(view));
  put("sync", [syncView(snapshot)]);
  put("paths", pathsView(snapshot));
  put("timeline", timelineView(view, heardAt));
}

/** Found without looking for them. */
const FEW = 6;
const few = ({ snapshot }: PageView): boolean => snapshot.services.length <= FEW;

function change(next: Partial<PageState>): void {
  state = { ...state, ...next };
  draw();
}

listen({
  onView: (view) => {
    const before = state.view?.snapshot;
    const said = before ? sayings(before, view.snapshot) : [];
    if (said.length > 0) put("said", said.join(". "));
    change({ view, traces: traced(state.traces, view.snapshot), heardAt: new Date() });
  },
  onHearing: (hearing) => change({ hearing }),
});

const filter = document.getElementById("filter");
if (filter instanceof HTMLInputElement) {
  filter.addEventListener("input", () => change({ filter: filter.value.trim() }));
}
draw();
