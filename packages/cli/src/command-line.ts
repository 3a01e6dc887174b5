/** From the words of a command line to what is to be done. */

import { parseArgs } from 'node:util';

import { type Command, optionsOf, usageOf } from './command.ts';
import { isOptionName, OPTION_NAMES, type OptionName, OPTIONS, type Options } from './options.ts';
import { UsageError } from './usage-error.ts';

export type Request =
  /** Nothing at all was said. */
  | { readonly kind: 'start' }
  | {
      readonly kind: 'run';
      readonly command: Command;
      readonly operands: readonly string[];
      readonly options: Options;
    }
  /** For one command, or for the program. */
  | { readonly kind: 'help'; readonly command: Command | undefined }
  | { readonly kind: 'version' };

type Given = ReadonlyMap<OptionName, readonly string[]>;

/** Reads a command line, options and operands in any order. Throws a {@link UsageError} that says what is wrong. */
export function parseCommandLine(argv: readonly string[], commands: readonly Command[]): Request {
  if (argv.length === 0) return { kind: 'start' };
  const { words, given } = split(argv);
  const asked = words[0] === 'help';
  const [name, ...operands] = asked ? words.slice(1) : words;
  const command = name === undefined ? undefined : find(name, commands);
  if (asked || given.has('help')) return { kind: 'help', command };
  if (given.has('version')) return { kind: 'version' };
  if (command === undefined) {
    throw new UsageError(`Say what to do: ${namesOf(commands)}.`);
  }
  checkOptions(given, command);
  checkOperands(operands, command);
  return { kind: 'run', command, operands, options: readOptions(given) };
}

/** Takes options and their values out of the words. */
function split(argv: readonly string[]): { words: readonly string[]; given: Given } {
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(OPTION_NAMES.map((name) => [name, syntaxOf(name)])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const words: string[] = [];
  const given = new Map<OptionName, string[]>();
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    if (!isOptionName(name)) {
      throw new UsageError(
        `There is no option ${rawName}. Put -- before words that begin with a dash.`,
      );
    }
    const { placeholder } = OPTIONS[name];
    if (placeholder === undefined && value !== undefined) {
      throw new UsageError(`--${name} takes no value.`);
    }
    // A dash alone is standard input.
    const isOption = value !== '-' && value?.startsWith('-') === true;
    const missing = value === undefined || (!inlineValue && isOption);
    if (placeholder !== undefined && missing) {
      throw new UsageError(`--${name} needs a value: --${name} ${placeholder}.`);
    }
    given.set(name, [...(given.get(name) ?? []), value ?? '']);
  }
  return { words, given };
}

/** An entry of the table as `parseArgs` wants it. */
function syntaxOf(name: OptionName): { type: 'boolean' | 'string'; short?: string } {
  const { short, placeholder } = OPTIONS[name];
  return {
    type: placeholder === undefined ? 'boolean' : 'string',
    ...(short !== undefined && { short }),
  };
}

function find(name: string, commands: readonly Command[]): Command {
  const command = commands.find((each) => each.name === name);
  if (command !== undefined) return command;
  throw new UsageError(
    `There is no command ${JSON.stringify(name)}; there are ${namesOf(commands)}.`,
  );
}

function namesOf(commands: readonly Command[]): string {
  return commands.map(({ name }) => name).join(', ');
}

function checkOptions(given: Given, command: Command): void {
  const taken = optionsOf(command);
  for (const name of given.keys()) {
    if (!taken.includes(name)) throw new UsageError(`${command.name} takes no option --${name}.`);
  }
}

function readOptions(given: Given): Options {
  const values = OPTION_NAMES.map((name) => [
    name,
    OPTIONS[name].read(given.get(name) ?? [], name),
  ]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table has every option, each of its own type
  return Object.fromEntries(values) as Options;
}

function checkOperands(words: readonly string[], command: Command): void {
  const { name, operands } = command;
  const missing = operands.slice(words.length).find((operand) => !operand.startsWith('['));
  if (missing !== undefined) throw new UsageError(`${name} needs ${missing}.`);
  const surplus = words[operands.length];
  if (surplus === undefined || operands.at(-1)?.includes('…')) return;
  throw new UsageError(
    `${JSON.stringify(surplus)} is one word too many for mailslot ${usageOf(command)}.`,
  );
}
