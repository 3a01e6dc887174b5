/** The built program, as people run it: processes on loopback. */

import { describe, expect, test } from 'vitest';

import { CliNetwork } from '../support/cli.ts';
import { until } from '../support/real-time.ts';

const EVERYONE = '//*/mailslot/lobby';

describe('listen and send', () => {
  test('meet by udp', async () => {
    await using network = await CliNetwork.create();
    const listener = network.run('listen', 'lobby', '--json', '--count', '2', '--transport', 'udp');
    await listener.begun();
    const sender = ['--transport', 'udp', '--computer', 'ann-pc'];
    expect(await network.run('send', EVERYONE, 'hello,', 'world', ...sender).exited).toBe(0);
    const binary = Uint8Array.of(0xff, 0, 0x80, 0x1b);
    expect(await network.run('send', EVERYONE, ...sender).input(binary).exited).toBe(0);
    expect(await listener.exited).toBe(0);
    const common = {
      time: expect.any(String),
      slot: 'lobby',
      from: 'ANN-PC',
      to: '\\\\*\\mailslot\\lobby',
      transport: 'udp',
    };
    expect(listener.objects).toEqual([
      { ...common, size: 12, text: 'hello, world' },
      { ...common, size: 4, base64: '/wCAGw==' },
    ]);
  });

  test('meet on one computer without any network', async () => {
    await using network = await CliNetwork.create();
    const run = (...argv: string[]) => network.runBare(...argv, '--transport', 'local');
    const listener = await run('listen', 'lobby', '--json', '--count', '2').begun();
    expect(await run('send', 'lobby', 'hello').exited).toBe(0);
    const large = Buffer.alloc(1_000_000, 'mailslot ');
    expect(await run('send', '\\\\.\\mailslot\\LOBBY', '-').input(large).exited).toBe(0);
    expect(await listener.exited).toBe(0);
    const [first, second] = listener.objects;
    expect(first).toMatchObject({ slot: 'lobby', transport: 'local', size: 5, text: 'hello' });
    expect(second).toMatchObject({ transport: 'local', size: 1_000_000, text: large.toString() });
  });

  test('deliver once what comes by several ways', async () => {
    await using network = await CliNetwork.create();
    const listener = await network.run('listen', 'lobby', '--json').begun();
    for (const text of ['one', 'two', 'end']) {
      expect(await network.run('send', EVERYONE, text).exited).toBe(0);
    }
    await until(() => listener.lines.length >= 3);
    expect(await network.run('send', 'lobby', 'marker').exited).toBe(0);
    await until(() => listener.out.includes('marker'));
    expect(listener.objects.map(({ text }) => text)).toEqual(['one', 'two', 'end', 'marker']);
  });

  test('refuse a name that is taken, and one that nobody has', async () => {
    await using network = await CliNetwork.create();
    await network.run('listen', 'lobby').begun();
    const second = network.run('listen', 'Lobby');
    expect(await second.exited).toBe(1);
    expect(second.err).toMatch(/^mailslot: .+ \(ERROR_ALREADY_EXISTS\)\n$/);
    const sender = network.run('send', 'nobody', 'hello');
    expect(await sender.exited).toBe(1);
    expect(sender.err).toMatch(/^mailslot: .+ \(ERROR_FILE_NOT_FOUND\)\n$/);
  });
});

describe('alert and net-send', () => {
  test('reach an Alerter, which tells it to a Messenger, on one computer', async () => {
    await using network = await CliNetwork.create();
    const run = (...argv: string[]) =>
      network.run(...argv, '--transport', 'local', '--transport', 'udp');
    const messenger = await run('messenger', '--json', '--count', '2').begun();
    const alerter = await run('alerter', '*', '--json').begun();
    const alert = ['alert', 'Disk', 'full', '--service', 'backup', '--error-code', '112'];
    const raised = network.run(...alert, '--transport', 'local');
    expect(await raised.exited).toBe(0);
    await until(() => messenger.lines.length === 1);
    expect(await run('net-send', '*', 'Tea!', '--from', 'Ann').exited).toBe(0);
    expect(await messenger.exited).toBe(0);
    alerter.signal('SIGTERM');
    expect(await alerter.exited).toBe(0);
    expect(alerter.objects).toEqual([
      {
        time: expect.any(String),
        event: 'ADMIN',
        service: 'backup',
        errorCode: 112,
        strings: ['Disk full'],
      },
    ]);
    const [alerted, sent] = messenger.objects;
    expect(alerted.text).toMatch(/^Alert of backup on .+\nError 112\. Disk full$/);
    expect(sent).toMatchObject({ from: 'Ann', to: network.domain, text: 'Tea!' });
  });
});

