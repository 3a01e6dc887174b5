import { describe, expect, test } from 'vitest';

import { Office } from './support/office.ts';

// oxlint-disable-next-line no-control-regex -- what no terminal may get from outside
const CONTROLS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

/** Clears the screen, sets the title, forges a line, turns text around. */
const HOSTILE = '\u001b[2J\u001b]0;owned\u0007\nANN-PC  hello\u009b31m\u202egpj.exe';

const EVERYONE = '//*/mailslot/lobby';

describe('listen', () => {
  test('prints a line for each message, aligned', async () => {
    const office = new Office();
    const listener = await office.begin(['listen', 'lobby', '--count', '2']);
    await office.end(
      office.start(['send', EVERYONE, 'hello,', 'everyone', '--computer', 'ann-pc']),
    );
    await office.end(office.start(['send', EVERYONE, 'and you']));
    expect(await office.end(listener)).toBe(0);
    expect(listener.lines).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d  ANN-PC           memory  hello, everyone$/),
      expect.stringMatching(/^\d\d:\d\d:\d\d  HOST-3           memory  and you$/),
    ]);
  });

  test('prints JSON on demand, binary messages in base64', async () => {
    const office = new Office();
    const listener = await office.begin(['listen', 'Lobby', '--json', '--count', '3']);
    for (const input of ['\ufeffgrüß dich\r\n', Buffer.of(0xff, 0, 0x80), '']) {
      await office.end(office.start(['send', EVERYONE], { input }));
    }
    expect(await office.end(listener)).toBe(0);
    const lines = listener.lines.map((line) => JSON.parse(line));
    const common = {
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      slot: 'Lobby',
      to: '\\\\*\\mailslot\\Lobby',
      transport: 'memory',
    };
    expect(lines).toEqual([
      { ...common, from: 'HOST-2', size: 16, text: '\ufeffgrüß dich\r\n' },
      { ...common, from: 'HOST-3', size: 3, base64: '/wCA' },
      { ...common, from: 'HOST-4', size: 0, text: '' },
    ]);
  });

  test('shows bytes that are no text as bytes', async () => {
    const office = new Office();
    const listener = await office.begin(['listen', 'lobby', '--count', '3']);
    for (const input of [Buffer.of(0xff, 0, 0x80), Buffer.alloc(100, 0xfe), '']) {
      await office.end(office.start(['send', EVERYONE], { input }));
    }
    await office.end(listener);
    expect(listener.lines[0]).toMatch(/ {2}ff 00 80 \(3 bytes, not text\)$/);
    expect(listener.lines[1]).toMatch(/ {2}(fe ){32}… \(100 bytes, not text\)$/);
    expect(listener.lines[2]).toMatch(/ {2}\(empty\)$/);
  });

  test.each([[[]], [['--json']]])(
    'lets no message and no name reach the terminal with %j',
    async (options) => {
      const office = new Office();
      const listener = await office.begin(['listen', 'lobby', '--count', '1', ...options]);
      await office.inject('lobby', { from: HOSTILE, data: Buffer.from(HOSTILE) });
      await office.end(listener);
      expect(listener.out).not.toMatch(CONTROLS);
      expect(listener.lines).toHaveLength(1);
    },
  );

  test('ends with status 0 when it is interrupted', async () => {
    const office = new Office();
    const listener = await office.begin(['listen', 'lobby']);
    listener.interrupt();
    expect(await office.end(listener)).toBe(0);
    expect(listener.out).toBe('');
  });

  test('ends with status 0 when it is interrupted before it began', async () => {
    const office = new Office();
    const listener = office.start(['listen', 'lobby']);
    listener.interrupt();
    expect(await office.end(listener)).toBe(0);
  });
});

