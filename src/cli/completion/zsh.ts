/** Completion for zsh, on top of _arguments. */
import {
  type ArgumentText,
  allOptions,
  type CommandText,
  type OptionText,
  type ProgramText,
  type Value,
} from "../describe.ts";

const FRAME = `#compdef %n
# zsh completion for %n, made by \`%n completion zsh\`

_%n_names() {
  local -a found
  found=(\${(f)"$(%n names $@[-1] 2>/dev/null)"})
  compadd "\${@[1,-2]}" -a found
}

_%n_commands() {
  local -a commands
  commands=(
%c
  )
  _describe command commands
}

_%n() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  _arguments -C \\
%g
    '1:command:_%n_commands' \\
    '*::argument:->argument' && return
  [[ $state == argument ]] || return
  case $line[1] in
%b
  esac
}

# Loaded by name from fpath, or sourced as a whole.
if [[ $funcstack[1] == _%n ]]; then _%n "$@"; else compdef _%n %n; fi
`;

export function zshCompletion(program: ProgramText): string {
  const { name, commands, options } = program;
  const list = commands.map((one) => `    '${one.name}:${escaped(one.summary)}'`);
  return FRAME.replaceAll("%n", name)
    .replace("%c", () => list.join("\n"))
    .replace("%g", () => options.map((one) => `    ${optionSpec(one, name)} \\`).join("\n"))
    .replace("%b", () => commands.map((one) => branch(one, program)).join("\n"));
}

function branch(command: CommandText, program: ProgramText): string {
  const specs = [
    ...allOptions(program, command).map((option) => optionSpec(option, program.name)),
    ...command.arguments.map((argument) => argumentSpec(argument, program.name)),
  ];
  const lines = specs.map((spec) => `        ${spec}`).join(" \\\n");
  return `    ${command.name})\n      _arguments \\\n${lines}\n      ;;`;
}

/** `'(-c --config)'{-c,--config}'[text]:file:_files'` */
function optionSpec({ names, description, value, repeats }: OptionText, program: string): string {
  const rest = `'[${escaped(description)}]${value ? `:value:${action(value, program)}` : ""}'`;
  if (names.length > 1) return `'(${names.join(" ")})'{${names.join(",")}}${rest}`;
  return `${repeats ? "'*'" : ""}${names.join("")}${rest}`;
}

function argumentSpec({ form, value, repeats }: ArgumentText, program: string): string {
  const word = form.replaceAll(/[<>[\].]/g, "");
  const colons = form.startsWith("[") ? "::" : ":";
  return `'${repeats ? "*" : ""}${repeats ? ":" : colons}${word}:${action(value, program)}'`;
}

function action(value: Value, program: string): string {
  switch (value.kind) {
    case "words":
      return `(${value.words.join(" ")})`;
    case "names":
      return `_${program}_names ${value.of}`;
    case "file":
      return "_files";
    case "folder":
      return "_files -/";
    case "interface":
      return "_net_interfaces";
    case "any":
      return " ";
  }
}

/** For a description within single quotes. */
const escaped = (text: string): string =>
  text.replaceAll(/[\\[\]:]/g, "\\$&").replaceAll("'", "'\\''");
