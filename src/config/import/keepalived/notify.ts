/** notify_* of an instance: programs that are told of its state. */
import type { Place } from "../../report.ts";
import { namesIn } from "../hoist.ts";
import { changed, lost, type Outcome, type Statement, taken } from "../types.ts";
import { commandOf, wordAt } from "../values.ts";
import type { Handler } from "../walk.ts";
import { isOn, type Reading } from "./reading.ts";

const KEYS = {
  notify: "any",
  notify_master: "master",
  notify_backup: "backup",
  notify_fault: "fault",
  notify_stop: "stop",
} as const;

/** Of instances and of groups. */
export const notifications = (reading: Reading, place: Place): Record<string, Handler> =>
  Object.fromEntries(
    Object.entries(KEYS).map(([word, key]) => [word, program(reading, [...place, key])]),
  );

/** What a group has none of. */
export function eventsOfInstances(reading: Reading, place: Place): Record<string, Handler> {
  const deleted = program(reading, [...place, "deleted"]);
  return {
    notify_master_rx_lower_pri: program(reading, [...place, "lowerPriority"]),
    notify_deleted: (statement) =>
      statement.words.length > 1
        ? deleted(statement)
        : changed("without a program of its own it is told of as STOP"),
  };
}

const program =
  (reading: Reading, place: Place): Handler =>
  (statement) => {
    const command = commandOf(wordAt(statement, 1));
    if (wordAt(statement, 1) === "") return lost("names no program");
    reading.sheet.set(place, command, statement);
    runsAs(reading, place.slice(0, -1), statement, userIn(statement.words.slice(2)));
    return taken;
  };

/** Lines of the pipe alone, as there. Instances are known by name when all of the file is. */
export function priorityChanges(
  { sheet, deferred }: Reading,
  instances: readonly string[] | "all",
  statement: Statement,
): Outcome {
  if (isOn(statement) === false) return taken;
  deferred.push(() => {
    const known = namesIn(sheet, "instances");
    const some = instances === "all" ? known : known.filter((name) => instances.includes(name));
    for (const name of some) {
      const place = ["instances", name, "notify", "priorityChanges"];
      if (sheet.get(place) === undefined) sheet.set(place, true, statement);
    }
  });
  return taken;
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
