/** vrrp_track_process: which processes have to run, and how many. */
import type { Place } from "../../report.ts";
import { changed, idle, lost, type Outcome, type Statement, taken } from "../types.ts";
import { numberIn, refusal, wordAt } from "../values.ts";
import type { Claim, Table } from "../walk.ts";
import type { Reading } from "./reading.ts";
import { trackName, weightOf } from "./tracks.ts";

interface ProcessDraft {
  process: Statement | undefined;
  match: Statement | undefined;
  full: Statement | undefined;
  quorum: Statement | undefined;
  most: Statement | undefined;
}

const COUNT = { min: 0, max: 65_535 };
const MATCHES = new Set(["initial", "partial"]);

export function processClaim(reading: Reading, statement: Statement): Claim {
  const place = ["tracks", trackName("process", wordAt(statement, 1))];
  const draft: ProcessDraft = {
    process: undefined,
    match: undefined,
    full: undefined,
    quorum: undefined,
    most: undefined,
  };
  const keep =
    (key: keyof ProcessDraft, isRight: (line: Statement) => Outcome = () => taken) =>
    (line: Statement): Outcome => {
      const outcome = isRight(line);
      if (outcome.verdict !== "taken") return outcome;
      const before = draft[key];
      if (before) reading.ledger.put(before, idle("is said again below"));
      draft[key] = line;
      return outcome;
    };
  const inside: Table = {
    known: {
      process: keep("process", (line) =>
        wordAt(line, 1) === "" ? lost("names no process") : taken,
      ),
      weight: (line) => weightOf(reading, place, line),
      quorum: keep("quorum", counted),
      quorum_max: keep("most", counted),
      param_match: keep("match", (line) =>
        MATCHES.has(wordAt(line, 1)) ? taken : lost("there are initial and partial"),
      ),
      full_command: keep("full"),
      delay: (line) => delayed(reading, [...place, "fall"], line),
      terminate_delay: (line) => delayed(reading, [...place, "fall"], line),
      fork_delay: (line) => delayed(reading, [...place, "rise"], line),
    },
  };
  return { outcome: taken, inside, after: () => finish(reading, place, draft) };
}

const counted = (line: Statement): Outcome =>
  numberIn(wordAt(line, 1), COUNT) === undefined ? refusal(line, COUNT) : taken;

const COMM = 15;

/** A name alone is short; what is more goes by the words of its command line. */
function finish({ sheet, ledger }: Reading, place: Place, draft: ProcessDraft): void {
  const { process, match, full, quorum, most } = draft;
  if (!process) return;
  const words = process.words.slice(1);
  const path = words[0] ?? "";
  const byCommand = words.length > 1 || match !== undefined || full !== undefined;
  const name = path.slice(path.lastIndexOf("/") + 1).slice(0, COMM);
  const at = [...place, "process"];
  if (!byCommand && !quorum && !most) {
    sheet.set(at, name, process);
  } else {
    sheet.set(at, {});
    if (byCommand) sheet.set([...at, "command"], words, process);
    else sheet.set([...at, "name"], name, process);
    // Beside a command without words of its own it asks for none.
    if (match && words.length > 1) sheet.set([...at, "match"], wordAt(match, 1), match);
    if (quorum) sheet.set([...at, "min"], Number(wordAt(quorum, 1)), quorum);
    else if (most) sheet.set([...at, "min"], Math.min(1, Number(wordAt(most, 1))));
    if (most) sheet.set([...at, "max"], Number(wordAt(most, 1)), most);
  }
  if (!byCommand && name !== path) {
    ledger.put(process, changed(`the name that the kernel knows: ${name}`));
  }
}

/** So many looks in a row. */
function delayed({ sheet }: Reading, place: Place, line: Statement): Outcome {
  const range = { min: 0, max: 254, fraction: true };
  const seconds = numberIn(wordAt(line, 1), range);
  if (seconds === undefined) return refusal(line, range);
  const looks = Math.ceil(seconds) + 1;
  sheet.set(place, looks, line);
  return changed(`${looks} looks in a row, a second apart, have to agree`);
}
