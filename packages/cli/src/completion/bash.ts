/** Completion for bash 3.2 and later, with or without the package bash-completion. */

import { type Command, optionsOf } from '../command.ts';
import { OPTIONS } from '../options.ts';
import { valuedOptions } from './options.ts';

export function bashCompletion(commands: readonly Command[]): string {
  return `# mailslot completion bash
_mailslot() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command='' at
  for ((at = 1; at < COMP_CWORD; at++)); do
    case "\${COMP_WORDS[at]}" in
      ${commands.map(({ name }) => name).join('|')}) command=\${COMP_WORDS[at]}; break ;;
    esac
  done
  case "$before" in
${valuedOptions().map(valueCase).join('\n')}
  esac
  case "$command" in
${commands.map(commandCase).join('\n')}
    *) COMPREPLY=($(compgen -W '${names(commands)} help --help --version' -- "$word")) ;;
  esac
}
complete -F _mailslot mailslot`;
}

function valueCase({ flags, values }: ReturnType<typeof valuedOptions>[number]): string {
  const words = values === 'files' ? '-f' : `-W '${values.join(' ')}'`;
  // A value of which nothing is known is not completed with options.
  const reply = values.length === 0 ? '()' : `($(compgen ${words} -- "$word"))`;
  return `    ${flags.join('|')}) COMPREPLY=${reply}; return ;;`;
}

function commandCase(command: Command): string {
  const flags = optionsOf(command).flatMap((name) => {
    const { short } = OPTIONS[name];
    return short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
  });
  const words = [...(command.words ?? []), ...flags].join(' ');
  return `    ${command.name}) COMPREPLY=($(compgen -W '${words}' -- "$word")) ;;`;
}

function names(commands: readonly Command[]): string {
  return commands.map(({ name }) => name).join(' ');
}
