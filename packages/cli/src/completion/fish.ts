/** Completion for fish: `mailslot completion fish | source`, or a file `mailslot.fish` among its completions. */

import { type Command, optionsOf } from '../command.ts';
import { type OptionName, OPTIONS } from '../options.ts';

export function fishCompletion(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const none = `'not __fish_seen_subcommand_from ${names}'`;
  return [
    '# mailslot completion fish',
    'complete -c mailslot -f',
    ...commands.map(
      ({ name, summary }) => `complete -c mailslot -n ${none} -a ${name} -d ${quoted(summary)}`,
    ),
    ...commands.flatMap((command) => linesOf(command)),
  ].join('\n');
}

function linesOf(command: Command): string[] {
  const start = `complete -c mailslot -n '__fish_seen_subcommand_from ${command.name}'`;
  const words = command.words === undefined ? [] : [`${start} -a '${command.words.join(' ')}'`];
  return [...words, ...optionsOf(command).map((name) => `${start} ${optionWords(name)}`)];
}

function optionWords(name: OptionName): string {
  const { short, placeholder, help, values = [] } = OPTIONS[name];
  return [
    `-l ${name}`,
    ...(short === undefined ? [] : [`-s ${short}`]),
    ...(placeholder === undefined ? [] : [values === 'files' ? '-r -F' : '-x']),
    ...(values === 'files' || values.length === 0 ? [] : [`-a '${values.join(' ')}'`]),
    `-d ${quoted(help)}`,
  ].join(' ');
}

/** Within single quotes fish knows two escapes. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
