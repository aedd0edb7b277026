/** What is kept on the disk over versions of baton: which format a file is of, and whose it is. */
import { BatonError } from "../base/errors.ts";
import type { Places } from "../base/places.ts";
import { VERSION } from "../base/version.ts";
import { readText } from "./files.ts";

/** Of what was decided, and of the list of earlier configurations; files without one are of 1. */
export const STATE_FORMAT = 1;

/** Of a JSON file; undefined where there is none, or where it says nothing that makes sense. */
async function formatOf(path: string, key: string): Promise<number | undefined> {
  const text = await readText(path).catch(() => undefined);
  try {
    const value = (JSON.parse(text ?? "null") as Readonly<Record<string, unknown>> | null)?.[key];
    return Number.isSafeInteger(value) ? Number(value) : undefined;
  } catch {
    return undefined;
  }
}

/** In words; undefined where this version can read the file. */
export async function laterFormat(
  path: string,
  { key, known }: { readonly key: string; readonly known: number },
): Promise<string | undefined> {
  const format = await formatOf(path, key);
  if (format === undefined || format <= known) return undefined;
  const here = `baton ${VERSION} knows ${known}`;
  return `${path} is of format ${format}, and ${here}: a later one wrote it`;
}

/** Where the places of state are that outlives a boot. */
export const indexOfConfigurations = ({ configs }: Places): string => `${configs}/index.json`;

/**
 * Throws BATON_STATE: to go on without it would put servers back that somebody took out, and write
 * over what the later version needs.
 */
export async function refuseLaterState(places: Places): Promise<void> {
  for (const path of [places.admin, indexOfConfigurations(places)]) {
    const sentence = await laterFormat(path, { key: "format", known: STATE_FORMAT });
    if (sentence !== undefined) throw new BatonError("BATON_STATE", sentence);
  }
}
