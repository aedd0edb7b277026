/** notify_* of an instance: programs that are told of its state. */
import type { Place } from "../../report.ts";
import { changed, lost, type Statement, taken } from "../types.ts";
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

export function notifications(reading: Reading, place: Place): Record<string, Handler> {
  const set =
    (key: string): Handler =>
    (statement) => {
      const command = commandOf(wordAt(statement, 1));
      reading.sheet.set([...place, key], command, statement);
      runsAs(reading, place, statement, userIn(statement.words.slice(2)));
      return taken;
    };
  return {
    ...Object.fromEntries(Object.entries(KEYS).map(([word, key]) => [word, set(key)])),
    notify_master_rx_lower_pri: () => lost("nothing is run when a rival speaks; the log tells"),
    notify_deleted: () => lost("an instance that leaves the file is told of as a stop"),
  };
}

/** `USER [GROUP]` as `USER:GROUP`; undefined where nobody is said. */
export function userIn([user, group]: readonly string[]): string | undefined {
  if (user === undefined || user === "") return undefined;
  return group === undefined ? user : `${user}:${group}`;
}

/** Root is whom baton runs programs as. */
export const needsUser = (user: string | undefined): user is string =>
  user !== undefined && user !== "root" && user !== "root:root";

/** Says whom the programs of a place run as, when script_user is known as well. */
export function runsAs(reading: Reading, place: Place, statement: Statement, user?: string): void {
  const { sheet, ledger, deferred, globals } = reading;
  deferred.push(() => {
    const whom = user ?? globals.user ?? "root";
    const key = JSON.stringify([...place, "user"]);
    const before = globals.users.get(key) ?? whom;
    globals.users.set(key, before);
    if (before !== whom) {
      ledger.put(statement, changed(`runs as ${before}: programs beside each other share a user`));
    } else if (needsUser(whom) && sheet.get(place) !== undefined) {
      sheet.set([...place, "user"], whom, statement);
    }
  });
}
