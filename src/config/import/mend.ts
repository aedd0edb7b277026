/** Takes out what baton's own judge refuses, and says so at the line that it came from. */
import { BatonError } from "../../base/errors.ts";
import { parse } from "../load.ts";
import { formatPlace, formatProblem, type Place, type Problem } from "../report.ts";
import { namesIn } from "./hoist.ts";
import type { Ledger } from "./ledger.ts";
import type { Sheet } from "./sheet.ts";
import { lost } from "./types.ts";

const ROUNDS = 20;

/** `print` gives the file as it is now; what comes back is one that `baton check` accepts. */
export function mend(sheet: Sheet, ledger: Ledger, print: () => string): void {
  for (let round = 0; round < ROUNDS; round++) {
    const loaded = parse(print());
    // The caller puts in another instance.
    if (loaded.kind === "valid" || namesIn(sheet, "instances").length === 0) return;
    const errors = loaded.problems.filter(({ severity }) => severity === "error");
    // From the end: what is taken out of a list moves nothing that is looked at later.
    const last = errors.toSorted((a, b) => (b.at?.line ?? 0) - (a.at?.line ?? 0));
    for (const problem of last) takeOut(sheet, ledger, problem);
  }
  const left = parse(print()).problems.find(({ severity }) => severity === "error");
  if (!left) return;
  throw new BatonError(
    "BATON_IMPORT",
    `what is left is no configuration: ${formatProblem(left, "")}`,
  );
}

/** Without them there is no configuration. */
const NEEDED = new Set(["directors", "heartbeat", "instances"]);

function takeOut(sheet: Sheet, ledger: Ledger, problem: Problem): void {
  const place = removable(sheet, problem.place);
  if (place.length === 0 || (place.length === 1 && NEEDED.has(String(place[0])))) return;
  const why = `${formatPlace(problem.place)}: ${problem.message}`;
  const source = sheet.source(place);
  for (const statement of sheet.below(place)) {
    ledger.put(statement, lost(statement === source ? why : `goes with ${formatPlace(place)}`));
  }
  if (source) ledger.put(source, lost(why));
  sheet.remove(place);
  const list = place.slice(0, -1);
  const rest = sheet.get(list);
  if (!NEEDLESS.has(String(list.at(-1))) || typeof rest !== "object" || rest === null) return;
  if (Object.keys(rest).length === 0) sheet.remove(list);
}

/** What says nothing once it is empty. */
const NEEDLESS = new Set("fallback routes rules track priorities sources peers".split(" "));

/** What is missing can not be taken out: what lacks it goes. */
function removable(sheet: Sheet, place: Place): Place {
  let here = place;
  while (here.length > 1 && sheet.get(here) === undefined) here = here.slice(0, -1);
  return here;
}
