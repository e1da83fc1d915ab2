import { join } from 'node:path';
import { EXIT, UsageError, type Command } from './command.ts';
import { EVERYWHERE } from './help.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

const optionsOf = ({ options = {} }: Command) => Object.entries({ ...options, ...EVERYWHERE });
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function bash(commands: readonly Command[]): string {
  const values = commands.flatMap((one) =>
    optionsOf(one).flatMap(([name, { value, known = [] }]) =>
      value === undefined ? [] : [`    ${one.name}/--${name}) words=${quoted(known.join(' '))} ;;`],
    ),
  );
  const cases = commands.map((one) => {
    const options = optionsOf(one).map(([name]) => `--${name}`);
    return `    ${one.name}) words=${quoted(options.join(' '))}; [ "$COMP_CWORD" -eq 2 ] && words=${quoted([...(one.verbs ?? []), ...options].join(' '))} ;;`;
  });
  return `# rag completion bash > ~/.local/share/bash-completion/completions/rag
_rag() {
  local words=${quoted(commands.map(({ name }) => name).join(' '))}
  [ "$COMP_CWORD" -gt 1 ] && case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    *) words='' ;;
  esac
  [ "$COMP_CWORD" -gt 2 ] && case "\${COMP_WORDS[1]}/\${COMP_WORDS[COMP_CWORD-1]}" in
${values.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _rag rag`;
}

function zsh(commands: readonly Command[]): string {
  const described = (name: string, help: string) => quoted(`${name.replaceAll(':', '\\:')}:${help}`);
  const cases = commands.map((one) => {
    const options = optionsOf(one).map(([name, { help }]) => described(`--${name}`, help));
    const values = optionsOf(one).flatMap(([name, { known }]) =>
      known === undefined
        ? []
        : [`      [[ \${words[CURRENT-1]} == --${name} ]] && found=(${known.map((value) => described(value, name)).join(' ')})`],
    );
    const verbs = (one.verbs ?? []).map((verb) => described(verb, one.name));
    return `    ${one.name})\n      found=(${options.join(' ')})\n      (( CURRENT == 3 )) && found+=(${verbs.join(' ')})\n${values.map((line) => `${line}\n`).join('')}      ;;`;
  });
  return `#compdef rag
# rag completion zsh > a folder of your fpath, as _rag
_rag() {
  local -a found
  if (( CURRENT == 2 )); then
    found=(${commands.map(({ name, summary }) => described(name, summary)).join(' ')})
    _describe command found
    return
  fi
  case \${words[2]} in
${cases.join('\n')}
  esac
  _describe option found
  _files
}
_rag "$@"`;
}

function fish(commands: readonly Command[]): string {
  const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = commands.flatMap((one) => {
    const seen = `complete -c rag -n '__fish_seen_subcommand_from ${one.name}'`;
    return [
      `complete -c rag -n __fish_use_subcommand -f -a ${one.name} -d ${quote(one.summary)}`,
      ...(one.verbs === undefined ? [] : [`${seen} -f -a ${quote(one.verbs.join(' '))}`]),
      ...optionsOf(one).map(
        ([name, { value, known, help }]) =>
          `${seen} -l ${name}${value === undefined ? '' : ' -r'}${known === undefined ? '' : ` -f -a ${quote(known.join(' '))}`} -d ${quote(help)}`,
      ),
    ];
  });
  return ['# rag completion fish > ~/.config/fish/completions/rag.fish', ...lines].join('\n');
}

/** Prints what a shell needs to complete `rag`, made from the commands themselves. */
export function completion(commands: () => readonly Command[]): Command {
  return {
    name: 'completion',
    synopsis: '<bash|zsh|fish>',
    summary: 'prints what a shell needs to complete these commands',
    example: 'completion bash > ~/.local/share/bash-completion/completions/rag',
    verbs: SHELLS,
    notes: ({ isScript, home, script }) =>
      !isScript
        ? ''
        : `A shell completes the word rag. In a clone, give it that name; it works in any folder, with the key of ${join(home, '.env')}:
  alias rag='${process.execPath} --disable-warning=ExperimentalWarning ${script}'`,
    async run({ words: [given, ...more], at }) {
      const shell = SHELLS.find((one) => one === given);
      if (shell === undefined || more.length > 0) throw new UsageError(`Name your shell: ${SHELLS.join(', ')}.`);
      at.stdout.write(`${{ bash, zsh, fish }[shell](commands())}\n`);
      return EXIT.done;
    },
  };
}
