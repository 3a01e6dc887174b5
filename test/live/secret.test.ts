/** Secrets between real processes, on loopback. */

import { expect, test } from 'vitest';

import { CliNetwork } from '../support/cli.ts';
import { until } from '../support/real-time.ts';

const SECRET = 'mild crane over tin roof';

test.each([[[]], [['--encrypt']], [['--signed']]])(
  'processes with one secret see each other with %j, and those without it only that they are refused',
  async (options) => {
    await using network = await CliNetwork.create();
    const secured = ['--secret', SECRET, ...options];
    const watcher = await network.run('peers', 'tanks', '--json', ...secured).begun();
    const other = await network.run('peers', 'tanks', '--secret', `${SECRET}!`, ...options).begun();
    const open = await network.run('peers', 'tanks').begun();
    const ann = await network.run('announce', 'tanks', '--name', 'Ann', ...secured).begun();
    await until(() => watcher.lines.length === 1);
    await until(() => [other, open].every(({ err }) => err.includes('Refused')));
    ann.signal('SIGTERM');
    expect(await ann.exited).toBe(0);
    await until(() => watcher.lines.length === 2);
    expect(watcher.objects).toMatchObject([
      { type: 'up', peer: { name: 'Ann' } },
      { type: 'down', peer: { name: 'Ann' }, reason: 'goodbye' },
    ]);
    for (const program of [watcher, other, open]) program.signal('SIGINT');
    expect(await Promise.all([watcher, other, open].map(({ exited }) => exited))).toEqual([
      0, 0, 0,
    ]);
    expect([other.out, open.out]).toEqual(['', '']);
    expect(other.err).toMatch(/Refused \d+ strangers? \(\d+ messages?\), who have another secret/);
    expect(open.err).toMatch(
      /Refused \d+ strangers? \(\d+ messages?\), .+ see --secret and --signed\./,
    );
  },
);
