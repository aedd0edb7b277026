/** Files with secrets that a configuration names: what is missing shows only when it is needed. */
import type { HostFacts } from "../host.ts";
import { error, type Place, type Problem } from "../report.ts";
import type { Config } from "../types.ts";
import { programsOf } from "./programs.ts";

interface Named {
  readonly key: string;
  readonly path: string;
  readonly place: Place;
}

/** Group and others: r, w or x. */
const OTHERS = 0o077;

/** Everything that `HostFacts.files` should know. */
export const filesOf = (config: Config): readonly string[] => [
  ...new Set([...programsOf(config), ...passwordsOf(config)].map(({ path }) => path)),
];

export const checkFiles = (config: Config, facts: HostFacts): Problem[] =>
  passwordsOf(config).flatMap((one) => password(one, facts));

const passwordsOf = ({ instances, alerts, page }: Config): readonly Named[] => [
  ...instances.flatMap(({ name, vrrp }) => named("passwordFile", vrrp, ["instances", name])),
  ...named("tokenFile", page, ["page"]),
  ...alerts.flatMap(({ name, sink }): readonly Named[] => {
    const place = ["alerts", name, sink.kind];
    if (sink.kind === "mail") return named("passwordFile", sink, place);
    return sink.kind === "webhook" ? named("tokenFile", sink, place) : [];
  }),
];

const named = <K extends "passwordFile" | "tokenFile">(
  key: K,
  holder: { readonly [key in K]: string | undefined } | undefined,
  place: Place,
): readonly Named[] => {
  const path = holder?.[key];
  return path === undefined ? [] : [{ key, path, place }];
};

const REMEDIES = {
  instances: "Put the password into it, as the other side has it.",
  page: "Make one: openssl rand -hex 16, in a file of mode 600.",
  alerts: "Put one line into it: USER:PASSWORD for mail, the token for a webhook.",
} as const;

function password({ key, path, place }: Named, { files }: HostFacts): Problem[] {
  const found = files[path];
  const code = "BATON_SECRET";
  if (found?.kind === "missing") {
    const remedy = REMEDIES[place[0] as keyof typeof REMEDIES];
    return [error(place, `the ${key} ${path} does not exist`, { code, remedy })];
  }
  if (found?.kind !== "present" || (found.mode & OTHERS) === 0) return [];
  const mode = (found.mode & 0o777).toString(8).padStart(3, "0");
  const message = `the ${key} ${path} has mode ${mode}: others than its owner reach it`;
  return [error(place, message, { code, remedy: `chmod 600 ${path}` })];
}
