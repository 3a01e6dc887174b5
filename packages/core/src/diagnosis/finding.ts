/** What an examination finds. */

/** What is looked at, in this order. docs/doctor.md has a section on each. */
export const CHECKS = [
  'interfaces',
  'environment',
  'local',
  'classic-ports',
  'port',
  'join',
  'send',
  'firewall',
  'multicast',
  'broadcast',
  'route',
  'programs',
  'peers',
  'network',
  'multicast-out',
  'multicast-in',
  'unicast',
  'domain',
  'seeds',
] as const;

export type Check = (typeof CHECKS)[number];

export interface Finding {
  readonly check: Check;
  /** True: as it should be. False: something is wrong. Null: it cannot be told, or only you can judge it. */
  readonly ok: boolean | null;
  /** The interface it is about. */
  readonly interface?: string;
  /** What was seen. */
  readonly detail: string;
  /** What that means; absent where all is well. */
  readonly meaning?: string;
  /** What to do. */
  readonly advice?: string;
}

/** What a finding is about: a check, of one interface or of all. */
export interface Subject {
  readonly check: Check;
  readonly interface?: string;
}

/** What it means, and what to do. */
export interface Remedy {
  readonly meaning: string;
  readonly advice?: string;
}

export function fine(subject: Subject, detail: string): Finding {
  return { ...subject, ok: true, detail };
}

export function wrong(subject: Subject, detail: string, remedy: Required<Remedy>): Finding {
  return { ...subject, ok: false, detail, ...remedy };
}

export function unclear(subject: Subject, detail: string, remedy?: Remedy): Finding {
  return { ...subject, ok: null, detail, ...remedy };
}
