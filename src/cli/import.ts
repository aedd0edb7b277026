/** `baton import`: files of keepalived, pulse or ldirectord to a baton.yaml, every line accounted for. */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { BatonError, messageOf } from "../base/errors.ts";
import { parseIp } from "../base/ip.ts";
import { accountJson, accountText, isWhole } from "../config/import/account.ts";
import type { Self } from "../config/import/directors.ts";
import type { Format } from "../config/import/format-names.ts";
import { importFiles } from "../config/import/import.ts";
import type { Files } from "../config/import/types.ts";
import { plainName } from "../config/import/values.ts";
import { type Context, EXIT } from "./context.ts";

export interface ImportCall {
  readonly files: readonly string[];
  /** NAME or NAME=ADDRESS. */
  readonly director?: readonly string[];
  readonly interface?: string;
  readonly format?: Format;
  readonly report?: string;
  readonly json?: true;
}

const MAX_OCTETS = 8 << 20;

export async function importInto({ io }: Context, call: ImportCall): Promise<number> {
  const { yaml, account } = importFiles(
    {
      files: call.files,
      directors: (call.director ?? []).map(directorOf),
      format: call.format,
      link: call.interface,
    },
    FILES,
  );
  const text = call.json
    ? JSON.stringify(accountJson(account), undefined, 2)
    : accountText(account).join("\n");
  if (call.report === undefined) io.err(`${text}\n`);
  else writeReport(call.report, `${text}\n`);
  io.out(yaml);
  return isWhole(account) ? EXIT.done : EXIT.failed;
}

function directorOf(text: string): Self {
  const [name = "", ...rest] = text.split("=");
  const address = rest.length === 0 ? undefined : parseIp(rest.join("="));
  if (plainName(name) !== name || (rest.length > 0 && address === undefined)) {
    throw new BatonError("BATON_USAGE", `--director ${text} is neither NAME nor NAME=ADDRESS`);
  }
  return { name, address };
}

const FILES: Files = {
  read: readSource,
  list: (folder) => {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  },
};

function readSource(path: string): string | undefined {
  try {
    const { size } = statSync(path);
    if (size > MAX_OCTETS) throw new RangeError(`${size} octets, at most ${MAX_OCTETS} expected`);
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    const remedy = "Name a file that this user may read.";
    const sentence = `${path} can not be read: ${messageOf(error)}`;
    throw new BatonError("BATON_IMPORT", sentence, { remedy, cause: error });
  }
}

function writeReport(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new BatonError("BATON_IMPORT", `--report ${path}: ${messageOf(error)}`, {
      remedy: "Name a file that can be written.",
      cause: error,
    });
  }
}
