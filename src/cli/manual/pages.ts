/** All manual pages by their file names, such as `baton-status.8`. */
import { VERSION } from "../../base/version.ts";
import { jsonSchema } from "../../config/schema.ts";
import type { ProgramText } from "../describe.ts";
import { commandPage, programPage } from "./command-pages.ts";
import { filePage } from "./file-page.ts";

/** `date` is YYYY-MM-DD. */
export function manualPages(program: ProgramText, date: string): Readonly<Record<string, string>> {
  const issue = { version: VERSION, date };
  return Object.fromEntries([
    [`${program.name}.8`, programPage(program, issue)],
    [`${program.name}.yaml.5`, filePage(jsonSchema(), issue)],
    ...program.commands.map((command): [string, string] => [
      `${program.name}-${command.name}.8`,
      commandPage(program, command, issue),
    ]),
  ]);
}
