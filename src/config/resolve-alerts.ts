/** Alerts as the file writes them: exactly one sink each, names that exist. */
import type { Alert, AlertSink, MailSink } from "./alert-types.ts";
import { error, type Place, type Problem } from "./report.ts";
import type { FileAlert, FileConfig } from "./schema.ts";
import { didYouMean } from "./suggest.ts";

const SINKS = "mail, webhook or exec";
const SMTP = 25;
const SMTPS = 465;

export const resolveAlerts = (file: FileConfig, problems: Problem[]): Alert[] =>
  Object.entries(file.alerts).flatMap(([name, alert]) => {
    const place = ["alerts", name];
    const sink = sinkOf(place, alert, problems);
    checkNames(place, alert, file, problems);
    if (!sink) return [];
    const { events, instances, groups, services, by, remind, timeout, retryFor, limit } = alert;
    return [
      { name, sink, events, instances, groups, services, by, remind, timeout, retryFor, limit },
    ];
  });

function sinkOf(place: Place, alert: FileAlert, problems: Problem[]): AlertSink | undefined {
  const { mail, webhook, exec, user } = alert;
  const sinks: AlertSink[] = [
    ...(mail ? [mailOf([...place, "mail"], mail, problems)] : []),
    ...(webhook ? [{ kind: "webhook" as const, ...optional(webhook) }] : []),
    ...(exec ? [{ kind: "exec" as const, command: exec, user }] : []),
  ];
  const [sink] = sinks;
  if (sinks.length !== 1) {
    const found = sinks.length === 0 ? "nothing" : sinks.map(({ kind }) => kind).join(", ");
    problems.push(error(place, `names ${found}: write one of ${SINKS}`));
  }
  if (exec?.[0]?.startsWith("/") === false || exec?.length === 0) {
    const message = "needs a program by its absolute path, and its arguments";
    problems.push(error([...place, "exec"], message));
  }
  if (user !== undefined && exec === undefined) {
    problems.push(error([...place, "user"], "is for exec: nothing else is run"));
  }
  return sink;
}

const optional = ({ tokenFile, caFile, ...rest }: NonNullable<FileAlert["webhook"]>) => ({
  ...rest,
  tokenFile,
  caFile,
});

function mailOf(
  place: Place,
  { server, ...mail }: NonNullable<FileAlert["mail"]>,
  problems: Problem[],
): MailSink {
  const { over, verify, caFile, passwordFile, from, to, hello, connectTimeout } = mail;
  if (to.length === 0) problems.push(error([...place, "to"], "is an empty list: nobody gets it"));
  if (over === "tcp" && passwordFile !== undefined) {
    const remedy = "Write over: starttls or tls.";
    const message = "would go in the clear over tcp";
    problems.push(error([...place, "passwordFile"], message, { remedy }));
  }
  if (over === "tcp" && caFile !== undefined) {
    problems.push(error([...place, "caFile"], "is for starttls, tls, not for tcp"));
  }
  const port = server.port ?? (over === "tls" ? SMTPS : SMTP);
  const said = { over, verify, caFile, passwordFile, from, to, hello, connectTimeout };
  return { kind: "mail", host: server.host, port, ...said };
}

function checkNames(place: Place, alert: FileAlert, file: FileConfig, problems: Problem[]): void {
  const groups = Object.values(file.instances).flatMap(({ group }) => group ?? []);
  const known = {
    instances: Object.keys(file.instances),
    groups: [...new Set([...groups, ...Object.keys(file.groups)])],
    services: Object.keys(file.services),
  };
  for (const key of ["instances", "groups", "services"] as const) {
    for (const [i, name] of (alert[key] ?? []).entries()) {
      if (known[key].includes(name)) continue;
      const what = `there is no ${key.slice(0, -1)} ${name}${didYouMean(name, known[key])}`;
      problems.push(error([...place, key, i], what));
    }
  }
}
