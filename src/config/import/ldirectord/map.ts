/** ldirectord.cf that was read into the services of baton.yaml. */
import type { Hints, Self } from "../directors.ts";
import type { Ledger } from "../ledger.ts";
import { Sheet } from "../sheet.ts";
import { idle, lost, type Source, type Statement, taken } from "../types.ts";
import { wordAt } from "../values.ts";
import { type Handler, settle } from "../walk.ts";
import { all, keep, settings, type Top } from "./keys.ts";
import { finishMailings, MAIL_KEYS } from "./mail.ts";
import { virtualClaim } from "./virtual.ts";

/** It knows nothing of directors: heartbeat or pacemaker did. */
export const hintsOfLdirectord = (): Hints => ({ name: undefined, own: [], peers: [] });

export function mapLdirectord(source: Source, _self: Self, ledger: Ledger): Sheet {
  const sheet = new Sheet(ledger);
  const top: Top = {
    sheet,
    ledger,
    said: new Map(),
    deferred: [],
    mailings: new Map(),
    ofMail: [],
  };
  sheet.set(["heartbeat", "transport"], "udp");
  sheet.set(["heartbeat", "secretFile"], "/etc/baton/heartbeat.key");
  const known: Record<string, Handler> = {
    ...settings((key) => keep(top.said, ledger, key)),
    ...others(sheet),
    virtual: (statement) => virtualClaim(top, statement, 4),
    virtual6: (statement) => virtualClaim(top, statement, 6),
  };
  settle(source.statements, { known }, ledger);
  for (const finish of top.deferred) finish();
  const ofMail = MAIL_KEYS.flatMap((key) => top.said.get(key) ?? []);
  finishMailings(top, top.mailings, [...ofMail, ...top.ofMail]);
  return sheet;
}

const isYes = (statement: Statement): boolean => /^(yes|on|true|1)$/i.test(wordAt(statement, 1));

const others = (sheet: Sheet): Record<string, Handler> => ({
  cleanstop: (statement) => {
    sheet.set(["onStop"], isYes(statement) ? "remove" : "keep", statement);
    return taken;
  },
  autoreload: () => idle("a file that changed counts when baton is told so"),
  callback: () => lost("nothing runs when the file has changed: copy it to the other director"),
  logfile: () => idle("the log is the journal's"),
  execute: (statement) => lost(`import ${wordAt(statement, 1)} too, for itself`),
  ...all("fork supervised", idle("one process asks all servers at once")),
  maintenancedir: () => lost("`baton disable` and `baton drain` take servers out, and remember it"),
  ...all(
    "timeout connecttimeout",
    idle("ldirectord refuses it: checktimeout and negotiatetimeout are meant"),
  ),
});
