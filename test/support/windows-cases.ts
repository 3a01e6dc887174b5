/** The recorded behaviour of Windows' mailslots, as cases that can be run. */

import { inspect, isDeepStrictEqual } from 'node:util';

export interface WindowsCase {
  readonly id: string;
  readonly steps: readonly Step[];
}

export interface Step {
  readonly op: string;
  readonly args: Args;
  readonly expect: Expectation;
}

/** What a step is given. `as` names what it makes, `h` the handle that it uses. */
export interface Args {
  readonly as?: string;
  readonly h?: string;
  readonly name?: string;
  readonly max?: number;
  readonly timeout?: number;
  /** The size of the read buffer, in bytes. */
  readonly buf?: number;
  readonly text?: string;
  readonly size?: number;
  readonly seed?: number;
  readonly repeat?: number;
  /** Milliseconds before a write in the background. */
  readonly delay?: number;
  readonly ms?: number;
  readonly waitms?: number;
  readonly n?: number;
  readonly cmd?: string;
  /** A child's arguments, separated by a space. */
  readonly rest?: string;
}

interface Expectation {
  /** The error a step ends with; it succeeds if there is none. */
  readonly errorCode?: string;
  /** Only what must match. */
  readonly value?: Values;
  /** Other outcomes that are as good: an error, or `ok`. */
  readonly alternatives?: readonly string[];
  readonly minMs?: number;
  readonly maxMs?: number;
}

export type Values = Readonly<Record<string, unknown>>;

/** How a step ended. */
export interface Outcome {
  readonly errorCode?: string;
  readonly message?: string;
  readonly value: Values;
  /** How long the call took, in milliseconds. */
  readonly ms: number;
}

/** What Windows writes for "for ever" and for "no message". */
export const FOREVER = 0xffffffff;

/** The bytes of a payload that is given by its size and a seed. */
export function payload(size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = i * 31 + (i >> 8) * 7 + seed;
  return bytes;
}

/** A step that went another way than the case has it. */
export interface Deviation {
  readonly step: string;
  /** An error, `ok`, or the part of the value that differs. */
  readonly expected: string;
  readonly actual: string;
  /** What the error says. */
  readonly message: string | undefined;
}

/** How an outcome differs from what was expected; undefined if it conforms. */
export function deviationOf({ op, args, expect }: Step, outcome: Outcome): Deviation | undefined {
  const difference = differenceOf(expect, outcome);
  if (difference === undefined) return undefined;
  const [expected, actual] = difference;
  return { step: `${op} ${JSON.stringify(args)}`, expected, actual, message: outcome.message };
}

function differenceOf(expect: Expectation, outcome: Outcome): [string, string] | undefined {
  const { errorCode = 'ok', alternatives = [], value = {}, minMs = 0, maxMs = Infinity } = expect;
  const code = outcome.errorCode ?? 'ok';
  if (code !== errorCode) return alternatives.includes(code) ? undefined : [errorCode, code];
  for (const [key, expected] of Object.entries(value)) {
    const actual = outcome.value[key];
    if (!isDeepStrictEqual(actual, expected)) return [show(expected), show(actual)];
  }
  if (outcome.ms >= minMs && outcome.ms <= maxMs) return undefined;
  return [`${minMs} to ${maxMs} ms`, `${outcome.ms} ms`];
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value);
}

/** Whether a case goes on from another state: the step succeeded where the case has it fail, or the reverse. */
export function leadsElsewhere({ expect }: Step, outcome: Outcome): boolean {
  return (expect.errorCode === undefined) !== (outcome.errorCode === undefined);
}
