/** Lines of the journal, and events, in words. */
import { never } from "../../base/invariant.ts";
import { formatDuration } from "../../base/units.ts";
import type { DirectorEvent } from "../director/types.ts";
import { scopeText } from "../health/admin.ts";
import { decisionText } from "../health/decision.ts";
import { faultWords } from "../vrrp/cause.ts";
import type { LineBody } from "./types.ts";

/** One sentence without a full stop. */
export function lineText(line: LineBody): string {
  switch (line.kind) {
    case "started": {
      const adopted = line.adopt.length === 0 ? "" : `, adopts ${line.adopt.join(", ")}`;
      return `baton ${line.baton} started${adopted}`;
    }
    case "transition":
      return `${line.instance} is ${line.to}: ${line.why}`;
    case "told": {
      const what = line.story === "took" ? "has taken over" : "has let go";
      return `${line.instance} ${what}: ${line.text}`;
    }
    case "server":
      return `${line.server} of ${line.service} is ${line.to} (was ${line.from}): ${line.why}`;
    case "left":
      return `${line.server} of ${line.service} has left: ${line.why}`;
    case "quorum":
      return `the quorum of ${line.service} is ${line.to}: ${line.up} of ${line.wanted} up`;
    case "peer":
      return `${line.peer} says that its ${line.instance} is ${line.to}${claimText(line)}`;
    case "decided":
      return decisionText(line);
    case "event":
      return eventText(line.event as unknown as DirectorEvent);
    case "note":
      return `${line.instance}: ${line.sentence}`;
    case "refused":
      return `${line.instance}, refused: ${line.sentence}`;
    case "repair":
      return `repaired: ${line.what}`;
    case "reload":
      return `${line.how}${line.done ? "" : " refused"}: ${line.sentence}`;
    case "clock":
      return `heartbeat ${line.sequence} ${line.way === "said" ? "to" : "from"} ${line.peer}`;
    case "lost":
      return `${line.lines} lines were lost: the disk did not take them`;
    case "stopped":
      return "baton stopped";
    default:
      return never(line);
  }
}

const claimText = ({ to, claim }: Extract<LineBody, { kind: "peer" }>): string =>
  claim === (to === "master") ? "" : claim ? ", and serves" : ", and does not claim yet";

function sightText({
  interface: link,
  look: { anything, others },
}: Extract<DirectorEvent, { kind: "looked" }>): string {
  if (anything === false) return `nothing is heard on ${link}`;
  const what = others ? "others than the directors are" : "nobody but the directors is";
  return `${link} was looked at: ${what} heard`;
}

/** What came in. */
export function eventText(event: DirectorEvent): string {
  switch (event.kind) {
    case "started":
      return "the director starts";
    case "datagram":
      return `a heartbeat: ${event.envelope.kind} ${event.envelope.sequence}, path ${event.path}`;
    case "adverts":
      return `${event.heard.length} adverts`;
    case "advertRefused":
      return `an advert of ${event.from} for ${event.instance} was refused: ${event.why}`;
    case "deadline":
      return "time has passed";
    case "faulted":
      return `${event.instance} is at fault: ${faultWords(event.fault)}`;
    case "repaired":
      return `${event.instance} is no longer at fault: ${faultWords(event.fault)}`;
    case "vipsOn":
      return `the VIPs of ${event.instance} are up`;
    case "vipsOff":
      return `the VIPs of ${event.instance} are off`;
    case "linkReturned":
      return `the link of ${event.instance} returned`;
    case "counted":
      return `${event.instance} has ${event.connections.join(" active, ")} inactive connections`;
    case "failover": {
      const hold = formatDuration(event.hold);
      return `${event.instance} is to hand over, and to stay away for ${hold}`;
    }
    case "resume":
      return `the hold of ${event.instance} is ended`;
    case "takeover":
      return `this director is to take ${event.instance} over`;
    case "resynced":
      return `a pass through the connection table ended: ${event.result.sent} sent`;
    case "served":
      return `clients of ${event.instance} were seen to come in`;
    case "looked":
      return sightText(event);
    case "probed":
      return `${event.results.length} answers of servers`;
    case "tracked":
      return `${event.track}: ${event.verdict.why}`;
    case "drains":
      return `of ${event.service} ${event.servers.length} that were taken out drain on`;
    case "drained":
      return `${event.servers.join(", ")} of ${event.service} drained: ${event.why}`;
    case "decided":
      return `${event.entry.who} said ${event.entry.action} of ${scopeText(event.entry)}`;
    case "syncMissed":
      return "the sync link was down: connections may be missing";
    case "retired":
      return `${event.instance} retires: the next configuration does not have it`;
    case "reconfigured":
      return "another configuration runs";
    case "stopping":
      return "the director is stopping";
    default:
      return never(event);
  }
}