describe('announce and peers', () => {
  test('see who comes and says goodbye', async () => {
    await using network = await CliNetwork.create();
    const watcher = await network.run('peers', 'tanks', '--json').begun();
    const details = ['--name', 'Ann', '--port', '4711', '--info', '{"map":"dunes"}'];
    const ann = await network.run('announce', 'tanks', ...details).begun();
    await until(() => watcher.lines.length === 1);
    ann.signal('SIGTERM');
    expect(await ann.exited).toBe(0);
    await until(() => watcher.lines.length === 2);
    const peer = {
      id: expect.stringMatching(/^[\w-]{21}$/),
      name: 'Ann',
      port: 4711,
      info: { map: 'dunes' },
      addresses: ['127.0.0.1'],
      interfaces: ['lo'],
    };
    const paths = [{ address: '127.0.0.1', interfaces: ['lo'], heardBy: ['multicast'] }];
    expect(watcher.objects).toEqual([
      { time: expect.any(String), type: 'up', peer, paths },
      { time: expect.any(String), type: 'down', peer, reason: 'goodbye' },
    ]);
    watcher.signal('SIGINT');
    expect(await watcher.exited).toBe(0);
  });

  test('tell those who were there before, and never a watcher', async () => {
    await using network = await CliNetwork.create();
    const ann = await network.run('announce', 'tanks', '--name', 'Ann', '--json').begun();
    const watcher = await network.run('peers', 'tanks', '--json').begun();
    await until(() => watcher.lines.length === 1);
    const bob = await network.run('announce', 'tanks', '--name', 'Bob').begun();
    await until(() => watcher.lines.length === 2 && bob.lines.length === 1);
    await until(() => ann.lines.length === 2);
    const [announced, bobUp] = ann.objects;
    expect(announced).toMatchObject({ type: 'announced', service: 'tanks', peer: { name: 'Ann' } });
    expect(bobUp).toMatchObject({ type: 'up', peer: { name: 'Bob' } });
    expect(watcher.objects.map(({ peer }) => peer.name)).toEqual(['Ann', 'Bob']);
    expect(watcher.objects[0].peer.id).toBe(announced.peer.id);
    bob.signal('SIGINT');
    expect(await bob.exited).toBe(0);
    await until(() => ann.lines.length === 3 && watcher.lines.length === 3);
  });

  test('notice who was killed', async () => {
    await using network = await CliNetwork.create();
    const watcher = await network.run('peers', 'tanks', '--json', '--count', '3').begun();
    const ann = await network.run('announce', 'tanks').begun();
    await until(() => watcher.lines.length === 1);
    await ann.stop();
    expect(await watcher.exited).toBe(0);
    expect(watcher.objects[1]).toMatchObject({ type: 'suspect' });
    expect(watcher.objects[2]).toMatchObject({ type: 'down', reason: 'expired' });
  });
});

test('monitor decodes what passes, of every domain', async () => {
  await using network = await CliNetwork.create();
  const monitor = await network.run('monitor', '--json').begun();
  const plain = await network.run('monitor').begun();
  await network.run('send', EVERYONE, 'hello').exited;
  await network.run('send', EVERYONE, 'hello', '--domain', 'ELSEWHERE').exited;
  const ann = await network.run('announce', 'tanks', '--name', 'Ann').begun();
  ann.signal('SIGTERM');
  await ann.exited;
  await until(() => monitor.out.includes('"bye"') && plain.out.includes('bye from'));
  const texts = monitor.objects.filter(({ slot }) => slot === 'LOBBY');
  expect(texts).toMatchObject([
    { to: '\\\\*\\mailslot\\LOBBY', source: '127.0.0.1', transport: 'udp', text: 'hello' },
    { to: expect.stringMatching(/^\\\\#[0-9a-f]{8}\\mailslot\\LOBBY$/), text: 'hello' },
  ]);
  const message = monitor.objects.find(({ slot }) => slot === 'MPP');
  expect(message.presence).toMatchObject({ type: 'announce', name: 'Ann' });
  expect(plain.out).toMatch(/announce full want from [\w-]{21}: "Ann"/);
});

test('an interface that is not there yet is waited for', async () => {
  await using network = await CliNetwork.create();
  const watcher = network.runBare('peers', 'tanks', '--interface', 'none', '--for', '50ms');
  expect(await watcher.exited).toBe(0);
  expect(
    watcher.err.match(/There is no interface none\. It is used as soon as it comes;/g),
  ).toHaveLength(1);
  expect(watcher.err).toContain('on no network.');
});

describe('the program ends', () => {
  test('after --for', async () => {
    await using network = await CliNetwork.create();
    const programs = [
      network.run('listen', 'lobby', '--for', '50ms'),
      network.run('peers', 'tanks', '--for', '50ms'),
      network.run('announce', 'tanks', '--for', '50ms'),
      network.run('monitor', '--for', '50ms'),
    ];
    const statuses = await Promise.all(programs.map(({ exited }) => exited));
    expect(statuses).toEqual([0, 0, 0, 0]);
  });

  test('in peace when the reader of its output has gone', async () => {
    await using network = await CliNetwork.create();
    const listener = await network.run('listen', 'lobby').begun();
    listener.stopReading();
    await network.run('send', 'lobby', 'hello').exited;
    expect(await listener.exited).toBe(0);
    expect(listener.err).toMatch(/^Listening on .+\n$/);
  });

  test('at once at the second signal', async () => {
    await using network = await CliNetwork.create();
    // A goodbye takes 300 ms. Signals within 100 ms count as one.
    const ann = await network.run('announce', 'tanks').begun();
    const timer = setInterval(() => ann.signal('SIGINT'), 20);
    const status = await ann.exited;
    clearInterval(timer);
    expect(status).toBe(1);
    expect(ann.err).not.toContain('goodbye');
  });

  test('with status 2 when it is used wrongly', async () => {
    await using network = await CliNetwork.create();
    const program = network.runBare('lissen');
    expect(await program.exited).toBe(2);
    expect(program.out).toBe('');
    expect(program.err).toMatch(/^mailslot: .+\n.+mailslot --help\n$/);
  });
});
