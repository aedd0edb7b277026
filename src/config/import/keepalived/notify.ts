/** notify_* of an instance: programs that are told of its state. */
import type { Place } from "../../report.ts";
import { changed, lost, type Outcome, type Statement, taken } from "../types.ts";
import { commandOf, wordAt } from "../values.ts";
import type { Handler } from "../walk.ts";
import type { Reading } from "./reading.ts";

const KEYS = {
  notify: "any",
  notify_master: "master",
  notify_backup: "backup",
  notify_fault: "fault",
  notify_stop: "stop",
} as const;

export function notifications({ sheet }: Reading, place: Place): Record<string, Handler> {
  const set =
    (key: string): Handler =>
    (statement) => {
      const command = commandOf(wordAt(statement, 1));
      sheet.set([...place, key], command, statement);
      return userOf(statement);
    };
  return {
    ...Object.fromEntries(Object.entries(KEYS).map(([word, key]) => [word, set(key)])),
    notify_master_rx_lower_pri: () => lost("nothing is run when a rival speaks; the log tells"),
    notify_deleted: () => lost("an instance that leaves the file is told of as a stop"),
  };
}

/** The words after a program: who runs it. */
export function userOf(statement: Statement): Outcome {
  const user = statement.words[2];
  if (user === undefined || user === "root") return taken;
  return changed(`runs as root, not as ${user}`);
}
