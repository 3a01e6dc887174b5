import { MailslotError } from '@mailslot/core';
import { Lan } from '@mailslot/core/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { COMMANDS } from '../src/commands.ts';
import { Program, runProgram } from './support/program.ts';

beforeEach(() => {
  vi.stubEnv('NO_COLOR', undefined);
  vi.stubEnv('FORCE_COLOR', undefined);
  vi.stubEnv('TERM', 'xterm-256color');
});

afterEach(() => {
  vi.unstubAllEnvs();
});

const ESCAPE = '\u001b';

describe('the exit status', () => {
  test('is 0 when all is done', async () => {
    const { status, out, err } = await runProgram(['--version']);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each([[['lissen']], [['listen']], [['listen', 'lobby', '--for', 'ever']], [['--json']]])(
    'is 2 for %j, with one line that says why and one that shows the way',
    async (argv) => {
      const { status, out, err } = await runProgram(argv);
      expect({ status, out }).toEqual({ status: 2, out: '' });
      expect(err).toMatch(/^mailslot: .+\nTo see how to use it: mailslot --help\n$/);
    },
  );

  test.each([
    ['peers tanks', 'udp or nats'],
    ['announce tanks', 'udp or nats'],
    ['monitor', 'udp or netbios or nats'],
    ['hosts', 'netbios'],
    ['browse', 'netbios'],
  ])('is 2 for %s without the transport it needs', async (argv, needed) => {
    const { status, err } = await runProgram([...argv.split(' '), '--transport', 'local']);
    expect(status).toBe(2);
    expect(err).toContain(`mailslot: This needs the transport ${needed}.\n`);
  });

  test('is 2 for an alert without the transport local', async () => {
    const { status, err } = await runProgram(['alert', 'fire', '--transport', 'udp']);
    expect(status).toBe(2);
    expect(err).toContain('mailslot: This needs the transport local.\n');
  });

  test.each([
    ['bridge tanks --transport udp', 'A bridge takes no --transport'],
    ['bridge', 'bridge needs SERVICE, or --service NAME.'],
    ['bridge tanks --from udp', 'A bridge between LANs is --from udp --to nats.'],
    ['bridge tanks --from nats --to udp', 'A bridge between LANs is --from udp --to nats.'],
    ['bridge --from udp --to nats --service tanks', '--to nats needs a server: --nats URL.'],
  ])('is 2 for %s', async (argv, complaint) => {
    const { status, err } = await runProgram(argv.split(' '));
    expect(status).toBe(2);
    expect(err).toContain(`mailslot: ${complaint}`);
  });

  test('is 1 when the network refuses, with its sentence and code and no stack', async () => {
    const { status, out, err } = await runProgram(['listen', 'lobby'], {
      join: () => Promise.reject(new MailslotError('ERROR_BUSY', 'The port is taken.')),
    });
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toBe('mailslot: The port is taken. (ERROR_BUSY)\n');
  });

  test('is 1 for a malformed name', async () => {
    const lan = new Lan();
    const { status, out, err } = await runProgram(['send', 'C:\\lobby', 'hello'], {
      join: () => lan.join('ANN-PC'),
    });
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toMatch(/^mailslot: .+ \(ERROR_INVALID_NAME\)\n$/);
  });

  test('is 1 for an input that cannot be read', async () => {
    const program = new Program(['send', 'lobby'], { input: null });
    program.stdin.destroy(
      Object.assign(new Error('EISDIR: illegal operation on a directory, read'), {
        syscall: 'read',
      }),
    );
    expect(await program.exited).toBe(1);
    expect(program.err).toBe('mailslot: EISDIR: illegal operation on a directory, read\n');
  });

  test('is 1 for a message that was not sent because of Ctrl-C', async () => {
    const program = new Program(['send', 'lobby'], { input: null });
    program.interrupt();
    expect(await program.exited).toBe(1);
    expect(program.err).toBe('mailslot: Sending was cancelled. (ERROR_OPERATION_ABORTED)\n');
  });

  test('is none for a fault of the program: that is thrown', async () => {
    const ran = runProgram(['listen', 'lobby'], {
      join: () => Promise.reject(new TypeError('undefined is not a network')),
    });
    await expect(ran).rejects.toThrow(TypeError);
  });
});

test('the program alone says what it can do and what to try first', async () => {
  const { status, out, err } = await runProgram([]);
  expect({ status, err }).toEqual({ status: 0, err: '' });
  for (const { name } of COMMANDS) expect(out).toContain(name);
  const tried = Array.from(out.matchAll(/^ {2}mailslot (\S+)/gm), ([, name]) => name);
  expect(tried[0]).toBe('listen');
  expect(COMMANDS.map(({ name }) => name)).toEqual(expect.arrayContaining(tried));
  expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

describe('standard output', () => {
  test('whose reader has gone ends the program in peace', async () => {
    const program = new Program(['--help']);
    program.stdout.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    expect(await program.exited).toBe(0);
    expect(program.err).toBe('');
  });

  test('that can take no more is a failure', async () => {
    const program = new Program(['--help']);
    program.stdout.destroy(
      Object.assign(new Error('ENOSPC: no space left on device, write'), { syscall: 'write' }),
    );
    expect(await program.exited).toBe(1);
    expect(program.err).toBe('mailslot: ENOSPC: no space left on device, write\n');
  });
});

describe('colour', () => {
  test('is for terminals', async () => {
    // On a CI machine Node takes no terminal for one with colours.
    for (const name of ['CI', 'NO_COLOR', 'FORCE_COLOR']) vi.stubEnv(name, undefined);
    vi.stubEnv('TERM', 'xterm-256color');
    expect((await runProgram(['--help'])).out).not.toContain(ESCAPE);
    expect((await runProgram(['--help'], { terminal: true })).out).toContain(ESCAPE);
    expect((await runProgram(['lissen'], { terminal: true })).err).toContain(ESCAPE);
  });

  test('is for those who want it', async () => {
    vi.stubEnv('NO_COLOR', '1');
    const { out, err } = await runProgram(['lissen'], { terminal: true });
    expect(out + err).not.toContain(ESCAPE);
  });
});
