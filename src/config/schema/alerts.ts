/** The keys about who is told of what happens: mail, webhooks, programs. */
import * as z from "zod/mini";
import { days, hours, minutes, ms, seconds } from "../../base/units.ts";
import { parseMailAddress, parseMailServer, parseWebhook } from "../alert-values.ts";
import { parseFile } from "../values.ts";
import {
  command,
  doc,
  duration,
  flag,
  list,
  name,
  named,
  oneOf,
  parsed,
  section,
  user,
  whole,
  words,
} from "./scalars.ts";

const SUBJECTS = ["instance", "group", "server", "quorum"] as const;
const MAX_DELIVERIES = 1000;

const mailAddress = () => parsed("an address such as ops@example.net", parseMailAddress);
const path = () => z.optional(parsed("a path", parseFile));

const verified = {
  verify: doc("Whether the certificate must be good.", z.prefault(flag(), true)),
  caFile: doc("Trusted certificates in PEM, instead of the system's.", path()),
};

const mail = section({
  server: doc(
    "HOST or HOST:PORT, a name or an address; the port is 25, over tls 465.",
    parsed("HOST or HOST:PORT", parseMailServer),
  ),
  over: doc(
    "tcp: in the clear. starttls: the server must know it. tls: from the first octet.",
    z.prefault(oneOf(["tcp", "starttls", "tls"]), "starttls"),
  ),
  ...verified,
  passwordFile: doc(
    "A file of one line, USER:PASSWORD, for nobody else to read (mode 0600).",
    path(),
  ),
  from: doc("Who it is from; baton@ and the host's name unless said.", z.optional(mailAddress())),
  to: doc("Whom it goes to.", list("addresses", mailAddress())),
  hello: doc(
    "The name that is said to the server; the host's by default.",
    z.optional(words("a name")),
  ),
  connectTimeout: doc(
    "For the connection and the server's greeting.",
    z.prefault(duration({ min: ms(100), max: minutes(5) }), "10s"),
  ),
});

const webhook = section({
  url: doc("Where the events are posted, as JSON.", parsed("a URL of http or https", parseWebhook)),
  headers: doc("More headers by name.", z.prefault(named("headers to texts", words("a text")), {})),
  tokenFile: doc(
    "A file of one line, which goes with each request as `Authorization: Bearer`; mode 0600.",
    path(),
  ),
  ...verified,
});

const names = (what: string) => z.optional(list(`names of ${what}`, name()));

export const alert = section({
  mail: doc("By SMTP.", z.optional(mail)),
  webhook: doc("By a POST over HTTP.", z.optional(webhook)),
  exec: doc(
    "A program: a list of words; no shell. It gets the words of keepalived's pipe, such as " +
      "INSTANCE web MASTER 150, after its own.",
    z.optional(command()),
  ),
  user: doc("USER, or USER:GROUP: whom the program runs as.", z.optional(user())),
  events: doc(
    "What is told of: a change of an instance, of a whole group, of a real server, of a quorum.",
    z.prefault(list("events", oneOf(SUBJECTS)), [...SUBJECTS]),
  ),
  instances: doc("Of these instances; of all unless said.", names("instances")),
  groups: doc("Of these groups; of all unless said.", names("groups")),
  services: doc(
    "Of the servers and quorums of these services; of all unless said.",
    names("services"),
  ),
  by: doc(
    "Both directors check the servers. master: only who serves tells of them. each: both do.",
    z.prefault(oneOf(["master", "each"]), "master"),
  ),
  remind: doc(
    "A fault, a server that is down or a lost quorum is told again this often; 0s is never.",
    z.prefault(duration({ min: ms(0), max: days(7) }), "0s"),
  ),
  timeout: doc(
    "A delivery that takes longer has failed; a program is killed.",
    z.prefault(duration({ min: seconds(1), max: minutes(10) }), "30s"),
  ),
  retryFor: doc(
    "What could not be delivered is tried again, less and less often, for so long. A program is " +
      "run once.",
    z.prefault(duration({ min: ms(0), max: days(7) }), "1h"),
  ),
  limit: doc(
    "No more than so many deliveries within this time; what waits meanwhile goes together.",
    z.prefault(
      section({
        deliveries: doc("At most.", z.prefault(whole(1, MAX_DELIVERIES), 20)),
        within: doc("In so long.", z.prefault(duration({ min: seconds(1), max: hours(24) }), "1m")),
      }),
      {},
    ),
  ),
});
