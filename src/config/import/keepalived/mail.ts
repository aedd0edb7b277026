/** Mail alerts: what global_defs says of them, and which blocks ask for them. */
import { parseMailAddress, parseMailServer } from "../../alert-values.ts";
import type { Place } from "../../report.ts";
import { namesIn } from "../hoist.ts";
import { changed, idle, lost, type Outcome, type Statement, taken, takenAs } from "../types.ts";
import { durationOf, numberIn, wordAt } from "../values.ts";
import type { Handler } from "../walk.ts";
import { isOn, type Reading } from "./reading.ts";

const KINDS = ["instances", "groups", "services"] as const;
type Kind = (typeof KINDS)[number];
const PLACE: Place = ["alerts", "mail"];
const EVENTS: Readonly<Record<Kind, readonly string[]>> = {
  instances: ["instance"],
  groups: ["group"],
  services: ["server", "quorum"],
};

interface Asked {
  readonly on: boolean;
  readonly statement: Statement;
}

/** What is said of mail anywhere in the file. */
export interface MailDraft {
  readonly said: Map<string, Statement>;
  readonly to: { readonly address: string; readonly statement: Statement }[];
  /** Where a block says nothing; by the keyword. */
  readonly usual: Map<string, Asked>;
  readonly own: Readonly<Record<Kind, Map<string, Asked>>>;
}

export const newMail = (): MailDraft => ({
  said: new Map(),
  to: [],
  usual: new Map(),
  own: { instances: new Map(), groups: new Map(), services: new Map() },
});

export function mailTable({ mail, ledger }: Reading): Record<string, Handler> {
  const keep =
    (key: string): Handler =>
    (statement) => {
      const before = mail.said.get(key);
      if (before) ledger.put(before, idle("is said again below"));
      mail.said.set(key, statement);
      return taken;
    };
  const usual =
    (key: string): Handler =>
    (statement) => {
      mail.usual.set(key, { on: isOn(statement) !== false, statement });
      return taken;
    };
  return {
    notification_email: (block) => {
      mail.said.set("notification_email", block);
      return { outcome: taken, inside: { known: {}, any: (line) => recipient(mail, line) } };
    },
    notification_email_from: keep("from"),
    smtp_server: keep("server"),
    smtp_helo_name: keep("hello"),
    smtp_connect_timeout: keep("timeout"),
    smtp_alert: usual("all"),
    smtp_alert_vrrp: usual("vrrp"),
    smtp_alert_checker: usual("checker"),
    no_email_faults: () => changed("faults are told of as well"),
    no_checker_emails: (statement) => {
      mail.usual.set("checker", { on: false, statement });
      return taken;
    },
  };
}

/** `Ops <ops@example.net>` is the address in it. */
const bare = (text: string): string => /<([^<>]*)>\s*$/.exec(text)?.[1] ?? text;

function recipient({ to }: MailDraft, statement: Statement): Outcome {
  const parsed = parseMailAddress(bare(statement.words.join(" ")));
  if ("complaint" in parsed) return lost(parsed.complaint.message);
  to.push({ address: parsed.value, statement });
  return taken;
}

/** `smtp_alert [on|off]` of a block. */
export const asksForMail =
  ({ mail }: Reading, kind: Kind, name: string): Handler =>
  (statement) => {
    mail.own[kind].set(name, { on: isOn(statement) !== false, statement });
    return taken;
  };

/** When all names are known. */
export function finishMail(reading: Reading): void {
  const { mail, ledger } = reading;
  const wanted = KINDS.map((kind) => ({ kind, ...wantedOf(reading, kind) }));
  const needed = mail.to.length > 0 && mail.said.has("server");
  const asked = wanted.some(({ on }) => on.length > 0);
  if (needed && asked) {
    writeMail(reading);
    writeEvents(reading, wanted);
    return;
  }
  const why = needed
    ? "no smtp_alert is on: keepalived sent no mail"
    : "without smtp_server and notification_email keepalived sent no mail";
  for (const statement of statementsOf(mail)) {
    if (ledger.get(statement)?.verdict !== "dropped") ledger.put(statement, idle(why));
  }
}

const statementsOf = ({ said, to, usual, own }: MailDraft): readonly Statement[] => [
  ...said.values(),
  ...[...to, ...usual.values()].map(({ statement }) => statement),
  ...KINDS.flatMap((kind) => [...own[kind].values()].map(({ statement }) => statement)),
];

interface Wanted {
  readonly on: readonly string[];
  readonly off: readonly string[];
}

function wantedOf({ sheet, mail, globals }: Reading, kind: Kind): Wanted {
  const names = kind === "groups" ? [...globals.groups] : namesIn(sheet, kind);
  const usual = mail.usual.get(kind === "services" ? "checker" : "vrrp") ?? mail.usual.get("all");
  const isWanted = (name: string): boolean => (mail.own[kind].get(name) ?? usual)?.on ?? false;
  return { on: names.filter(isWanted), off: names.filter((name) => !isWanted(name)) };
}

function writeMail({ sheet, mail, ledger }: Reading): void {
  const place = [...PLACE, "mail"];
  const server = mail.said.get("server");
  const { value, outcome } = serverOf(server);
  if (server) ledger.put(server, outcome);
  sheet.set([...place, "server"], value, server);
  sheet.set([...place, "over"], "tcp");
  const from = mail.said.get("from");
  if (from) {
    const parsed = parseMailAddress(bare(from.words.slice(1).join(" ")));
    if ("value" in parsed) sheet.set([...place, "from"], parsed.value, from);
    else ledger.put(from, lost(parsed.complaint.message));
  }
  for (const { address, statement } of mail.to) sheet.push([...place, "to"], address, statement);
  const hello = mail.said.get("hello");
  if (hello) sheet.set([...place, "hello"], wordAt(hello, 1), hello);
  const timeout = mail.said.get("timeout");
  const seconds = timeout && numberIn(wordAt(timeout, 1), { min: 1, max: 300 });
  if (seconds !== undefined) {
    sheet.set([...place, "connectTimeout"], durationOf(seconds), timeout);
    if (seconds >= USUAL_TIMEOUT) sheet.set([...PLACE, "timeout"], durationOf(2 * seconds));
  } else if (timeout) ledger.put(timeout, lost("is not a number of seconds from 1 to 300"));
}

/** Of a whole delivery: a connection that takes as long must fit in. */
const USUAL_TIMEOUT = 30;

function serverOf(statement: Statement | undefined): { value: string; outcome: Outcome } {
  const [, host = "", port] = statement?.words ?? [];
  const name = host.includes(":") ? `[${host}]` : host;
  const value = port === undefined ? name : `${name}:${port}`;
  const parsed = parseMailServer(value);
  if ("complaint" in parsed) return { value, outcome: lost(parsed.complaint.message) };
  return { value, outcome: takenAs("in the clear, as in keepalived: `over` has TLS") };
}

/** Names only where not all of a kind are wanted. */
function writeEvents(
  { sheet, mail }: Reading,
  wanted: readonly (Wanted & { readonly kind: Kind })[],
): void {
  const told = wanted.filter(({ on }) => on.length > 0);
  if (told.length < KINDS.length) {
    sheet.set(
      [...PLACE, "events"],
      told.flatMap(({ kind }) => EVENTS[kind]),
    );
  }
  for (const { kind, on, off } of told) {
    if (off.length === 0) continue;
    for (const name of on) {
      sheet.push([...PLACE, kind], name, mail.own[kind].get(name)?.statement);
    }
  }
  if (told.some(({ kind }) => kind === "services")) sheet.set([...PLACE, "by"], "each");
}