describe('send', () => {
  test('says to a person what was written, to a program in JSON', async () => {
    const office = new Office();
    const plain = office.start(['send', EVERYONE, 'hello']);
    const json = office.start(['send', EVERYONE, 'hello', '--json']);
    expect([await office.end(plain), await office.end(json)]).toEqual([0, 0]);
    expect(plain.out).toBe('');
    expect(plain.err).toBe(
      'Wrote 5 bytes to \\\\*\\mailslot\\lobby as HOST-1 in WORKGROUP, on memory0 HOST-1.\n',
    );
    expect(JSON.parse(json.out)).toEqual({
      time: expect.any(String),
      to: '\\\\*\\mailslot\\lobby',
      size: 5,
    });
  });

  test('asks for a text where nobody pipes one in', async () => {
    const office = new Office();
    const sender = office.start(['send', 'lobby'], { terminal: true });
    expect(await office.end(sender)).toBe(2);
    expect(sender.err).toContain('send needs TEXT, or something on standard input.');
  });

  test('fails where it is known that nobody reads', async () => {
    const office = new Office();
    const sender = office.start(['send', 'lobby', 'hello']);
    expect(await office.end(sender)).toBe(1);
    expect(sender.err).toMatch(
      /^mailslot: No mailslot lobby is open .+ \(ERROR_FILE_NOT_FOUND\)\n$/,
    );
  });
});

describe('announce and peers', () => {
  test('those who announce see each other, and watchers see both and are not seen', async () => {
    const office = new Office();
    const watcher = await office.begin(['peers', 'tanks', '--json']);
    const ann = await office.begin([
      'announce',
      'tanks',
      '--name',
      'Ann',
      '--port',
      '4711',
      '--info',
      '{"map":"dunes"}',
      '--json',
    ]);
    const bob = await office.begin(['announce', 'tanks', '--name', 'Bob']);
    await office.until(() => watcher.lines.length === 2 && bob.lines.length === 1);
    await office.until(() => ann.lines.length === 2);
    ann.interrupt();
    expect(await office.end(ann)).toBe(0);
    expect(ann.err).toMatch(/Said goodbye\.\n$/);
    await office.until(() => watcher.lines.length === 3);

    const [annUp, bobUp, annDown] = watcher.lines.map((line) => JSON.parse(line));
    const peer = {
      id: expect.stringMatching(/^[\w-]{21}$/),
      name: 'Ann',
      port: 4711,
      info: { map: 'dunes' },
      addresses: ['HOST-2'],
      interfaces: expect.any(Array),
    };
    const paths = [
      { address: 'HOST-2', interfaces: expect.any(Array), heardBy: expect.any(Array) },
    ];
    expect(annUp).toEqual({ time: expect.any(String), type: 'up', peer, paths });
    expect(bobUp).toMatchObject({ type: 'up', peer: { name: 'Bob', port: null, info: null } });
    expect(annDown).toEqual({ time: expect.any(String), type: 'down', peer, reason: 'goodbye' });

    const [announced, seen] = ann.lines.map((line) => JSON.parse(line));
    expect(announced).toMatchObject({ type: 'announced', service: 'tanks', peer: { name: 'Ann' } });
    expect(announced.peer.id).toBe(annUp.peer.id);
    expect(seen).toMatchObject({ type: 'up', peer: { name: 'Bob' } });
    expect(bob.lines[0]).toMatch(/ {2}up {7}Ann {14}HOST-2:4711 {12}\{"map":"dunes"\}$/);
    expect(bob.lines[1]).toMatch(/ {2}down {5}Ann {14}HOST-2:4711 {12}goodbye$/);
    for (const program of [watcher, bob]) program.interrupt();
    expect([await office.end(watcher), await office.end(bob)]).toEqual([0, 0]);
  });

  test.each([[[]], [['--json']]])(
    'let no name and no info reach the terminal with %j',
    async (options) => {
      const office = new Office();
      const watcher = await office.begin(['peers', 'tanks', '--count', '1', ...options]);
      const name = HOSTILE.slice(0, 30);
      const info = JSON.stringify({ [HOSTILE]: HOSTILE });
      const peer = await office.begin(['announce', 'tanks', '--name', name, '--info', info]);
      expect(await office.end(watcher)).toBe(0);
      expect(watcher.lines).toHaveLength(1);
      expect(watcher.out + peer.err).not.toMatch(CONTROLS);
      peer.interrupt();
      await office.end(peer);
    },
  );

  test('refuse what a peer cannot be', async () => {
    const office = new Office();
    const peer = office.start(['announce', 'tanks', '--name', 'x'.repeat(64)]);
    expect(await office.end(peer)).toBe(1);
    expect(peer.err).toContain('(ERROR_INVALID_PARAMETER)');
  });
});

