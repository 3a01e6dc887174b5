/** What the program says of itself. */

import { lineCells, twoColumns, wrap } from './columns.ts';
import { type Command, optionsOf, TOPICS, usageOf } from './command.ts';
import { OPTION_NAMES, type OptionName, OPTIONS } from './options.ts';
import type { Paint } from './paint.ts';

/** Where the help is shown. */
export interface Page {
  readonly paint: Paint;
  /** Cells of a line, if that is known. */
  readonly columns: number | undefined;
}

const ABOUT = 'Mailslots: named boxes for messages, on this computer and on the network around it.';

const STATUS =
  'Results go to standard output, notes to standard error. Exit status: 0 done, 1 failed, 2 wrong use. ' +
  'Ctrl-C ends a command in peace.';

/** What to try first, in this order. */
const FIRST_STEPS: readonly (readonly [string, string])[] = [
  ['mailslot listen lobby', 'a mailslot of this computer: leave it open'],
  ['mailslot send lobby hello', 'write to it, in another terminal'],
  ['mailslot announce tanks', 'be there, for all computers around'],
  ['mailslot peers tanks', 'who is there?'],
  ['mailslot dashboard', 'the network as a picture, in a browser'],
  ['mailslot doctor', 'why do I see nobody?'],
];

/** For whoever says nothing, and perhaps knows nothing yet. */
export function startPage(commands: readonly Command[], page: Page): string {
  const topics = TOPICS.map((topic) => {
    const names = commands.filter((command) => command.topic === topic).map(({ name }) => name);
    return [topic, names.join(', ')] as const;
  });
  return [
    paragraph(ABOUT, page),
    section('Try first', table(FIRST_STEPS, page), page),
    section('Commands', table(topics, page), page),
    paragraph('More: mailslot --help, and on one command: mailslot COMMAND --help.', page),
  ].join('\n\n');
}

/** Help on the whole program. */
export function programHelp(commands: readonly Command[], page: Page): string {
  const own = new Set(commands.flatMap(({ options }) => options));
  const common = OPTION_NAMES.filter((name) => !own.has(name));
  return [
    paragraph(ABOUT, page),
    section('Usage', '  mailslot COMMAND [OPTION…]', page),
    section('Commands', table(commands.map(commandRow), page), page),
    ...commands
      .filter(({ options }) => options.length > 0)
      .map(({ name, options }) => section(`Options of ${name}`, optionTable(options, page), page)),
    section('Options', optionTable(common, page), page),
    section('Examples', lines(commands.map(({ examples }) => examples[0]!)), page),
    paragraph(STATUS, page),
    paragraph('More on one command: mailslot COMMAND --help.', page),
  ].join('\n\n');
}

/** Help on one command. */
export function commandHelp(command: Command, page: Page): string {
  return [
    section('Usage', `  mailslot ${usageOf(command)} [OPTION…]`, page),
    paragraph(command.details, page),
    section('Options', optionTable(optionsOf(command), page), page),
    section('Examples', lines(command.examples), page),
  ].join('\n\n');
}

function section(title: string, body: string, { paint }: Page): string {
  return `${paint('bold', title)}\n${body}`;
}

function paragraph(text: string, page: Page): string {
  return wrap(text, lineCells(page.columns)).join('\n');
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `  ${text}`).join('\n');
}

function table(rows: readonly (readonly [string, string])[], page: Page): string {
  return twoColumns(rows, lineCells(page.columns));
}

function commandRow(command: Command): readonly [string, string] {
  return [usageOf(command), command.summary];
}

function optionTable(names: readonly OptionName[], page: Page): string {
  return table(
    names.map((name) => {
      const { short, placeholder, help } = OPTIONS[name];
      const letter = short === undefined ? '' : `-${short}, `;
      const value = placeholder === undefined ? '' : ` ${placeholder}`;
      return [`${letter}--${name}${value}`, help];
    }),
    page,
  );
}
