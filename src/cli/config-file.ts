/** The configuration as commands read it, and what keeps them from reading it in words. */
import { BatonError, messageOf } from "../base/errors.ts";
import type { Loaded } from "../config/load.ts";
import { readText } from "../os/files.ts";

export async function loadConfigFile(path: string): Promise<Loaded> {
  const text = await readText(path).catch((error: unknown) => {
    throw new BatonError("BATON_CONFIG", unreadable(path, error), {
      remedy: remedyFor(error),
      cause: error,
    });
  });
  // The schema takes longer to load than all the rest: not for a file that is not there.
  if (text !== undefined) return (await import("../config/load.ts")).parse(text);
  throw new BatonError("BATON_CONFIG", `the configuration ${path} was sought and does not exist`, {
    remedy: "Name the file with -c FILE, or copy etc/baton.yaml there and adapt it.",
  });
}

const codeOf = (error: unknown): string | undefined =>
  (error as NodeJS.ErrnoException | null)?.code;

function unreadable(path: string, error: unknown): string {
  const code = codeOf(error);
  if (code === "EACCES") return `the configuration ${path} may not be read by this user`;
  if (code === "EISDIR") return `the configuration ${path} is a directory`;
  return `the configuration ${path} can not be read: ${messageOf(error)}`;
}

const remedyFor = (error: unknown): string =>
  codeOf(error) === "EACCES" ? "Run the command as root." : "Name the file with -c FILE.";