describe('monitor', () => {
  test('shows messages of every domain and mailslot, each once', async () => {
    const office = new Office();
    const monitor = await office.begin(['monitor', '--json', '--count', '4']);
    const targets = [EVERYONE, '//BOB-PC/mailslot/a/b', EVERYONE];
    const domains = ['WORKGROUP', 'WORKGROUP', 'OTHER'];
    for (const [at, target] of targets.entries()) {
      await office.end(office.start(['send', target, 'hello', '--domain', domains[at]!]));
    }
    await office.end(office.start(['send', EVERYONE], { input: Buffer.of(0xff) }));
    expect(await office.end(monitor)).toBe(0);
    const lines = monitor.lines.map((line) => JSON.parse(line));
    expect(lines.map(({ to }) => to)).toEqual([
      '\\\\*\\mailslot\\LOBBY',
      '\\\\BOB-PC\\mailslot\\A\\B',
      expect.stringMatching(/^\\\\#[0-9a-f]{8}\\mailslot\\LOBBY$/),
      '\\\\*\\mailslot\\LOBBY',
    ]);
    expect(lines[0]).toEqual({
      time: expect.any(String),
      transport: 'memory',
      source: 'HOST-2',
      interfaces: ['memory0'],
      station: expect.stringMatching(/^[0-9a-f]{12}$/),
      sequence: expect.any(Number),
      from: 'HOST-2',
      to: '\\\\*\\mailslot\\LOBBY',
      slot: 'LOBBY',
      size: 5,
      text: 'hello',
    });
    expect(lines[3]).toMatchObject({ size: 1, base64: '/w==' });
  });

  test('says what presence messages mean', async () => {
    const office = new Office();
    const json = await office.begin(['monitor', '--json', '--count', '1']);
    const plain = await office.begin(['monitor', '--count', '1']);
    const peer = await office.begin([
      'announce',
      'tanks',
      '--name',
      'Ann',
      '--port',
      '4711',
      '--info',
      '{"map":"dunes"}',
    ]);
    await office.end(json);
    await office.end(plain);
    expect(JSON.parse(json.out)).toMatchObject({
      slot: 'MPP',
      presence: {
        type: 'announce',
        flags: ['full', 'want'],
        secured: false,
        id: expect.stringMatching(/^[\w-]{21}$/),
        sequence: 1,
        revision: 0,
        realm: expect.stringMatching(/^[0-9a-f]{8}$/),
        name: 'Ann',
        endpoints: [{ port: 4711 }],
        info: { map: 'dunes' },
      },
    });
    expect(plain.lines[0]).toMatch(
      /^[\d:.]{12}  HOST-3 +\\\\\*\\mailslot\\MPP +\d\d  announce full want from [\w-]{21}: "Ann" at port 4711/,
    );
    peer.interrupt();
    await office.end(peer);
  });

  test.each([[[]], [['--json']]])('is not misled by foreign bytes with %j', async (options) => {
    const office = new Office();
    const monitor = await office.begin(['monitor', '--count', '2', ...options]);
    await office.inject('MPP', { from: HOSTILE, data: Buffer.from(HOSTILE) });
    await office.inject(`lobby${HOSTILE}`, { from: HOSTILE, data: Buffer.from(HOSTILE.repeat(9)) });
    expect(await office.end(monitor)).toBe(0);
    expect(monitor.out).not.toMatch(CONTROLS);
    expect(monitor.lines).toHaveLength(2);
    const [presence] = monitor.lines;
    expect(presence).toMatch(
      options.length > 0 ? /"presence":\{"malformed":/ : /not a presence message/,
    );
  });
});
