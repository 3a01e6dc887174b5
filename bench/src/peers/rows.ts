/** The lines of the table. */

import type { ScenarioName } from './scenarios.ts';

export interface Row {
  readonly what: string;
  readonly scenario: ScenarioName;
  /** The name of it among the scenario's figures. */
  readonly figure: string;
  /** For amounts. */
  readonly unit?: string;
  /** The quantile that stands for many times. Default 0.5, the median. */
  readonly share?: number;
  /** What is demanded of ours, by the size of the group: a line for each. */
  readonly must: Readonly<Record<number, string>>;
}

const killed = '<= 1.5 s, lobby <= 0.8 s';
const cut = '<= 2.5 s, lobby <= 1.5 s';

export const ROWS: readonly Row[] = [
  {
    what: 'newcomer seen by the others',
    scenario: 'newcomer',
    figure: 'seen',
    must: { 1: '<= 10 ms', 10: '<= 10 ms', 50: '<= 10 ms' },
  },
  {
    what: 'newcomer has the full list',
    scenario: 'newcomer',
    figure: 'list',
    must: { 1: '<= 12 ms', 10: '<= 15 ms', 50: '<= 30 ms' },
  },
  {
    what: 'newcomer seen by the others, 20 % loss',
    scenario: 'newcomer-loss',
    figure: 'seen',
    must: { 10: '' },
  },
  {
    what: 'newcomer has the full list, 20 % loss',
    scenario: 'newcomer-loss',
    figure: 'list',
    must: { 10: '<= 50 ms, worst <= 1 s' },
  },
  {
    what: 'still listed 6 s after its goodbye, 20 % loss',
    scenario: 'newcomer-loss',
    figure: 'stillListed',
    must: { 10: '0' },
  },
  {
    what: 'goodbye seen',
    scenario: 'newcomer',
    figure: 'goodbye',
    must: { 1: '<= 5 ms', 10: '<= 5 ms', 50: '<= 5 ms' },
  },
  {
    what: 'changed info seen',
    scenario: 'newcomer',
    figure: 'changed',
    must: { 1: '<= 10 ms', 10: '<= 10 ms', 50: '<= 10 ms' },
  },
  {
    what: 'change reported as a departure',
    scenario: 'newcomer',
    figure: 'changedDowns',
    must: { 10: '0' },
  },
  {
    what: 'process killed, host alive',
    scenario: 'kill',
    figure: 'missed',
    must: { 2: killed, 10: killed, 50: '<= 3 s, lobby <= 0.8 s' },
  },
  { what: 'host cut off', scenario: 'cut', figure: 'missed', must: { 2: cut, 10: cut } },
  {
    what: 'process killed, 20 % loss, p95',
    scenario: 'kill-loss',
    figure: 'missed',
    share: 0.95,
    must: { 10: '<= 5 s' },
  },
  {
    what: 'host cut off, 20 % loss, p95',
    scenario: 'cut-loss',
    figure: 'missed',
    share: 0.95,
    must: { 10: '<= 7 s' },
  },
  {
    what: 'false downs per pair and hour, 20 % loss',
    scenario: 'false-downs',
    figure: 'falseDownsPerPairHour',
    must: { 10: '0' },
  },
  {
    what: 'watched for false downs',
    scenario: 'false-downs',
    figure: 'minutes',
    unit: 'min',
    must: { 10: '>= 20 min' },
  },
  {
    what: 'packets per peer and minute',
    scenario: 'steady',
    figure: 'packetsPerPeerMinute',
    must: { 10: '', 50: '' },
  },
  {
    what: 'bytes per peer and minute',
    scenario: 'steady',
    figure: 'bytesPerPeerMinute',
    must: { 10: '', 50: '' },
  },
  {
    what: 'whole LAN',
    scenario: 'steady',
    figure: 'lanKilobitsPerSecond',
    unit: 'kbit/s',
    must: { 10: '', 50: '<= 50 kbit/s' },
  },
  {
    what: 'CPU of all processes in 60 s',
    scenario: 'steady',
    figure: 'cpuSecondsPerMinute',
    unit: 's',
    must: { 10: '', 50: '<= 3 s' },
  },
  {
    what: 'memory of a peer (RSS)',
    scenario: 'steady',
    figure: 'residentMegabytesPerPeer',
    unit: 'MB',
    must: { 10: '', 50: '' },
  },
];
