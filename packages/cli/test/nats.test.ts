import { joinNetwork, type NetworkOptions } from '@mailslot/core';
import { describe, expect, test } from 'vitest';

import { runProgram } from './support/program.ts';

/** Runs `send` on no network at all, and says over which transports it would have gone. */
async function transportsOf(...argv: readonly string[]): Promise<readonly string[]> {
  let transports: NetworkOptions['transports'];
  await runProgram(['send', '//*/mailslot/lobby', 'hello', ...argv], {
    join: (options) => {
      transports = options?.transports;
      return joinNetwork({ ...options, transports: [] });
    },
  });
  return (transports ?? []).map(({ name }) => name);
}

describe('--nats', () => {
  test('adds NATS to the other transports', async () => {
    expect(await transportsOf()).toEqual(['local', 'udp']);
    expect(await transportsOf('--nats', 'nats://a', '--nats', 'b')).toEqual([
      'local',
      'udp',
      'nats',
    ]);
    expect(await transportsOf('--nats', 'a', '--transport', 'udp')).toEqual(['udp', 'nats']);
    expect(await transportsOf('--nats', 'a', '--transport', 'nats')).toEqual(['nats']);
  });

  test.each([
    [['peers', 'tanks', '--transport', 'nats'], 'The transport nats needs a server: --nats URL.'],
    [['peers', 'tanks', '--nats', ''], '--nats takes a URL, not "".'],
    [['doctor', '--transport', 'nats', '--nats', 'a'], 'This needs the transport udp.'],
  ])('is wrong use: %j', async (argv, complaint) => {
    const { status, err } = await runProgram(argv);
    expect(status).toBe(2);
    expect(err).toContain(`mailslot: ${complaint}\n`);
  });

  test.each([
    [['--nats', 'http://a'], 'servers must be URLs'],
    [['--nats', 'a', '--nats-creds', '/nowhere/ann.creds'], 'ENOENT'],
  ])('fails with %j', async (argv, complaint) => {
    const { status, err } = await runProgram(['peers', 'tanks', ...argv]);
    expect(status).toBe(1);
    expect(err).toContain(complaint);
  });
});
