/** vrrp_sync_group: instances that are master together, and what is said of all of them. */
import { lost, type Outcome, type Statement, taken } from "../types.ts";
import { plainName, wordAt } from "../values.ts";
import type { Claim, Table } from "../walk.ts";
import { all, MAIL, RARE, type Reading, whenOn } from "./reading.ts";
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
  const first = firstMember(statement);
  const told = lost("programs of a group are not known: each instance can have its own");
  const inside: Table = {
    known: {
      group: () => ({ outcome: taken, inside: { known: {}, any: member } }),
      // A weight or a fault of one member counts for all of them.
      ...trackTables(reading, ["instances", plainName(first ?? "")]),
      ...all("notify notify_master notify_backup notify_fault notify_stop notify_deleted", told),
      notify_priority_changes: whenOn(lost("only changes of the state are told")),
      smtp_alert: whenOn(MAIL),
      global_tracking: () => taken,
      sync_group_tracking_weight: () => taken,
      track_bfd: () => RARE,
    },
  };
  return { outcome: taken, inside };
}

const firstMember = ({ block = [] }: Statement): string | undefined =>
  block.find(({ words }) => words[0] === "group")?.block?.[0]?.words[0];
