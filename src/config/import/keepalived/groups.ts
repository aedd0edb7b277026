/** vrrp_sync_group: instances that are master together, and what is said of all of them. */
import { findAll } from "../directors.ts";
import { lost, type Outcome, type Statement, taken } from "../types.ts";
import { plainName, wordAt } from "../values.ts";
import type { Claim, Table } from "../walk.ts";
import { asksForMail } from "./mail.ts";
import { notifications, priorityChanges } from "./notify.ts";
import { RARE, type Reading } from "./reading.ts";
import { trackTables } from "./tracks.ts";

export function syncGroupClaim(reading: Reading, statement: Statement): Claim {
  const { sheet, deferred, ledger } = reading;
  const name = plainName(wordAt(statement, 1));
  const join = (line: Statement, word: string): Outcome => {
    const place = ["instances", plainName(word)];
    if (sheet.get(place) === undefined) return lost(`there is no vrrp_instance ${word}`);
    sheet.set([...place, "group"], name, line);
    return taken;
  };
  const member = (line: Statement): Outcome => {
    deferred.push(() => {
      const outcomes = line.words.map((word) => join(line, word));
      ledger.put(line, outcomes.find(({ verdict }) => verdict !== "taken") ?? taken);
    });
    return taken;
  };
  const place = ["groups", name];
  reading.globals.groups.add(name);
  const inside: Table = {
    known: {
      group: () => ({ outcome: taken, inside: { known: {}, any: member } }),
      ...trackTables(reading, place),
      ...notifications(reading, [...place, "notify"]),
      notify_priority_changes: (line) => priorityChanges(reading, membersIn([statement]), line),
      smtp_alert: asksForMail(reading, "groups", name),
      global_tracking: () => taken,
      sync_group_tracking_weight: () => taken,
      track_bfd: () => RARE,
    },
  };
  return { outcome: taken, inside };
}

/** Names of the instances in all groups, as baton.yaml has them. */
export const membersOf = (statements: readonly Statement[]): ReadonlySet<string> =>
  new Set(membersIn(findAll(statements, "vrrp_sync_group")));

const membersIn = (groups: readonly Statement[]): readonly string[] =>
  groups
    .flatMap(({ block = [] }) => findAll(block, "group"))
    .flatMap(({ block = [] }) => block.flatMap(({ words }) => words.map(plainName)));
