/** The examples as people run them: real processes, which meet on the loopback interface, each test on a port of its own. */

import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { Program } from '../support/program.ts';
import { until } from '../support/real-time.ts';

function privatePort(): string {
  return String(randomInt(20_000, 30_000));
}

/** What the demo promises. */
const DEMO_MS_MAX = 30_000;

function chat(room: string, name: string, port: string): Program {
  const place = ['--interface', 'loopback', '--port', port];
  return new Program('packages/examples/dist/chat.js', [room, '--name', name, ...place]);
}

function games(port: string, ...args: string[]): Program {
  const place = ['--interface', 'loopback', '--port', port];
  return new Program('packages/examples/dist/games.js', [...args, ...place]);
}

/** What the list shows last. */
function listed({ lines }: Program): readonly string[] {
  const start = lines.findLastIndex((line) => !line.startsWith(' '));
  return lines.slice(start + 1);
}

function demo(): Program {
  return new Program('packages/examples/dist/demo.js', ['--port', privatePort()]);
}

describe('chat', () => {
  test('shows everyone in the room who is there and what they say', async () => {
    const port = privatePort();
    await using ann = chat('den', 'Ann', port);
    await using bob = chat('den', 'Bob', port);
    await using cleo = chat('den', 'Cleo', port);
    for (const [one, ...others] of [
      [ann, 'BOB', 'CLEO'],
      [bob, 'ANN', 'CLEO'],
      [cleo, 'ANN', 'BOB'],
    ] as const) {
      for (const name of others) await one.prints(new RegExp(`^\\* ${name} is here$`));
    }

    ann.type('Anyone for tanks?');
    bob.type('Me!');
    await Promise.all([bob, cleo].map((one) => one.prints(/^ANN: Anyone for tanks\?$/)));
    await Promise.all([ann, cleo].map((one) => one.prints(/^BOB: Me!$/)));
    cleo.type('/who');
    await cleo.prints(/^\* here: ANN, BOB$/);
    for (const { lines } of [ann, bob, cleo]) expect(new Set(lines).size).toBe(lines.length);
  });

  test('keeps a line for one from the others, and rooms apart', async () => {
    const port = privatePort();
    await using ann = chat('den', 'Ann', port);
    await using bob = chat('den', 'Bob', port);
    await using cleo = chat('den', 'Cleo', port);
    await using dan = chat('attic', 'Dan', port);
    await Promise.all([bob, cleo].map((one) => one.prints(/^\* ANN is here$/)));
    await dan.prints(/^\* You are DAN in attic\.$/);

    ann.type('@BOB psst');
    ann.type('hello');
    await bob.prints(/^ANN to you: psst$/);
    await cleo.prints(/^ANN: hello$/);
    dan.type('/who');
    await dan.prints(/^\* here: $/);
    expect(cleo.lines.join()).not.toContain('psst');
    expect(dan.lines).toHaveLength(2);
  });

  test('tells who left and who died', async () => {
    const port = privatePort();
    await using ann = chat('den', 'Ann', port);
    await using bob = chat('den', 'Bob', port);
    await using cleo = chat('den', 'Cleo', port);
    await using dan = chat('den', 'Dan', port);
    for (const name of ['BOB', 'CLEO', 'DAN']) {
      await ann.prints(new RegExp(`^\\* ${name} is here$`));
    }
    await Promise.all([bob, cleo, dan].map((one) => one.prints(/^\* You are/)));

    bob.endInput();
    await ann.prints(/^\* BOB is gone \(goodbye\)$/);
    expect(await bob.ended).toBe(0);
    cleo.signal('SIGINT');
    await ann.prints(/^\* CLEO is gone \(goodbye\)$/);
    expect(await cleo.ended).toBe(0);
    dan.signal('SIGKILL');
    await ann.prints(/^\* DAN is gone \(expired\)$/);
  });

  test('says what it is piped, then leaves', async () => {
    const port = privatePort();
    await using ann = chat('den', 'Ann', port);
    await ann.prints(/^\* You are ANN in den\.$/);
    await using bob = chat('den', 'Bob', port);
    bob.type('one');
    bob.type('two');
    bob.endInput();
    expect(await bob.ended).toBe(0);
    await ann.prints(/^BOB: two$/);
    expect(ann.lines.filter((line) => line.startsWith('BOB:'))).toEqual(['BOB: one', 'BOB: two']);
  });

  test('shows control characters of others as what they are', async () => {
    const port = privatePort();
    await using ann = chat('den', 'Ann', port);
    await using bob = chat('den', 'Bob', port);
    await bob.prints(/^\* ANN is here$/);
    ann.type('before\u001B[2J\u0007\u009B31m\u202Eafter');
    await bob.prints(/^ANN: before\uFFFD\[2J\uFFFD\uFFFD31m\uFFFDafter$/);
  });

  test('goes on after a line that cannot be sent', async () => {
    await using ann = chat('den', 'Ann', privatePort());
    ann.type('@a*b hello');
    await ann.prints(/^\* .*names no computer or domain/);
    ann.type('/who');
    await ann.prints(/^\* here: $/);
  });
});

describe('games', () => {
  test('lists the games of all hosts, and seats as they are taken', async () => {
    const port = privatePort();
    await using list = games(port);
    await list.prints(/^No games yet\.$/);
    await using dunes = games(port, 'host', 'Dunes', '--seats', '2');
    await using arena = games(port, 'host', 'Arena', '--seats', '8');
    await Promise.all([dunes.prints(/is open/), arena.prints(/is open/)]);
    await until(() => listed(list).length === 2);
    expect(listed(list)).toEqual([
      '  Arena: 8 of 8 free, at 127.0.0.1 port 4711',
      '  Dunes: 2 of 2 free, at 127.0.0.1 port 4711',
    ]);

    dunes.type('join');
    await list.prints(/Dunes: 1 of 2 free/);
    dunes.type('join');
    await list.prints(/Dunes: full/);
    dunes.type('join');
    await dunes.prints(/there are not so many seats/);
    const shown = list.lines.length;
    dunes.type('leave');
    await until(() => list.lines.slice(shown).some((line) => /Dunes: 1 of 2 free/.test(line)));
  });

  test('drops a host that closes, and one that dies', async () => {
    const port = privatePort();
    await using list = games(port);
    await using dunes = games(port, 'host', 'Dunes');
    await using arena = games(port, 'host', 'Arena');
    await Promise.all([dunes.prints(/is open/), arena.prints(/is open/)]);
    await until(() => listed(list).length === 2);

    arena.signal('SIGINT');
    await until(() => listed(list).length === 1);
    expect(listed(list)[0]).toContain('Dunes');
    expect(await arena.ended).toBe(0);
    dunes.signal('SIGKILL');
    await until(() => list.lines.at(-1) === 'No games yet.' && list.lines.length > 1);
  });
});

describe('demo', () => {
  test('plays its story, sees all of it and says so', { timeout: DEMO_MS_MAX }, async () => {
    await using program = demo();
    expect(await program.ended).toBe(0);
    const text = program.lines.join('\n');
    for (const title of [
      'Five players come up',
      'Cleo changes her map',
      'Ben says goodbye',
      'Dan is killed and says nothing',
    ]) {
      expect(text).toContain(title);
    }
    expect(
      program.lines.filter((line) => /^✓ .* seen after +[\d.\u00A0]+ ms$/.test(line)),
    ).toHaveLength(8);
    expect(text).toContain('✓ Ann, Cleo and Eve are listed to the end');
    expect(text).not.toContain('✗');
    expect(text).not.toContain('\u001B');
  });

  test('fails if a player dies that should not', { timeout: DEMO_MS_MAX }, async () => {
    await using program = demo();
    const [, pid] = await program.prints(/Eve, process (\d+), enters/);
    await program.prints(/seen: Eve up/);
    process.kill(Number(pid), 'SIGKILL');
    expect(await program.ended).toBe(1);
    const text = program.lines.join('\n');
    expect(text).toContain('✓ Dan was killed');
    expect(text).toContain('✗ Ann, Cleo and Eve are listed to the end');
    expect(text).toContain("but Eve's process has ended (SIGKILL)");
  });

  test.each([
    ['SIGINT', 130],
    ['SIGKILL', 'SIGKILL'],
  ] as const)('takes its players with it on %s', async (signal, end) => {
    await using program = demo();
    await program.prints(/seen: Eve up/);
    program.signal(signal);
    // Players share its standard error, so that it has not ended before the last of them.
    expect(await program.ended).toBe(end);
  });
});

describe('services of old', () => {
  test('a client finds the licence server that has any', async () => {
    const port = privatePort();
    const run = (...args: string[]): Program =>
      new Program('packages/examples/dist/licences.js', [
        ...args,
        '--interface',
        'loopback',
        '--port',
        port,
      ]);
    await using full = run('serve', '--name', 'FULL', '--free', '0');
    await using free = run('serve', '--name', 'LIC-1', '--free', '5');
    await Promise.all([full, free].map((server) => server.prints(/serves/)));
    await using client = run();
    await client.prints(/^Chosen: LIC-1 at 127\.0\.0\.1, 5 free\.$/);
    expect(await client.ended).toBe(0);
    await full.prints(/ asks\.$/);
  });

  test('a console lists backup servers that are there, that come and that go', async () => {
    const port = privatePort();
    const run = (...args: string[]): Program =>
      new Program('packages/examples/dist/backups.js', [
        ...args,
        '--interface',
        'loopback',
        '--port',
        port,
      ]);
    await using vault = run('serve', '--name', 'VAULT', '--tape', 'LTO-8');
    await vault.prints(/is there/);
    await using console = run();
    await console.prints(/^\+ VAULT: LTO-8$/);
    await using attic = run('serve', '--name', 'ATTIC');
    await console.prints(/^\+ ATTIC: no tape$/);
    attic.signal('SIGINT');
    await console.prints(/^- ATTIC$/);
  });

  test('a modem rings its provider, which reads what was written while it was away, too', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'mailslot-modem-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const spool = join(directory, 'lines');
    const run = (...args: string[]): Program =>
      new Program('packages/examples/dist/modem.js', [...args, '--spool', spool]);
    await using early = run('notify', 'line 1: ringing');
    await early.prints(/^No provider listens now/);
    await early.ended;
    await using provider = run('provide');
    await provider.prints(/^line 1: ringing$/);
    await provider.prints(/listens/);
    await using late = run('notify', 'line 2: ringing');
    await provider.prints(/^line 2: ringing$/);
    expect(await late.ended).toBe(0);
  });
});
