/** What a command is. */

import type { OptionName } from './options.ts';
import type { Session } from './session.ts';

/** What commands are about, as the start page groups them. */
export const TOPICS = [
  'messages',
  'presence',
  'what goes on',
  'Windows and Samba',
  'the shell',
] as const;

export interface Command {
  readonly name: string;
  readonly topic: (typeof TOPICS)[number];
  /** What stands after its name, as the help shows it: `[…]` may be left out, `…` may be repeated. */
  readonly operands: readonly string[];
  /** What shells complete the first of them with. */
  readonly words?: readonly string[];
  /** A few words for the list of commands. */
  readonly summary: string;
  /** Some more for its own help. */
  readonly details: string;
  readonly examples: readonly string[];
  /** The options that are its own. */
  readonly options: readonly OptionName[];
  /** Goes on until it is ended, and being ended is no failure. */
  readonly lasting: boolean;
  /** Does it, until it is done or the session ends. */
  run(session: Session): Promise<void>;
}

const LASTING_OPTIONS: readonly OptionName[] = ['for', 'count'];

const COMMON_OPTIONS: readonly OptionName[] = [
  'json',
  'transport',
  'interface',
  'udp-port',
  'seed',
  'broadcast',
  'wins',
  'nats',
  'nats-creds',
  'domain',
  'computer',
  'help',
  'version',
];

/** Every option that a command takes, its own first. */
export function optionsOf({ options, lasting }: Command): readonly OptionName[] {
  return [...options, ...(lasting ? LASTING_OPTIONS : []), ...COMMON_OPTIONS];
}

/** A command with its operands, such as `listen NAME`. */
export function usageOf({ name, operands }: Command): string {
  return [name, ...operands].join(' ');
}
