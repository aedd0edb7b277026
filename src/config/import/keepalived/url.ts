/** url of HTTP_GET: what is asked for, what has to come back. */
import { changed, idle, lost, type Statement, taken } from "../types.ts";
import { numberIn, refusal, wordAt } from "../values.ts";
import type { Claim, Handler } from "../walk.ts";
import { isOn } from "./reading.ts";
import { expressionOf, KNOWN_OPTIONS, type Regex } from "./regex.ts";

type Keys = Record<string, unknown>;
type RegexDraft = { -readonly [K in keyof Regex]: Regex[K] };

export function urlClaim(keys: Keys): Claim {
  const regex: RegexDraft = {
    pattern: "",
    options: [],
    noMatch: false,
    from: undefined,
    to: undefined,
  };
  return {
    outcome: taken,
    inside: { known: { ...asked(keys), ...matched(regex) } },
    after: () => {
      if (regex.pattern !== "") keys["regex"] = expressionOf(regex);
    },
  };
}

const asked = (keys: Keys): Record<string, Handler> => ({
  path: (statement) => {
    keys["path"] = wordAt(statement, 1);
    return taken;
  },
  status_code: (statement) => {
    keys["status"] = statement.words
      .slice(1)
      .map((word) => (word.includes("-") ? word : Number(word)));
    return taken;
  },
  virtualhost: (statement) => {
    keys["host"] = wordAt(statement, 1);
    return taken;
  },
  digest: (statement) => {
    const digest = wordAt(statement, 1);
    if (!/^[0-9a-fA-F]{32}$/.test(digest)) return lost("is no MD5 of 32 hexadecimal digits");
    keys["digest"] = digest.toLowerCase();
    return taken;
  },
  tls_compliant: () => idle("an end without a goodbye is none the worse"),
});

const INTO = changed("is written into the regular expression, which has no options here");

function matched(regex: RegexDraft): Record<string, Handler> {
  const offset =
    (key: "from" | "to"): Handler =>
    (statement) => {
      const range = { min: 0, max: 65_535 };
      const value = numberIn(wordAt(statement, 1), range);
      if (value === undefined) return refusal(statement, range);
      regex[key] = value;
      return INTO;
    };
  return {
    regex: (statement) => {
      regex.pattern = wordAt(statement, 1);
      return changed("JavaScript's regular expressions, not PCRE's: nearly the same");
    },
    regex_options: (statement) => options(regex, statement),
    regex_no_match: (statement) => {
      regex.noMatch = isOn(statement) !== false;
      return INTO;
    },
    regex_min_offset: offset("from"),
    regex_max_offset: offset("to"),
    regex_stack: () => idle("is about PCRE's workings"),
  };
}

function options(regex: RegexDraft, { words }: Statement): typeof taken {
  const said = words.slice(1).map((word) => word.toLowerCase());
  regex.options = said.filter((word) => KNOWN_OPTIONS.has(word));
  const strange = said.filter((word) => !KNOWN_OPTIONS.has(word));
  return strange.length === 0 ? INTO : lost(`JavaScript has no ${strange.join(", ")}`);
}
