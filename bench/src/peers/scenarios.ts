/** What is measured of each system, and in groups of which sizes. */

import { crashes } from './crashes.ts';
import { falseDowns } from './false-downs.ts';
import type { Figures } from './figure.ts';
import { newcomers } from './newcomers.ts';
import { steady } from './steady.ts';
import type { SystemName } from './systems.ts';

const LOSS_PERCENT = 20;

/** Groups from this size on take long to form, and give many figures each time. */
const LARGE_GROUP = 50;

export interface Options {
  /** How long to look for false downs. */
  readonly minutes: number;
}

interface Scenario {
  readonly hosts: readonly number[];
  readonly run: (system: SystemName, hosts: number, options: Options) => Promise<Figures>;
}

const repeats = (hosts: number): number => (hosts < LARGE_GROUP ? 6 : 3);

export const SCENARIO_NAMES = [
  'newcomer',
  'newcomer-loss',
  'kill',
  'cut',
  'kill-loss',
  'cut-loss',
  'steady',
  'false-downs',
] as const;

export type ScenarioName = (typeof SCENARIO_NAMES)[number];

const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = {
  newcomer: {
    hosts: [1, 10, 50],
    run: (system, hosts) => newcomers(system, hosts, { visits: repeats(hosts) }),
  },
  'newcomer-loss': {
    hosts: [10],
    run: (system, hosts) => newcomers(system, hosts, { visits: 6, lossPercent: LOSS_PERCENT }),
  },
  kill: {
    hosts: [2, 10, 50],
    run: (system, hosts) => crashes(system, hosts, { how: 'kill', victims: repeats(hosts) }),
  },
  cut: {
    hosts: [2, 10],
    run: (system, hosts) => crashes(system, hosts, { how: 'cut', victims: repeats(hosts) }),
  },
  'kill-loss': {
    hosts: [10],
    run: (system, hosts) =>
      crashes(system, hosts, { how: 'kill', victims: 6, lossPercent: LOSS_PERCENT }),
  },
  'cut-loss': {
    hosts: [10],
    run: (system, hosts) =>
      crashes(system, hosts, { how: 'cut', victims: 6, lossPercent: LOSS_PERCENT }),
  },
  steady: { hosts: [10, 50], run: steady },
  'false-downs': {
    hosts: [10],
    run: (system, hosts, { minutes }) =>
      falseDowns(system, hosts, { lossPercent: LOSS_PERCENT, minutes }),
  },
};

/** The group sizes that the table has rows for. */
export function hostsOf(name: ScenarioName): readonly number[] {
  return SCENARIOS[name].hosts;
}

export const GROUP_SIZES: readonly number[] = Array.from(
  new Set(Object.values(SCENARIOS).flatMap(({ hosts }) => hosts)),
).toSorted((a, b) => a - b);

export function runScenario(
  name: ScenarioName,
  system: SystemName,
  hosts: number,
  options: Options,
): Promise<Figures> {
  return SCENARIOS[name].run(system, hosts, options);
}
