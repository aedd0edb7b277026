/** Completion for bash, by itself: bash-completion only has to load the file. */
import {
  allOptions,
  type CommandText,
  type OptionText,
  type ProgramText,
  type Value,
} from "../describe.ts";

/** Words have to be split by hand: readline breaks ADDRESS:PORT at its colon. */
const FRAME = `# bash completion for %n, made by \`%n completion bash\`

_%n() {
  local line=\${COMP_LINE:0:COMP_POINT} cur= command= takes= word at count given=0
  local -a words=()
  COMPREPLY=()
  read -ra words <<<"$line"
  count=\${#words[@]}
  if [[ $line != *[[:space:]] ]]; then
    cur=\${words[count - 1]}
    count=$((count - 1))
  fi
  for ((at = 1; at < count; at++)); do
    word=\${words[at]}
    if [[ -n $takes ]]; then
      takes=
    elif [[ $word == -* ]]; then
      _%n_option "$command" "$word"
    elif [[ -z $command ]]; then
      command=$word
    else
      given=$((given + 1))
    fi
  done
  if [[ -n $takes ]]; then
    _%n_values "$takes"
  elif [[ $cur == -* ]]; then
    _%n_values "words $(_%n_options "$command")"
  elif [[ -z $command ]]; then
    _%n_values "words %c"
  else
    _%n_argument "$command" "$given"
    [[ -z $takes ]] || _%n_values "$takes"
  fi
}

_%n_values() {
  local kind=\${1%% *} list=\${1#* } colon
  case $kind in
    file) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    folder) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    interface) list=$(cd /sys/class/net 2>/dev/null && echo *) ;;
    names) list=$(%n names "$list" 2>/dev/null) ;;
  esac
  case $kind in
    interface | names | words) mapfile -t COMPREPLY < <(compgen -W "$list" -- "$cur") ;;
  esac
  if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
    colon=\${cur%"\${cur##*:}"}
    COMPREPLY=("\${COMPREPLY[@]#"$colon"}")
  fi
}
`;

const BRANCHES = `
# What follows an option, into takes.
_%n_option() {
  case "$1 $2" in
%o
  esac
}

# What stands at a place behind a command, into takes.
_%n_argument() {
  case "$1 $2" in
%a
  esac
}

_%n_options() {
  case $1 in
%l
  esac
}

complete -F _%n %n
`;

export function bashCompletion(program: ProgramText): string {
  const { name, commands, options } = program;
  const taking = [
    ...options.flatMap((option) => optionBranch("*", option)),
    ...commands.flatMap((command) =>
      command.options.flatMap((option) => optionBranch(command.name, option)),
    ),
  ];
  const listing = [
    ...commands.map((one) => `    ${one.name}) echo '${namesOf(allOptions(program, one))}' ;;`),
    `    *) echo '${namesOf(options)}' ;;`,
  ];
  return `${FRAME}${BRANCHES}`
    .replaceAll("%n", name)
    .replace("%c", commands.map((one) => one.name).join(" "))
    .replace("%o", taking.join("\n"))
    .replace("%a", commands.flatMap(argumentBranches).join("\n"))
    .replace("%l", listing.join("\n"));
}

const namesOf = (options: readonly OptionText[]): string =>
  options.flatMap(({ names }) => names).join(" ");

/** `"drain --for") takes="any" ;;` */
function optionBranch(command: string, { names, value }: OptionText): readonly string[] {
  if (value === undefined) return [];
  const owner = command === "*" ? "*" : `"${command}`;
  const patterns = names.map((one) => (command === "*" ? `${owner}" ${one}"` : `${owner} ${one}"`));
  return [`    ${patterns.join(" | ")}) takes=${quoted(value)} ;;`];
}

const argumentBranches = (command: CommandText): readonly string[] =>
  command.arguments.map(({ value, repeats }, index) => {
    const place = repeats ? `"${command.name} "*` : `"${command.name} ${index}"`;
    return `    ${place}) takes=${quoted(value)} ;;`;
  });

function quoted(value: Value): string {
  if (value.kind === "words") return `'words ${value.words.join(" ")}'`;
  return value.kind === "names" ? `'names ${value.of}'` : value.kind;
}
