/** What is left of a daemon that is gone, as text. */
import { age, ago, type Style, table } from "../text.ts";
import { type WireView, wireAlarms } from "../wire.ts";
import { isAnythingLeft, type Remains } from "./remains.ts";
import { joinSections, wireWords } from "./render.ts";

/** A line each. */
export const renderRemains = (
  remains: Remains,
  wire: readonly WireView[],
  style: Style,
): readonly string[] =>
  joinSections([
    [headline(remains, style), ...notesLines(remains)],
    leftLines(remains, style),
    wireLines(wire, style),
    otherLines(remains, style),
  ]);

function headline(remains: Remains, style: Style): string {
  const { pid, silentMs, notes } = remains;
  const who = notes === undefined ? "" : ` of ${notes.director}`;
  if (silentMs !== undefined) {
    const process = pid === undefined ? "" : ` (pid ${pid})`;
    return style.bad(
      `The daemon${who}${process} took the question and did not answer within ` +
        `${age(silentMs)}: it is hung or stopped. This is what the kernel says.`,
    );
  }
  if (pid !== undefined) {
    return style.bad(
      `A daemon${who} (pid ${pid}) lives without a control socket: it is starting or stopping.`,
    );
  }
  if (!isAnythingLeft(remains)) return "baton is not running, and left nothing behind.";
  return style.bad(`baton is not running, and the daemon${who} left something behind.`);
}

function notesLines({ notes }: Remains): readonly string[] {
  if (!notes) return [];
  const beat =
    notes.lastAdvertAgoMs === undefined ? "" : `, last heartbeat ${ago(notes.lastAdvertAgoMs)}`;
  return [
    `  its last notes are of ${ago(notes.writtenAgoMs)} (pid ${notes.pid})${beat}`,
    ...notes.instances.map(
      ({ name, state, sinceMs, why }) =>
        `  ${name}: it was ${state.toUpperCase()} since ${ago(sinceMs)}: ${why}`,
    ),
  ];
}

function leftLines(remains: Remains, style: Style): readonly string[] {
  const { vipsHere, linksHere, services, syncRoles, tableKept, silentMs, pid } = remains;
  const kept = tableKept ? "kept, as onStop says" : "in the kernel's table";
  const rows = [
    ...vipsHere.map((vip) => ["VIP", vip]),
    ...linksHere.map((link) => ["virtual MAC", link]),
    ...services.map((name) => ["service", `${name}, ${kept}`]),
    ...syncRoles.map((role) => ["sync daemon", `role ${role}`]),
  ];
  if (rows.length === 0) return [];
  const lives = silentMs !== undefined || pid !== undefined;
  return [
    style.bold(lives ? "in the kernel" : "left behind"),
    ...table(rows, 2),
    lives
      ? "  `baton release` does nothing while that process lives."
      : "  `baton release` lets go of what baton added; `baton run` takes it over again.",
  ];
}

function wireLines(wire: readonly WireView[], style: Style): readonly string[] {
  if (wire.length === 0) return [];
  const rows = wire.map((view) => [
    view.address,
    view.interface,
    view.here ? style.bad("here") : "not here",
    wireWords(view, style),
  ]);
  const alarms = wireAlarms(wire).map((alarm) => `${style.bad("ALARM")}  ${alarm}`);
  return [style.bold("who answers"), ...table(rows, 2), ...alarms];
}

function otherLines(remains: Remains, style: Style): readonly string[] {
  const { foreignServices, ipvsProblem, configProblem, notes, vips } = remains;
  const unknown = vips.length === 0 && notes === undefined;
  return [
    ...foreignServices.map((name) => `not baton's in the table: ${name}`),
    ...(ipvsProblem === undefined
      ? []
      : [`${style.bad("The IPVS table could not be read:")} ${ipvsProblem}`]),
    ...(configProblem === undefined ? [] : [`Not known: ${configProblem}`]),
    ...(unknown
      ? ["Without a file and without notes nobody can tell which VIPs are baton's."]
      : []),
  ];
}
