/** Asks on the links who answers for the addresses that matter. */
import { messageOf } from "../../base/errors.ts";
import type { Ip } from "../../base/ip.ts";
import type { Config, Director } from "../../config/types.ts";
import { probe } from "../../os/packet.ts";
import type { Link } from "../../wire/rtnl/link.ts";
import { type AddressFact, type AnswerFact, type RouteFact, seen, unseen } from "../facts.ts";
import { linkOf } from "../routes.ts";

/** A neighbour answers within a millisecond. */
const PROBE_LIMIT_MS = 400;
/** Each has a socket. */
const AT_ONCE = 16;
/** Beyond, servers are left out: doctor is no scanner. */
const MAX_QUESTIONS = 256;

interface Question {
  readonly address: Ip;
  readonly interface: string;
}

export interface Asked {
  readonly config: Config;
  readonly self: Director | undefined;
  readonly links: readonly Link[];
  readonly addresses: readonly AddressFact[];
  readonly routes: readonly RouteFact[];
}

export async function askLinks(asked: Asked): Promise<readonly AnswerFact[]> {
  const questions = questionsOf(asked).slice(0, MAX_QUESTIONS);
  const answers: AnswerFact[] = [];
  for (let start = 0; start < questions.length; start += AT_ONCE) {
    const group = questions.slice(start, start + AT_ONCE);
    answers.push(...(await Promise.all(group.map((one) => askOne(one, asked.links)))));
  }
  return answers;
}

/** VIPs first, then the directors' own, then servers that ought to be neighbours. */
function questionsOf({ config, self, addresses, routes }: Asked): readonly Question[] {
  const vips = config.instances.flatMap(({ vips: all }) => all);
  const paths = (self?.paths ?? []).flatMap((own, i) => {
    const link = addresses.find(({ address }) => address === own.address)?.interface;
    const all = config.directors.flatMap((one) => one.paths[i]?.address ?? []);
    return link === undefined ? [] : all.map((address) => ({ address, interface: link }));
  });
  const servers = config.services.flatMap(({ servers: all }) =>
    all.flatMap(({ address, forward }) => {
      const link = linkOf(routes, addresses, address);
      return link === undefined || forward === "tunnel" ? [] : [{ address, interface: link }];
    }),
  );
  const questions = [...vips, ...paths, ...servers].map(
    ({ address, interface: link }): Question => ({ address, interface: link }),
  );
  const unique = new Map(questions.map((one) => [`${one.address} ${one.interface}`, one]));
  return [...unique.values()];
}

async function askOne(question: Question, links: readonly Link[]): Promise<AnswerFact> {
  const link = links.find(({ name }) => name === question.interface);
  const not = (why: string): AnswerFact => ({ ...question, macs: unseen(why) });
  if (link === undefined) return not(`there is no interface ${question.interface}`);
  if (!link.up) return not(`${link.name} is down`);
  if (link.mac === undefined) return not(`${link.name} has no Ethernet address`);
  const at = { index: link.index, mac: link.mac };
  try {
    return {
      ...question,
      macs: seen(await probe(question.address, at, { timeout: PROBE_LIMIT_MS })),
    };
  } catch (error) {
    return not(messageOf(error));
  }
}
