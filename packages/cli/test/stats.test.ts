import { describe, expect, test } from 'vitest';

import { StatsMeter } from '../src/stats/stats-meter.ts';
import { Office } from './support/office.ts';

describe('monitor --stats', () => {
  test('shows every second what each transport and interface carries', async () => {
    const office = new Office();
    const monitor = await office.begin(['monitor', '--stats', '--count', '4']);
    await office.end(office.start(['send', '\\\\*\\mailslot\\lobby', 'hello']));
    expect(await office.end(monitor)).toBe(0);
    expect(monitor.lines).toEqual([
      expect.stringMatching(
        /^\S+ {2}memory +messages +in +1\/s +5 B\/s +out +0\/s +0 B\/s {2}dropped no-slot 1$/,
      ),
      expect.stringMatching(/^\S+ {2}memory +memory0 +in +1\/s +37 B\/s +out +0\/s +0 B\/s$/),
      expect.stringMatching(/ messages +in +0\/s +0 B\/s +out +0\/s +0 B\/s$/),
      expect.stringMatching(/ memory0 +in +0\/s /),
    ]);
  });

  test('prints as JSON all that is counted, and the rates', async () => {
    const office = new Office();
    const monitor = await office.begin(['monitor', '--stats', '--json', '--count', '2']);
    await office.end(office.start(['send', '\\\\*\\mailslot\\lobby', 'hello']));
    await office.end(monitor);
    const none = { sent: 0, sentBytes: 0 };
    expect(monitor.lines.map((line) => JSON.parse(line))).toEqual([
      {
        time: expect.any(String),
        transport: 'memory',
        perSecond: { received: 1, receivedBytes: 5, ...none },
        sentMessages: 0,
        sentBytes: 0,
        receivedMessages: 1,
        receivedBytes: 5,
        drops: { 'no-slot': 1 },
        sizes: {},
      },
      {
        time: expect.any(String),
        transport: 'memory',
        interface: 'memory0',
        perSecond: { received: 1, receivedBytes: 37, ...none },
        sentDatagrams: 0,
        sentBytes: 0,
        receivedDatagrams: 1,
        receivedBytes: 37,
      },
    ]);
  });

  test('ends when it is told to, between two looks', async () => {
    const office = new Office();
    const monitor = await office.begin(['monitor', '--stats']);
    monitor.interrupt();
    expect(await office.end(monitor)).toBe(0);
    expect(monitor.out).toBe('');
  });
});

test('a meter divides by the time that passed, and counts an interface that came from nothing', () => {
  const meter = new StatsMeter(stats(4, ['eth0']), 1000);
  const rows = meter.look(stats(10, ['eth0', 'eth1']), 3000);
  expect(
    rows.map(({ interface: name, perSecond, drops }) => [name, perSecond.received, drops]),
  ).toEqual([
    [undefined, 3, { echo: 6 }],
    ['eth0', 3, {}],
    ['eth1', 5, {}],
  ]);
});

function stats(received: number, interfaces: readonly string[]) {
  const datagrams = {
    sentDatagrams: 0,
    sentBytes: 0,
    receivedDatagrams: received,
    receivedBytes: 0,
  };
  return {
    udp: {
      sentMessages: 0,
      sentBytes: 0,
      receivedMessages: received,
      receivedBytes: 10 * received,
      drops: { echo: received },
      sizes: { sources: 1 },
      interfaces: Object.fromEntries(interfaces.map((name) => [name, datagrams])),
    },
  };
}
