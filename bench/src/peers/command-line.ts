/** What the program is asked for. */

import { parseArgs } from 'node:util';

import { GROUP_SIZES, SCENARIO_NAMES, type ScenarioName } from './scenarios.ts';
import { SYSTEM_NAMES, type SystemName } from './systems.ts';

export const USAGE = `npx pnpm bench:peers [system…] [options]       needs Linux, root, ip, nft and tcpdump

  --scenario NAME   what to measure, repeatable      (default: all)
  --n COUNT         how many peers, repeatable       (default: all)
  --minutes COUNT   how long to look for false downs (default: 20)
  --json FILE       keeps results there; the table shows those that it had before, too
  --table           measures nothing

systems:   ${SYSTEM_NAMES.join(' ')}
scenarios: ${SCENARIO_NAMES.join(' ')}
counts:    ${GROUP_SIZES.join(' ')}
`;

/** What to measure, and where to keep it. */
export interface Request {
  readonly systems: readonly SystemName[];
  readonly scenarios: readonly ScenarioName[];
  /** Sizes of groups. */
  readonly hosts: readonly number[];
  readonly minutes: number;
  readonly file: string | undefined;
}

/** Throws a `TypeError` or `RangeError` that says what is wrong. */
export function parseCommandLine(args: readonly string[]): Request {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      scenario: { type: 'string', multiple: true },
      n: { type: 'string', multiple: true },
      minutes: { type: 'string', default: '20' },
      json: { type: 'string' },
      table: { type: 'boolean', default: false },
    },
  });
  return {
    systems: values.table ? [] : choose('system', positionals, SYSTEM_NAMES),
    scenarios: choose('scenario', values.scenario ?? [], SCENARIO_NAMES),
    hosts: choose('group of', (values.n ?? []).map(Number), GROUP_SIZES),
    minutes: minutesOf(values.minutes),
    file: values.json,
  };
}

/** Those that were named, or all. */
function choose<Choice extends string | number>(
  what: string,
  wanted: readonly (string | number)[],
  choices: readonly Choice[],
): readonly Choice[] {
  const unknown = wanted.find((one) => !choices.some((choice) => choice === one));
  if (unknown !== undefined) {
    throw new RangeError(`There is no ${what} ${unknown}; there are ${choices.join(', ')}.`);
  }
  return wanted.length === 0 ? choices : choices.filter((choice) => wanted.includes(choice));
}

function minutesOf(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new RangeError(`--minutes is ${text}; it takes a number.`);
  return Number(text);
}
