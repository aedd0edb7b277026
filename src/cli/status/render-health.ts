/** The health of servers in words: state, since when and why, what was decided about them. */
import type {
  CheckSnapshot,
  HealthSnapshot,
  ServerHealthSnapshot,
} from "../../core/director/snapshot-types.ts";
import { age, millis, type Style } from "../text.ts";

/** One word, or two. */
export function stateOf({ state, admin, checks }: ServerHealthSnapshot, style: Style): string {
  if (admin) return style.bad(admin.action === "drain" ? "drained" : "disabled");
  if (state === "leaving") return state;
  if (checks.length === 0) return "";
  if (state === "up") return style.good("up");
  return state === "checking" ? state : style.bad(state);
}

/** Since when, why, and what is under way. */
export function whyOf(health: ServerHealthSnapshot, style: Style): string {
  const { admin, state, reason, sinceMs, heldMs, rampsSinceMs } = health;
  if (!admin && state !== "leaving" && health.checks.length === 0) return "";
  const left = admin?.leftMs === undefined ? "" : `, ends in ${age(admin.leftMs)}`;
  const parts = [
    ...(admin ? [`${admin.text} at ${admin.time.slice(0, 16).replace("T", " ")} UTC${left}`] : []),
    `${admin ? `${state} ` : ""}since ${age(sinceMs)}${reason === "" ? "" : `: ${reason}`}`,
    ...(heldMs === undefined || state === "up" ? [] : [`kept out for ${age(heldMs)}`]),
    ...(rampsSinceMs === undefined ? [] : [`came back ${age(rampsSinceMs)} ago`]),
    ...health.checks.flatMap((check) => checkWords(check, state)),
  ];
  return state === "up" && !admin ? style.dim(parts.join("; ")) : parts.join("; ");
}

/** What a check says that the state does not. */
function checkWords(
  { kind, verdict, answer, nextMs }: CheckSnapshot,
  state: ServerHealthSnapshot["state"],
): readonly string[] {
  const next = nextMs === undefined ? "" : `, next in ${age(nextMs)}`;
  if (!answer) return [`${kind} not answered yet`];
  const agrees = (verdict === "up") === answer.ok;
  if (!agrees) {
    const what = answer.ok ? "succeeds" : `fails: ${answer.reason}`;
    return [`${kind} ${what}, ${answer.run} of ${answer.needed}${next}`];
  }
  const warning = answer.warning === undefined ? "" : `, ${answer.warning}`;
  return state === "down" && answer.ok
    ? []
    : [`${kind} ${millis(answer.latencyMs)}${warning}${next}`];
}

/** Nothing where all is well. */
export function quorumWords(health: HealthSnapshot, style: Style): readonly string[] {
  const { quorum, wanted, fallback, doubtMs, local } = health;
  const doubt = local
    ? "another director sees the servers up"
    : `in doubt since ${age(doubtMs ?? 0)}`;
  return [
    ...(quorum === "lost" ? [style.bad(`quorum of ${wanted} lost`)] : []),
    ...(quorum === "unknown" ? ["quorum not known yet"] : []),
    ...(fallback ? [style.bad("the fallback serves")] : []),
    ...(doubtMs === undefined ? [] : [style.bad(doubt)]),
  ];
}
