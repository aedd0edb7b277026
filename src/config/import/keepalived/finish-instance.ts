/** What all lines of a vrrp_instance together say: priority, preemption, interval, password. */
import { parseIp } from "../../../base/ip.ts";
import type { Place } from "../../report.ts";
import { changed, idle, lost, type Outcome, type Statement, taken, undecided } from "../types.ts";
import { durationOf, numberIn, refusal, wordAt } from "../values.ts";
import type { Reading } from "./reading.ts";

/** What several lines of an instance decide together. */
export interface InstanceDraft {
  readonly name: string;
  readonly place: Place;
  readonly statement: Statement;
  link: string;
  isMaster: boolean;
  version: 2 | 3 | undefined;
  priority: Statement | undefined;
  interval: Statement | undefined;
  preempt: Statement | undefined;
  delay: Statement | undefined;
  source: Statement | undefined;
  auth: { type: Statement | undefined; pass: Statement | undefined };
}

/** What only all of its lines together say. */
export function finishInstance(reading: Reading, draft: InstanceDraft): void {
  const { sheet, ledger, globals } = reading;
  const { place } = draft;
  const family = familyOfVips(sheet.get([...place, "vips"]));
  const version = family === 6 ? 3 : (draft.version ?? globals.version);
  sheet.set([...place, "vrrp", "version"], version);
  finishPriority(reading, draft);
  finishPreempt(reading, draft);
  sheet.set([...place, "interval"], "1s");
  if (draft.interval) ledger.put(draft.interval, interval(reading, draft, version));
  if (draft.source) ledger.put(draft.source, source(reading, draft));
  finishPassword(reading, draft, version);
}

function familyOfVips(vips: unknown): 4 | 6 {
  const [first] = Array.isArray(vips) ? (vips as readonly unknown[]) : [];
  const text = typeof first === "string" ? first : (first as { address?: string })?.address;
  return text?.includes(":") ? 6 : 4;
}

function finishPriority({ sheet, ledger, self }: Reading, draft: InstanceDraft): void {
  const { priority: statement, isMaster, place } = draft;
  const at = [...place, "priorities", self];
  const range = { min: 1, max: 255 };
  const value = statement && numberIn(wordAt(statement, 1), range);
  const owner = "keepalived made it 255, the owner of the addresses, which nothing else said";
  if (value !== undefined) {
    sheet.set(at, value, statement);
    return;
  }
  sheet.set(at, isMaster ? 254 : 100, statement);
  if (statement) {
    const said = refusal(statement, range).why;
    ledger.put(statement, undecided(isMaster ? `${said}: ${owner}` : `${said}: 100 as there`));
  } else if (isMaster) {
    ledger.put(draft.statement, undecided(`state MASTER without a priority: ${owner}`));
  }
}

function finishPreempt({ sheet, ledger }: Reading, draft: InstanceDraft): void {
  const { preempt, delay, isMaster, priority, place } = draft;
  const at = [...place, "preempt"];
  const owner = priority !== undefined && wordAt(priority, 1) === "255";
  const ignored = idle(
    `keepalived ignores it beside ${isMaster ? "state MASTER" : "priority 255"}: it preempts`,
  );
  if (isMaster || owner) {
    for (const one of [preempt, delay]) if (one) ledger.put(one, ignored);
    sheet.set(at, "immediate");
    return;
  }
  if (preempt) {
    sheet.set(at, "never", preempt);
    if (delay) ledger.put(delay, idle("keepalived ignores it beside nopreempt"));
    return;
  }
  const range = { min: 0, max: 1000, fraction: true };
  const seconds = delay && numberIn(wordAt(delay, 1), range);
  if (delay && seconds === undefined) ledger.put(delay, refusal(delay, range));
  sheet.set(at, seconds ? { after: durationOf(seconds) } : "immediate", delay);
}

const LONGEST = 40.95;

function interval({ sheet }: Reading, draft: InstanceDraft, version: 2 | 3): Outcome {
  const { interval: statement, place } = draft;
  if (!statement) return taken;
  const range = { min: 0.01, max: 255, fraction: true };
  const value = numberIn(wordAt(statement, 1), range);
  if (value === undefined) return refusal(statement, range);
  const round =
    version === 2 ? Math.max(1, Math.floor(value + 0.5)) : Math.round(value * 100) / 100;
  const most = version === 2 ? 60 : LONGEST;
  const seconds = Math.min(round, most);
  sheet.set([...place, "interval"], durationOf(seconds), statement);
  if (seconds === value) return taken;
  if (seconds !== round) return lost(`${durationOf(most)} is the longest that baton speaks`);
  return changed(`${durationOf(seconds)}: keepalived rounds it too`);
}

function source({ sheet, self, address }: Reading, draft: InstanceDraft): Outcome {
  const { source: statement, place } = draft;
  const own = statement && parseIp(wordAt(statement, 1));
  if (own === undefined) return lost("is no address");
  if (own !== address) sheet.set([...place, "sources", self], own, statement);
  return taken;
}

const NO_AH =
  "no RFC since 3768 has AH, and baton does not speak it: use PASS, or none, on both sides";
/** What VRRP has room for. */
const PASSWORD = 8;

function finishPassword(reading: Reading, draft: InstanceDraft, version: 2 | 3): void {
  const { sheet, ledger } = reading;
  const { type, pass } = draft.auth;
  const kind = type === undefined ? undefined : wordAt(type, 1);
  const both = (outcome: Outcome): void => {
    for (const one of [type, pass]) if (one) ledger.put(one, outcome);
  };
  if (version === 3) return both(idle("version 3 has no password, and keepalived sends none"));
  if (kind === "AH") return both(lost(NO_AH));
  if (!pass) return;
  const value = wordAt(pass, 1).slice(0, PASSWORD);
  const { secrets } = sheet;
  const known = [...secrets].find(([, secret]) => secret.value === value)?.[0];
  const own = secrets.size === 0 ? "vrrp.password" : `vrrp-${draft.name}.password`;
  const file = known ?? `/etc/baton/${own}`;
  if (known === undefined) {
    secrets.set(file, { value, statement: pass });
    sheet.steps.push(`${writing(pass, file)}   # the same on both directors`);
  }
  sheet.set([...draft.place, "vrrp", "passwordFile"], file, pass);
  ledger.put(pass, changed(`goes to a file of its own, ${file}, which you write`));
}

/** A command that shows the password to nobody. */
function writing({ origin, literal }: Statement, file: string): string {
  const install = `install -D -m 600 /dev/stdin ${file}`;
  if (!literal) return `${install}   # the password, Enter, Ctrl-D`;
  const value = `\\([^"[:space:]]\\{1,${PASSWORD}\\}\\)`;
  const take = `${origin.line}s/.*auth_pass[[:space:]]*"*${value}.*/\\1/p`;
  return `sed -n '${take}' ${quoted(origin.file)} | ${install}`;
}

/** A path for a shell. */
const quoted = (path: string): string =>
  /^[\w./+:@%-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
