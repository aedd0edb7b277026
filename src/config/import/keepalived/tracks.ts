/** What instances track: the blocks that define it, and those that use it. */
import type { Place } from "../../report.ts";
import { changed, lost, type Outcome, type Statement, taken, undecided } from "../types.ts";
import { commandOf, durationOf, numberIn, plainName, refusal, wordAt } from "../values.ts";
import type { Claim, Handler, Table } from "../walk.ts";
import { runsAs, userIn } from "./notify.ts";
import { pause, type Reading, whole } from "./reading.ts";

type Kind = "interface" | "script" | "file" | "process";

/** One name of baton's for each track of keepalived's, whose kinds have names of their own. */
export const trackName = (kind: Kind, name: string): string =>
  kind === "interface" ? `link-${plainName(name)}` : plainName(name);

const RUN = { min: 1, max: 255 };
const HOUR = 3600;

export function scriptClaim(reading: Reading, statement: Statement): Claim {
  const name = trackName("script", wordAt(statement, 1));
  const place = ["tracks", name];
  let user: string | undefined;
  const inside: Table = {
    known: {
      script: (line) => {
        const { words } = line;
        // What is not quoted is one command line as well.
        reading.sheet.set([...place, "script"], commandOf(words.slice(1).join(" ")), line);
        return taken;
      },
      interval: pause(reading, [...place, "interval"], HOUR),
      timeout: pause(reading, [...place, "timeout"], HOUR),
      rise: whole(reading, [...place, "rise"], RUN),
      fall: whole(reading, [...place, "fall"], RUN),
      weight: (line) => weightOf(reading, place, line),
      user: (line) => {
        user = userIn(line.words.slice(1));
        return taken;
      },
      init_fail: (line) => {
        reading.sheet.set([...place, "startsFailed"], true, line);
        return taken;
      },
    },
  };
  return { outcome: taken, inside, after: () => runsAs(reading, place, statement, user) };
}

export function fileClaim(reading: Reading, statement: Statement): Claim {
  const place = ["tracks", trackName("file", wordAt(statement, 1))];
  const inside: Table = {
    known: {
      file: (line) => {
        reading.sheet.set([...place, "file"], wordAt(line, 1), line);
        return taken;
      },
      weight: (line) => weightOf(reading, place, line),
      init_file: () => lost("baton makes no file; one that is missing counts as 0"),
    },
  };
  return { outcome: taken, inside };
}

/** Kept aside: in baton.yaml the weight stands where the track is used. */
export function weightOf({ sheet }: Reading, place: Place, line: Statement): Outcome {
  const range = { min: -2_147_483_647, max: 2_147_483_647 };
  if (numberIn(wordAt(line, 1), range) === undefined) return refusal(line, range);
  sheet.set([...place, WEIGHT], line.words.slice(1));
  return taken;
}

export const WEIGHT = "weight";

/** Blocks of an instance that name tracks. */
export function trackTables(reading: Reading, place: Place): Record<string, Handler> {
  const block =
    (kind: Kind): Handler =>
    () => ({
      outcome: taken,
      inside: {
        known: {},
        any: (line) => {
          reading.deferred.push(() => reading.ledger.put(line, use(reading, place, kind, line)));
          return taken;
        },
      },
    });
  return {
    track_interface: block("interface"),
    track_script: block("script"),
    track_file: block("file"),
    track_process: block("process"),
  };
}

const isMember = ({ globals }: Reading, [, name]: Place): boolean =>
  globals.members.has(String(name));

const MAX_WEIGHT = 253;

function use(reading: Reading, place: Place, kind: Kind, line: Statement): Outcome {
  const { sheet } = reading;
  const [written = "", ...options] = line.words;
  const name = trackName(kind, written);
  if (kind === "interface" && sheet.get(["tracks", name]) === undefined) {
    sheet.set(["tracks", name], { interface: written }, line);
  }
  const track = sheet.get(["tracks", name]) as Record<string, unknown> | undefined;
  if (!track || track[kind] === undefined) return lost(`there is no ${kind} ${written} to track`);
  const at = options.indexOf("weight");
  const fallback = Array.isArray(track[WEIGHT]) ? (track[WEIGHT] as string[]) : [];
  const [text = kind === "file" || kind === "process" ? "1" : "0", order] =
    at < 0 ? fallback : options.slice(at + 1);
  const number = Number(text);
  if (!Number.isInteger(number)) return undecided(`${text} is no weight`);
  const ignored = number !== 0 && place[0] === "instances" && isMember(reading, place);
  const weight = ignored ? 0 : Math.max(-MAX_WEIGHT, Math.min(MAX_WEIGHT, number));
  const reverse = order === "reverse";
  const usual = kind === "file" ? 1 : 0;
  const long = { name, ...(weight !== usual && { weight }), ...(reverse && { reverse }) };
  sheet.push([...place, "track"], Object.keys(long).length === 1 ? name : long, line);
  if (ignored) return changed("without its weight, which keepalived ignores in a sync group");
  return weight === number ? taken : changed(`${weight} instead of ${number}`);
}

/** Weights that were kept aside are no keys of baton.yaml; a timeout that says nothing new is left out. */
export function finishTracks({ sheet }: Reading): void {
  const tracks = sheet.get(["tracks"]);
  if (typeof tracks !== "object" || tracks === null) return;
  for (const [name, track] of Object.entries(tracks as Record<string, Record<string, unknown>>)) {
    delete track[WEIGHT];
    if (track["process"] !== undefined) track["interval"] ??= durationOf(1);
    if (Object.keys(track).length === 0) sheet.remove(["tracks", name]);
  }
}
