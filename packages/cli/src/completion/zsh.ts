/** Completion for zsh: `source <(mailslot completion zsh)`, or a file `_mailslot` in the `fpath`. */

import { type Command, optionsOf } from '../command.ts';
import { type OptionName, OPTIONS } from '../options.ts';

export function zshCompletion(commands: readonly Command[]): string {
  const list = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  return `#compdef mailslot
# mailslot completion zsh
_mailslot() {
  local -a commands=(
${list.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${commands.map(commandCase).join('\n')}
  esac
}
if [[ $funcstack[1] == _mailslot ]]; then _mailslot "$@"; else compdef _mailslot mailslot; fi`;
}

function commandCase(command: Command): string {
  const specs = optionsOf(command).flatMap(optionSpecs);
  const operands = command.words === undefined ? ' ' : `(${command.words.join(' ')})`;
  const takesWords = command.operands.length > 0;
  const all = [...specs, ...(takesWords ? [quoted(`*:${command.operands[0]}:${operands}`)] : [])];
  return `    ${command.name}) _arguments ${all.join(' ')} ;;`;
}

/** `'*--name[what it is]:VALUE:(a b)'`: the star lets it be repeated. */
function optionSpecs(name: OptionName): string[] {
  const { short, placeholder, help, values = [] } = OPTIONS[name];
  const words = help.replace(/[[\]:\\]/g, '\\$&');
  const choices = values === 'files' ? '_files' : values.length > 0 ? `(${values.join(' ')})` : ' ';
  const value = placeholder === undefined ? '' : `:${placeholder.replace(/[:|]/g, ' ')}:${choices}`;
  return [`--${name}`, ...(short === undefined ? [] : [`-${short}`])].map((flag) =>
    quoted(`*${flag}[${words}]${value}`),
  );
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
