/** The command line as data: what completion and the manual pages are made of. */
import type { Argument, Command, Option } from "commander";

export interface CommandText {
  readonly name: string;
  readonly description: string;
  /** The description's first clause, for a list. */
  readonly summary: string;
  /** As `--help` begins: `baton [options] drain [options] <server>`. */
  readonly usage: string;
  readonly options: readonly OptionText[];
  readonly arguments: readonly ArgumentText[];
}

export interface OptionText {
  /** All of its names, the shortest first. */
  readonly names: readonly string[];
  /** As `--help` shows it: `-c, --config <file>`. */
  readonly flags: string;
  readonly description: string;
  /** Undefined where it stands alone. */
  readonly value: Value | undefined;
  /** It may be given several times. */
  readonly repeats: boolean;
}

export interface ArgumentText {
  /** With its brackets: `<server>`, `[instance]`, `<file...>`. */
  readonly form: string;
  readonly description: string;
  readonly value: Value;
  readonly repeats: boolean;
}

/** What a word may be, as far as a shell can find it out. */
export type Value =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "file" | "folder" | "interface" | "any" }
  /** The running daemon is asked for them. */
  | { readonly kind: "names"; readonly of: NameKind };

export const NAME_KINDS = ["directors", "instances", "services", "servers"] as const;
export type NameKind = (typeof NAME_KINDS)[number];

export interface ProgramText {
  readonly name: string;
  readonly description: string;
  /** Before the command or behind it. */
  readonly options: readonly OptionText[];
  readonly commands: readonly CommandText[];
}

/** Hidden commands are left out, and so is what commander adds by itself for `help`. */
export function describe(program: Command): ProgramText {
  const help = program.createHelp();
  const commands = help.visibleCommands(program).filter((one) => one.name() !== "help");
  return {
    name: program.name(),
    description: program.description(),
    options: help.visibleOptions(program).map(optionText),
    commands: commands.map((command) => ({
      name: command.name(),
      description: command.description(),
      summary: command.description().split(";", 1).join(""),
      usage: help.commandUsage(command),
      options: help.visibleOptions(command).map(optionText),
      arguments: command.registeredArguments.map(argumentText),
    })),
  };
}

const optionText = (option: Option): OptionText => ({
  names: [option.short, option.long].filter((name) => name !== undefined),
  flags: option.flags,
  description: option.description,
  value: valueOf(option),
  repeats: option.variadic || option.parseArg?.length === 2,
});

function valueOf(option: Option): Value | undefined {
  if (!option.required && !option.optional) return undefined;
  const word = /[<[]([^>\]=[]+)/.exec(option.flags)?.[1] ?? "";
  return meaning(word === "name" ? (option.long ?? "") : word, option.argChoices);
}

const argumentText = (argument: Argument): ArgumentText => ({
  form: formOf(argument),
  description: argument.description,
  value: meaning(argument.name(), argument.argChoices),
  repeats: argument.variadic,
});

function formOf(argument: Argument): string {
  const word = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${word}>` : `[${word}]`;
}

/** By the placeholder; by the option where the placeholder is just a name. */
const MEANINGS: Readonly<Record<string, Value>> = {
  file: { kind: "file" },
  path: { kind: "file" },
  dir: { kind: "folder" },
  server: { kind: "names", of: "servers" },
  instance: { kind: "names", of: "instances" },
  "--service": { kind: "names", of: "services" },
  "--as": { kind: "names", of: "directors" },
  "--interface": { kind: "interface" },
};

const meaning = (word: string, choices: readonly string[] | undefined): Value =>
  choices ? { kind: "words", words: choices } : (MEANINGS[word] ?? { kind: "any" });

/** The command's own options, and the program's, each of them once. */
export function allOptions(program: ProgramText, command: CommandText): readonly OptionText[] {
  const own = new Set(command.options.map(({ flags }) => flags));
  return [...command.options, ...program.options.filter(({ flags }) => !own.has(flags))];
}
