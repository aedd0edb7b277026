/** Mail alerts: emailalert and its companions, of the whole file and of each virtual. */
import { parseMailAddress, parseMailServer } from "../../alert-values.ts";
import { namesIn } from "../hoist.ts";
import type { Ledger } from "../ledger.ts";
import type { Sheet } from "../sheet.ts";
import { changed, idle, lost, type Outcome, type Statement, taken } from "../types.ts";
import { durationOf, freeName, numberIn, wordAt } from "../values.ts";

export const MAIL_KEYS = [
  "emailalert",
  "emailalertfrom",
  "emailalertfreq",
  "emailalertstatus",
  "smtp",
];

type By = (key: string) => Statement | undefined;

/** Services that mail goes out for alike. */
interface Mailing {
  readonly by: By;
  readonly services: string[];
}

export type Mailings = Map<string, Mailing>;

/** What counts for one service. */
export function addMailing(mailings: Mailings, by: By, service: string): void {
  const to = by("emailalert");
  if (!to || wordAt(by("emailalertstatus") ?? to, 1) === "none") return;
  const key = JSON.stringify(MAIL_KEYS.map((one) => by(one)?.words.slice(1)));
  const known = mailings.get(key);
  if (known) known.services.push(service);
  else mailings.set(key, { by, services: [service] });
}

interface Context {
  readonly sheet: Sheet;
  readonly ledger: Ledger;
}

/** `all`: whatever was said of mail anywhere. */
export function finishMailings(
  context: Context,
  mailings: Mailings,
  all: readonly Statement[],
): void {
  const used = new Set<Statement>();
  for (const mailing of mailings.values()) {
    for (const key of MAIL_KEYS) {
      const statement = mailing.by(key);
      if (statement) used.add(statement);
    }
    write(context, mailing);
  }
  for (const statement of all) {
    if (used.has(statement)) continue;
    context.ledger.put(statement, idle("no virtual is mailed about by it"));
  }
}

function write({ sheet, ledger }: Context, { by, services }: Mailing): void {
  const name = freeName("mail", (one) => sheet.get(["alerts", one]) !== undefined);
  const place = ["alerts", name];
  const settle = (key: string, put: (statement: Statement) => Outcome): void => {
    const statement = by(key);
    if (statement) ledger.put(statement, put(statement));
  };
  sheet.set([...place, "mail", "server"], "127.0.0.1", by("emailalert"));
  settle("smtp", (statement) => {
    const parsed = parseMailServer(wordAt(statement, 1));
    if ("complaint" in parsed) return lost(parsed.complaint.message);
    sheet.set([...place, "mail", "server"], wordAt(statement, 1), statement);
    return taken;
  });
  sheet.set([...place, "mail", "over"], "tcp");
  settle("emailalertfrom", (statement) => {
    const parsed = parseMailAddress(wordAt(statement, 1));
    if ("complaint" in parsed) return lost(parsed.complaint.message);
    sheet.set([...place, "mail", "from"], parsed.value, statement);
    return taken;
  });
  settle("emailalert", (statement) => recipients(sheet, [...place, "mail", "to"], statement, by));
  sheet.set([...place, "events"], ["server"]);
  if (services.length < namesIn(sheet, "services").length) {
    for (const service of services) sheet.push([...place, "services"], service);
  }
  settle("emailalertfreq", (statement) => {
    const seconds = numberIn(wordAt(statement, 1), { min: 0, max: 604_800 });
    if (seconds === undefined) return lost("is no number from 0 to 604800");
    sheet.set([...place, "remind"], durationOf(seconds), statement);
    return taken;
  });
  settle("emailalertstatus", (statement) =>
    wordAt(statement, 1) === "all" ? taken : changed("told of whenever a server changes"),
  );
}

function recipients(sheet: Sheet, place: readonly string[], statement: Statement, by: By): Outcome {
  const found = wordAt(statement, 1)
    .split(/[\s,]+/)
    .map(parseMailAddress);
  for (const one of found) if ("value" in one) sheet.push(place, one.value, statement);
  const wrong = found.find((one) => "complaint" in one);
  if (wrong && "complaint" in wrong) return lost(wrong.complaint.message);
  if (by("smtp")) return taken;
  return changed("by SMTP to this host's own mail server, where ldirectord called sendmail");
}
