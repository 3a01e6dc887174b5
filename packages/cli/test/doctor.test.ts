import { describe, expect, test } from 'vitest';

import type { DiagnoseOptions, Finding } from '@mailslot/core';

import { runProgram } from './support/program.ts';

const WELL: Finding = { check: 'port', ok: true, detail: 'UDP 19795 on IPv4 can be shared' };
const JUDGED: Finding = {
  check: 'peers',
  ok: null,
  detail: 'nobody answers',
  meaning: 'Who knows?',
};
const WRONG: Finding = {
  check: 'multicast',
  ok: false,
  interface: 'eth0',
  detail: 'nothing comes back',
  meaning: 'A firewall, or the driver of the interface, which is a long story.',
  advice: 'Let UDP port 19795 in: sudo ufw allow 19795/udp',
};

function finding(...findings: readonly Finding[]) {
  const asked: DiagnoseOptions[] = [];
  async function* diagnose(
    options: DiagnoseOptions = {},
  ): AsyncGenerator<Finding, void, undefined> {
    asked.push(options);
    yield* findings;
  }
  return { asked, diagnose };
}

describe('the doctor', () => {
  test('shows each finding with its sign, and below it what it means and what to do', async () => {
    const { status, out, err } = await runProgram(['doctor'], finding(WELL, JUDGED, WRONG));
    expect(out).toBe(
      [
        '✓ port           UDP 19795 on IPv4 can be shared',
        '– peers          nobody answers',
        '                 Who knows?',
        '✗ multicast      eth0: nothing comes back',
        '                 A firewall, or the driver of the interface, which is a long',
        '                 story.',
        '                 Let UDP port 19795 in: sudo ufw allow 19795/udp',
        '',
      ].join('\n'),
    );
    expect(err).toBe('mailslot: Something is wrong: multicast.\n');
    expect(status).toBe(1);
  });

  test('is content if nothing is wrong', async () => {
    const { status, err } = await runProgram(['doctor'], finding(WELL, JUDGED));
    expect(err).toBe('Nothing is wrong.\n');
    expect(status).toBe(0);
  });

  test('with --json gives one line a check', async () => {
    const { status, out } = await runProgram(['doctor', '--json'], finding(WELL, WRONG));
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    const time = expect.any(String);
    expect(lines).toEqual([
      { time, ...WELL, interface: null, meaning: null, advice: null },
      { time, ...WRONG },
    ]);
    expect(status).toBe(1);
  });

  test('names each check that is wrong once', async () => {
    const { err } = await runProgram(
      ['doctor'],
      finding(WRONG, WRONG, { ...WRONG, check: 'join' }),
    );
    expect(err).toContain('wrong: multicast, join.');
  });

  test('examines what the options say', async () => {
    const { asked, diagnose } = finding(WELL);
    const words = [
      '--interface',
      'eth0',
      '--udp-port',
      '5000',
      '--seed',
      '10.0.0.2',
      '--broadcast',
    ];
    await runProgram(['doctor', '--domain', 'OFFICE', ...words], { diagnose });
    expect(asked).toEqual([
      {
        interfaces: ['eth0'],
        port: 5000,
        seeds: ['10.0.0.2'],
        broadcast: true,
        domain: 'OFFICE',
        signal: expect.any(AbortSignal),
      },
    ]);
  });

  test('lets nothing foreign through to the terminal', async () => {
    const { out } = await runProgram(['doctor'], finding({ ...WELL, detail: 'a\u001b[2Jb' }));
    expect(out).toContain('a␛[2Jb');
  });

  test('does nothing without the LAN', async () => {
    const { status, err } = await runProgram(['doctor', '--transport', 'local'], finding(WELL));
    expect(status).toBe(2);
    expect(err).toContain('This needs the transport udp.');
  });
});
