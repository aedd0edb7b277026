/** What somebody decided about a server, as it is told to people. */
import { formatDuration } from "../../base/units.ts";

export interface Decision {
  /** `ADDRESS:PORT of SERVICE`, or less of it where more is meant. */
  readonly server: string;
  readonly action: "drain" | "disable" | "enable";
  readonly who: string;
  readonly reason: string;
  /** The director that was told, and its wall clock then. */
  readonly on: string;
  readonly said: string;
  /** It ends by itself after so long, to the second. */
  readonly forMs: number | undefined;
}

/** `root drains 10.0.0.1:80 for 2h, said on lb1: new disks`. */
export function decisionText({ who, action, server, on, reason, forMs }: Decision): string {
  const span = forMs === undefined ? "" : ` for ${formatDuration(forMs)}`;
  const why = reason === "" ? "" : `: ${reason}`;
  return `${who} ${action}s ${server}${span}, said on ${on}${why}`;
}
