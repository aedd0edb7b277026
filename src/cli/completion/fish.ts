/** Completion for fish: one line a command, an option or an argument. */
import type { CommandText, OptionText, ProgramText, Value } from "../describe.ts";

const HEAD = `# fish completion for %n, made by \`%n completion fish\`

function __fish_%n_no_command
  not __fish_seen_subcommand_from %c
end

complete -c %n -f
`;

export function fishCompletion({ name, commands, options }: ProgramText): string {
  const none = `__fish_${name}_no_command`;
  const names = commands.map((one) => one.name).join(" ");
  const lines = [
    ...options.map((option) => optionLine(name, option)),
    ...commands.map((one) => `${head(name, none)} -a ${one.name} -d ${quoted(one.summary)}`),
    ...commands.flatMap((command) => commandLines(name, command)),
  ];
  return `${HEAD.replaceAll("%n", name).replace("%c", names)}${lines.join("\n")}\n`;
}

function commandLines(name: string, command: CommandText): readonly string[] {
  const seen = `__fish_seen_subcommand_from ${command.name}`;
  return [
    ...command.options
      .filter(({ names }) => !names.includes("--help"))
      .map((option) => optionLine(name, option, seen)),
    ...command.arguments.map(
      ({ value, description }) =>
        `${head(name, seen)} ${wordsOf(name, value)} -d ${quoted(description)}`,
    ),
  ];
}

const head = (name: string, condition: string | undefined): string =>
  `complete -c ${name}${condition === undefined ? "" : ` -n ${quoted(condition)}`}`;

function optionLine(name: string, option: OptionText, condition?: string): string {
  const names = option.names.map((one) =>
    one.startsWith("--") ? `-l ${one.slice(2)}` : `-s ${one.slice(1)}`,
  );
  const value = option.value ? `${required(option.value)} ${wordsOf(name, option.value)}` : "";
  const words = [head(name, condition), ...names, value.trim(), "-d", quoted(option.description)];
  return words.filter((word) => word !== "").join(" ");
}

/** -x: and no file beside it. */
const required = ({ kind }: Value): string => (kind === "file" ? "-r" : "-x");

function wordsOf(name: string, value: Value): string {
  switch (value.kind) {
    case "words":
      return `-a ${quoted(value.words.join(" "))}`;
    case "names":
      return `-a ${quoted(`(${name} names ${value.of} 2>/dev/null)`)}`;
    case "file":
      return "-F";
    case "folder":
      return `-a ${quoted("(__fish_complete_directories)")}`;
    case "interface":
      return `-a ${quoted("(__fish_print_interfaces)")}`;
    case "any":
      return "";
  }
}

const quoted = (text: string): string =>
  `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
