/** The manual pages of the program and of its commands, as `--help` has them. */
import { usage } from "../../ipvsadm/usage.ts";
import type { ArgumentText, CommandText, OptionText, ProgramText } from "../describe.ts";
import {
  ENVIRONMENT,
  EXIT_CODES,
  EXIT_OF,
  EXIT_OF_OTHERS,
  FILES,
  INTRODUCTION,
  SIGNALS,
} from "./prose.ts";
import {
  bold,
  heading,
  literal,
  type PageHead,
  page,
  paragraph,
  prose,
  references,
  tagged,
  title,
  verbatim,
} from "./roff.ts";

export type Issue = Pick<PageHead, "version" | "date">;

export function programPage(program: ProgramText, issue: Issue): string {
  const { name, description, options, commands } = program;
  const pairs = (rows: Readonly<Record<string, string>>): readonly string[] =>
    Object.entries(rows).map(([tag, text]) => tagged(bold(tag), text));
  return page(
    title({ name, section: 8, ...issue }),
    heading("NAME"),
    `${literal(name)} \\- ${prose(description.replace(/\.$/, ""))}`,
    heading("SYNOPSIS"),
    `${bold(name)} [options] ${italic("command")} ...`,
    heading("DESCRIPTION"),
    ...INTRODUCTION.map(paragraph),
    heading("COMMANDS"),
    ...commands.map((one) =>
      tagged(`${bold(`${name}-${one.name}`)}(8)`, sentence(one.description)),
    ),
    heading("OPTIONS"),
    paragraph("They stand before the command or behind it."),
    ...options.map(optionEntry),
    heading('"EXIT STATUS"'),
    ...pairs(EXIT_CODES),
    heading("SIGNALS"),
    paragraph(`What \`${name} run\` does at a signal:`),
    ...pairs(SIGNALS),
    heading("ENVIRONMENT"),
    ...pairs(ENVIRONMENT),
    heading("FILES"),
    ...pairs(FILES),
    heading('"SEE ALSO"'),
    references([`${name}.yaml(5)`, "ipvsadm(8)", "ip(8)", "systemctl(1)"]),
  );
}

export function commandPage(program: ProgramText, command: CommandText, issue: Issue): string {
  const full = `${program.name}-${command.name}`;
  return page(
    title({ name: full, section: 8, ...issue }),
    heading("NAME"),
    `${literal(full)} \\- ${prose(command.summary)}`,
    heading("SYNOPSIS"),
    synopsis(command),
    heading("DESCRIPTION"),
    paragraph(sentence(command.description)),
    ...(command.arguments.length > 0
      ? [heading("ARGUMENTS"), ...command.arguments.map(argumentEntry)]
      : []),
    heading("OPTIONS"),
    ...command.options.map(optionEntry),
    paragraph("Options of every command:"),
    ...program.options.filter(({ names }) => !names.includes("--help")).map(optionEntry),
    ...(command.name === "ipvsadm" ? ipvsadmWords() : []),
    heading('"EXIT STATUS"'),
    paragraph(EXIT_OF[command.name] ?? EXIT_OF_OTHERS),
    heading('"SEE ALSO"'),
    references([`${program.name}(8)`, `${program.name}.yaml(5)`]),
  );
}

function ipvsadmWords(): readonly string[] {
  return [heading("WORDS"), verbatim(usage("baton ipvsadm").replace(/^.*\n/, ""))];
}

const italic = (text: string): string => `\\fI${literal(text)}\\fR`;

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;

/** The usage of `--help` with its first word bold. */
const synopsis = ({ usage: line }: CommandText): string => {
  const [, words = "", rest = ""] = /^(\S+(?: \[options\])? \S+)(.*)$/.exec(line) ?? [];
  return `${bold(words)}${literal(rest)}`;
};

function optionEntry({ flags, description, value, repeats }: OptionText): string {
  const [, names = "", rest = ""] = /^(.*?)( ?[<[].*)?$/.exec(flags) ?? [];
  const choices = value?.kind === "words" ? ` One of: ${value.words.join(", ")}.` : "";
  const again = repeats ? " It may be given several times." : "";
  return tagged(`${bold(names)}${italic(rest)}`, `${sentence(description)}${choices}${again}`);
}

function argumentEntry({ form, description, value }: ArgumentText): string {
  const choices = value.kind === "words" ? ` One of: ${value.words.join(", ")}.` : "";
  return tagged(italic(form), `${sentence(description)}${choices}`);
}
