/** Small files of `KEY=value` lines; what is not there says nothing. */
import { readdir, readFile } from "node:fs/promises";

export const textOf = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");

/** Sorted paths of a folder's files. */
export async function namesIn(folder: string, ending: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith(ending))
    .toSorted()
    .map((name) => `${folder}/${name}`);
}

/** Comments begin with another sign, so they do not match. */
export const valueOf = (text: string, key: string): string | undefined =>
  new RegExp(`^[ \\t]*${key}[ \\t]*=[ \\t]*(.*?)[ \\t]*$`, "m").exec(text)?.[1];
