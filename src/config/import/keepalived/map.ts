/** A keepalived.conf that was read into the parts of baton.yaml that it says. */

import type { Self } from "../directors.ts";
import type { Ledger } from "../ledger.ts";
import { Sheet } from "../sheet.ts";
import { lost, type Source, taken } from "../types.ts";
import { settle, type Table } from "../walk.ts";
import { topTable } from "./elsewhere.ts";
import { globalTable } from "./global.ts";
import { membersOf, syncGroupClaim } from "./groups.ts";
import { instanceClaim } from "./instance.ts";
import { finishMail, newMail } from "./mail.ts";
import { processClaim } from "./processes.ts";
import { all, newGlobals, type Reading } from "./reading.ts";
import { type Groups, groupClaim, serviceClaim } from "./service.ts";
import { fileClaim, finishTracks, scriptClaim } from "./tracks.ts";

export function mapKeepalived(
  source: Source,
  self: Self,
  ledger: Ledger,
  directors: readonly Self[],
): Sheet {
  const sheet = new Sheet(ledger);
  const reading: Reading = {
    sheet,
    ledger,
    self: self.name,
    address: self.address,
    directors,
    deferred: [],
    globals: newGlobals(membersOf(source.statements)),
    mail: newMail(),
  };
  settle(source.statements, topOf(reading), ledger);
  for (const finish of reading.deferred) finish();
  finishTracks(reading);
  finishMail(reading);
  if (sheet.get(["instances"]) !== undefined) sheet.set(["heartbeat", "transport"], "vrrp");
  return sheet;
}

function topOf(reading: Reading): Table {
  const groups: Groups = new Map();
  return {
    known: {
      ...topTable(),
      global_defs: () => ({ outcome: taken, inside: globalTable(reading) }),
      vrrp_instance: (statement) => instanceClaim(reading, statement),
      vrrp_sync_group: (statement) => syncGroupClaim(reading, statement),
      vrrp_script: (statement) => scriptClaim(reading, statement),
      vrrp_track_file: (statement) => fileClaim(reading, statement),
      track_file: (statement) => fileClaim(reading, statement),
      vrrp_track_process: (statement) => processClaim(reading, statement),
      track_process: (statement) => processClaim(reading, statement),
      virtual_server_group: (statement) => groupClaim(groups, statement),
      virtual_server: (statement) => serviceClaim(reading, groups, statement),
      ...all("SSL", lost("a certificate of the checks' own is not presented")),
    },
  };
}
