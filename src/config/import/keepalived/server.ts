/** real_server: an address, its weight, and how it is checked. */
import { parseIp } from "../../../base/ip.ts";
import { changed, idle, lost, type Statement, taken } from "../types.ts";
import { commandOf, numberIn, type Range, refusal, wordAt } from "../values.ts";
import type { Claim, Handler } from "../walk.ts";
import { checkTable } from "./check.ts";
import { userIn } from "./notify.ts";
import { paceTable } from "./pace.ts";
import { isOn } from "./reading.ts";
import { forwardOf, type ServerDraft, type ServiceDraft } from "./service-draft.ts";

const U32: Range = { min: 0, max: 4_294_967_295 };

export function serverClaim(service: ServiceDraft, statement: Statement): Claim {
  const address = parseIp(wordAt(statement, 1));
  const port = numberIn(wordAt(statement, 2) || "0", { min: 0, max: 65_535 });
  if (address === undefined || port === undefined) return lost("is no address with a port");
  const draft: ServerDraft = {
    statement,
    address,
    port,
    keys: {},
    forward: undefined,
    host: undefined,
    pace: {},
    checks: [],
    notify: {},
    user: undefined,
  };
  service.servers.push(draft);
  return { outcome: taken, inside: { known: serverTable(service, draft) } };
}

function serverTable(service: ServiceDraft, draft: ServerDraft): Record<string, Handler> {
  const number =
    (key: string, range: Range): Handler =>
    (statement) => {
      const value = numberIn(wordAt(statement, 1), range);
      if (value === undefined) return refusal(statement, range);
      draft.keys[key] = value;
      return taken;
    };
  return {
    weight: number("weight", { min: 0, max: 65_535 }),
    uthreshold: number("upperThreshold", U32),
    lthreshold: number("lowerThreshold", U32),
    lvs_method: (statement) => {
      const forward = forwardOf(statement.words.slice(1));
      if (typeof forward === "string") return lost(forward);
      draft.forward = forward;
      return taken;
    },
    notify_up: program(draft, "up"),
    notify_down: program(draft, "down"),
    inhibit_on_failure: (statement) => {
      if (isOn(statement) !== false) draft.keys["onFailure"] = "weight0";
      return taken;
    },
    virtualhost: (statement) => {
      draft.host = wordAt(statement, 1);
      return taken;
    },
    snmp_name: () => idle("baton speaks no SNMP"),
    smtp_alert: (statement) => {
      if (isOn(statement) !== false) service.alert ??= statement;
      return changed("servers of a service are told of alike");
    },
    track_file: () => lost("no file moves a weight here; a check of type file can"),
    ...paceTable(draft.pace),
    ...checkTable((check) => draft.checks.push(check)),
  };
}

/** Whom it runs as is known when global_defs was read. */
const program =
  (draft: ServerDraft, state: "up" | "down"): Handler =>
  (statement) => {
    draft.notify[state] = commandOf(wordAt(statement, 1));
    draft.user ??= userIn(statement.words.slice(2));
    return taken;
  };
