/** One browser, and what it does about all that the others say. */

import { MailslotError } from '@mailslot/core';
import { NetbiosName } from '@mailslot/core/netbios/internal';
import { describe, expect, test } from 'vitest';

import { BACKUPS_MAX } from '../src/browser/backups.ts';
import { COPIES_MAX } from '../src/browser/copies.ts';
import { RESET } from '../src/browser/frames/layouts.ts';
import { CLAIMS_MAX } from '../src/browser/mastership.ts';
import { ASKERS_MAX, BACKUP_LIST_RATE } from '../src/browser/reception.ts';
import { SERVER_TYPE } from '../src/browser/server-type.ts';
import { SUBNETS_MAX } from '../src/browser/subnets.ts';
import { BrowserScene } from './support/browser-scene.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

const bob = { name: 'BOB', address: '10.0.0.2' };
const bobIsMaster = { name: 'BOB', serverType: 0x0005_1003 };

describe('a host', () => {
  test('announces itself at growing intervals, and says how long the next takes', () => {
    const scene = new BrowserScene().start(bob);
    const gaps: number[] = [];
    let last = scene.now;
    const periods = scene.sent('host-announcement').map(({ frame }) => periodOf(frame));
    while (gaps.length < 7) {
      scene.pass(SECOND_MS);
      for (const { to, frame } of scene.sent('host-announcement')) {
        expect(to).toBe('LAB<1d>');
        gaps.push((scene.now - last) / MINUTE_MS);
        last = scene.now;
        periods.push(periodOf(frame));
      }
    }
    expect(gaps).toEqual([1, 1, 2, 4, 8, 12, 12]);
    expect(periods.slice(0, 7).map((ms) => ms / MINUTE_MS)).toEqual([1, 1, 2, 4, 8, 12, 12]);
  });

  test('says goodbye with a server type of 0', () => {
    const scene = new BrowserScene().start(bob).forget().feed({ type: 'close' });
    expect(scene.sent('host-announcement')).toMatchObject([
      { frame: { serverType: 0, name: 'ANN' } },
    ]);
    expect(scene.take('release').map(({ name }) => name.toString())).toEqual(['LAB<1e>']);
    expect(scene.take('closed')).toHaveLength(1);
    expect(scene.machine.nextWakeAt).toBe(Infinity);
  });

  test('announces itself to LAN Manager if asked to', () => {
    const scene = new BrowserScene({ lanManager: true }).start(bob);
    expect(scene.sent('lan-manager-announcement')).toMatchObject([
      { to: 'LAB<00>', frame: { name: 'ANN', periodSeconds: 60 } },
    ]);
  });

  test('answers a request for announcements once within 30 s, and again not before 30 s more', () => {
    const scene = new BrowserScene()
      .start(bob)
      .pass(20 * MINUTE_MS)
      .forget();
    for (let second = 0; second < 120; second++) {
      scene.hear('announcement-request').pass(SECOND_MS);
    }
    const { length } = scene.sent('host-announcement');
    expect(length).toBeGreaterThanOrEqual(2);
    expect(length).toBeLessThanOrEqual(4);
  });

  test('that is no browser looks for a master now and then, and never stands', () => {
    const scene = new BrowserScene({ role: 'non-browser' }).feed({ type: 'start' });
    let looks = 0;
    for (let minute = 0; minute < 60; minute++) {
      for (const _ of scene.take('find')) {
        looks++;
        scene.found('LAB<1d>');
      }
      scene.hear('request-election', { version: 0, criteria: 0 }).pass(MINUTE_MS);
    }
    expect(looks).toBeLessThanOrEqual(25);
    expect(scene.take('register')).toEqual([]);
    expect(scene.sent('request-election')).toEqual([]);
  });

  test('is told anew at once', () => {
    const scene = new BrowserScene().start(bob).forget();
    scene.feed({ type: 'update', serverType: SERVER_TYPE.WORKSTATION, comment: 'new' });
    expect(scene.sent('host-announcement')).toMatchObject([{ frame: { comment: 'new' } }]);
  });

  test.each([{ osLevel: 0 }, { osLevel: 256 }, { serverType: 0 }, { comment: 'c'.repeat(43) }])(
    'cannot be %o',
    (options) => {
      expect(() => new BrowserScene(options)).toThrow(MailslotError);
    },
  );
});

describe('an election', () => {
  test('is called by whoever finds no master: four frames, a second apart, then the name', () => {
    const scene = new BrowserScene().start().forget();
    const times: number[] = [];
    const start = scene.now;
    while (scene.take('register').length === 0) {
      scene.pass(10);
      for (const { to } of scene.sent('request-election')) {
        expect(to).toBe('LAB<1e>');
        times.push(scene.now - start);
      }
    }
    expect(times).toHaveLength(4);
    expect(times[0]).toBeGreaterThanOrEqual(800);
    expect(times[0]).toBeLessThanOrEqual(3010);
    expect(times.map((time) => time - times[0]!)).toEqual([0, 1000, 2000, 3000]);
  });

  test('is lost to a better one, and not won by its end', () => {
    const scene = new BrowserScene().start().hear('request-election', { criteria: 0x4101_0f02 });
    scene.pass(15 * SECOND_MS);
    expect(scene.take('register').map(({ name }) => name.toString())).toEqual(['LAB<1e>']);
    expect(scene.sent('request-election')).toEqual([]);
  });

  test('that nobody wins after all leads to a look, and to standing', () => {
    const scene = new BrowserScene().start().hear('request-election', { criteria: 0x4101_0f02 });
    scene.forget().pass(20 * SECOND_MS);
    expect(scene.take('find')).toHaveLength(1);
    scene.found('LAB<1d>').pass(3 * SECOND_MS);
    expect(scene.sent('request-election').length).toBeGreaterThan(0);
  });

  test('is answered by the master after 100 ms, and by others only when they are better', () => {
    const scene = new BrowserScene().startMaster().forget();
    scene.hear('request-election', { criteria: 0x1401_0f02 }).pass(100);
    expect(scene.sent('request-election')).toMatchObject([{ frame: { criteria: 0x2001_0f04 } }]);
    const other = new BrowserScene().start(bob).forget();
    other.hear('request-election', { criteria: 0x2101_0f02 }).pass(5000);
    expect(other.sent('request-election')).toEqual([]);
  });

  test('makes the master give up its names to a better one', () => {
    const scene = new BrowserScene().startMaster().forget();
    scene.hear('request-election', { criteria: 0x4101_0f02 });
    expect(scene.machine.role).toBe('potential');
    expect(scene.take('release').map(({ name }) => name.suffix)).toEqual([0x1d, 0x01]);
  });

  test('is not drawn out by two who beat each other in a circle with us', () => {
    const scene = new BrowserScene()
      .start()
      .pass(60 * SECOND_MS)
      .forget();
    const own = { version: 1, criteria: 0x2001_0f00 };
    // ZOE is older than we by more than a tie, ABE younger; ABE beats ZOE by its name, we ABE by our age.
    let said = 0;
    for (let round = 0; round < 20; round++) {
      const uptimeMs = scene.now - 1000;
      scene.hear('request-election', { ...own, name: 'ZOE', uptimeMs: uptimeMs + 2100 }).pass(1000);
      scene.hear('request-election', { ...own, name: 'ABE', uptimeMs: uptimeMs - 2100 }).pass(1000);
      said += scene.sent('request-election').length;
    }
    expect(said).toBeLessThanOrEqual(8);
  });

  test('storms are not joined by others than the master', () => {
    const scene = new BrowserScene().start(bob).forget();
    let said = 0;
    for (let second = 0; second < 600; second++) {
      const from = `X${second}`;
      scene.hear('request-election', { version: 0, criteria: 0, name: from }, { from }).pass(1000);
      // Its runs end in being refused the name.
      for (const { name } of scene.take('register')) scene.grant(name, false);
      said += scene.sent('request-election').length;
    }
    expect(said).toBeLessThan(600);
  });

  test(`won but refused the name is held again, ${CLAIMS_MAX} times in all`, () => {
    const scene = new BrowserScene().start().forget();
    let claims = 0;
    for (let second = 0; second < 60; second++) {
      scene.pass(SECOND_MS);
      for (const { name } of scene.take('register')) {
        claims++;
        scene.grant(name, false);
      }
      for (const _ of scene.take('find')) scene.found('LAB<1d>', bob);
    }
    expect(claims).toBe(CLAIMS_MAX);
  });
});

describe('the master', () => {
  test('announces itself and its domain, and asks everybody to do so', () => {
    const scene = new BrowserScene({ comment: 'a desk' }).startMaster();
    const sent = scene.sent();
    expect(scene.machine.role).toBe('local-master');
    expect(of(sent, 'local-master-announcement')).toMatchObject([
      { to: 'LAB<1e>', frame: { name: 'ANN', comment: 'a desk', serverType: 0x0005_9003 } },
    ]);
    expect(of(sent, 'domain-announcement')).toMatchObject([
      { frame: { domain: 'LAB', master: 'ANN', serverType: 0x8000_1000 } },
    ]);
    expect(of(sent, 'announcement-request').map(({ to }) => to)).toEqual(['LAB<1e>', 'LAB<00>']);
  });

  test('lists hosts that announce themselves, by either mailslot, and domains', () => {
    const scene = new BrowserScene().startMaster();
    scene.hear('host-announcement', { name: 'bob', comment: 'B' });
    scene.hear('lan-manager-announcement', { name: 'CID' }, { from: 'CID', address: '10.0.0.3' });
    scene.hear('domain-announcement', { domain: 'OTHER', master: 'ZOE' }, { from: 'ZOE' });
    expect(scene.hosts).toEqual(['ANN', 'BOB', 'CID']);
    expect(scene.machine.lists.domains()).toMatchObject([
      { name: 'LAB', comment: 'ANN' },
      { name: 'OTHER', comment: 'ZOE' },
    ]);
  });

  test('takes a goodbye from the address of the host only', () => {
    const scene = new BrowserScene().startMaster();
    scene.hear('host-announcement', { name: 'BOB' });
    scene.hear('host-announcement', { name: 'BOB', serverType: 0 }, { address: '10.0.0.66' });
    expect(scene.hosts).toContain('BOB');
    scene.hear('host-announcement', { name: 'BOB', serverType: 0 });
    expect(scene.hosts).not.toContain('BOB');
  });

  test('answers who asks for backups where the question came from, and not without end', () => {
    const scene = new BrowserScene().startMaster().forget();
    const asked = BACKUP_LIST_RATE.burst + 5;
    for (let count = 0; count < asked; count++)
      scene.hear('get-backup-list-request', { token: 77 });
    const answers = scene.sent('get-backup-list-response');
    expect(answers).toHaveLength(BACKUP_LIST_RATE.burst);
    expect(answers[0]).toMatchObject({
      to: 'BOB<00>',
      address: '10.0.0.2',
      frame: { token: 77, names: ['ANN'] },
    });
    expect(scene.machine.stats.drops.limit).toBe(5);
    expect(ASKERS_MAX).toBeGreaterThan(0);
  });

  test('makes as many backups as the segment is to have, and names them to clients', () => {
    const scene = new BrowserScene().startMaster();
    for (let host = 0; host < 40; host++) {
      const name = `PC-${host + 10}`;
      scene.hear('host-announcement', { name }, { from: name, address: `10.0.1.${host}` });
    }
    scene.forget().pass(MINUTE_MS);
    const made = scene.sent('become-backup').map(({ frame }) => 'name' in frame && frame.name);
    expect(made).toEqual(['PC-10', 'PC-11']);
    scene.hear(
      'host-announcement',
      { name: 'PC-10', serverType: 0x0002_1003 },
      { address: '10.0.1.0' },
    );
    scene.hear('get-backup-list-request', { count: 4 });
    expect(scene.sent('get-backup-list-response')).toMatchObject([
      { frame: { names: ['PC-10', 'ANN'] } },
    ]);
    expect(BACKUPS_MAX).toBe(3);
  });

  test('that hears of another calls an election, now and then', () => {
    const scene = new BrowserScene().startMaster().forget();
    scene.hear('local-master-announcement', bobIsMaster).pass(100);
    expect(scene.sent('request-election')).toHaveLength(1);
    for (let count = 0; count < 10; count++) scene.hear('local-master-announcement', bobIsMaster);
    expect(scene.machine.stats.drops.limit).toBe(8);
  });

  test('yields to a domain controller that is master', () => {
    const scene = new BrowserScene().startMaster();
    const serverType = bobIsMaster.serverType | SERVER_TYPE.DOMAIN_CTRL;
    scene.hear('local-master-announcement', { ...bobIsMaster, serverType });
    expect(scene.machine.role).toBe('potential');
  });

  test('looks for another that it does not hear', () => {
    const scene = new BrowserScene()
      .startMaster()
      .forget()
      .pass(21 * SECOND_MS);
    expect(scene.take('find').map(({ name }) => name.toString())).toEqual(['LAB<1d>']);
    scene.found('LAB<1d>', bob).pass(100);
    expect(scene.sent('request-election')).toHaveLength(1);
  });

  test('hands over politely: frees its names, then calls for an election', () => {
    const scene = new BrowserScene().startMaster().forget().feed({ type: 'close' });
    const order = scene.effects.map((effect) =>
      effect.type === 'send' ? effect.to.toString() : effect.type,
    );
    expect(order.lastIndexOf('LAB<1e>')).toBeGreaterThan(order.indexOf('release'));
    expect(scene.sent('request-election')).toMatchObject([{ frame: { version: 0, criteria: 0 } }]);
  });

  test('stands again when its name is taken from it', () => {
    const scene = new BrowserScene().startMaster().forget();
    scene.feed({ type: 'name-lost', name: NetbiosName.parse('LAB<1d>') }).pass(3000);
    expect(scene.machine.role).toBe('potential');
    expect(scene.sent('request-election').length).toBeGreaterThan(0);
  });
});

describe('a reset', () => {
  const stop = { flags: RESET.STOP_MASTER };

  test('does not concern a new master', () => {
    const scene = new BrowserScene().startMaster().hear('reset-state', stop);
    expect(scene.machine.role).toBe('local-master');
  });

  test('ends the mastership of an old one, not the service', () => {
    const scene = new BrowserScene()
      .startMaster()
      .pass(15 * MINUTE_MS)
      .hear('reset-state', stop);
    expect(scene.machine.role).toBe('potential');
    const other = new BrowserScene().startMaster().pass(15 * MINUTE_MS);
    other.hear('reset-state', { flags: RESET.STOP_SERVICE });
    expect(other.machine.role).toBe('local-master');
  });

  test('makes a backup forget its list, once in a quarter of an hour', () => {
    const scene = new BrowserScene({ role: 'backup' }).start(bob);
    scene.feed({ type: 'pulled', pull: { from: bob, scope: 'domain' }, lists: listsOf('CID') });
    expect(scene.hosts).toEqual(['ANN', 'CID']);
    scene.hear('reset-state', { flags: RESET.CLEAR_ALL });
    expect(scene.hosts).toEqual(['ANN']);
    scene.hear('reset-state', { flags: RESET.CLEAR_ALL });
    expect(scene.machine.stats.drops.limit).toBe(1);
  });
});

describe('a potential browser', () => {
  test('becomes a backup when the master says so, and nobody else', () => {
    const scene = new BrowserScene().start(bob);
    scene.hear('become-backup', { name: 'ANN' }, { from: 'EVE', address: '10.0.0.66' });
    expect(scene.machine.role).toBe('potential');
    scene.hear('become-backup', { name: 'CID' });
    expect(scene.machine.role).toBe('potential');
    scene.forget().hear('become-backup', { name: 'ANN' });
    expect(scene.machine.role).toBe('backup');
    expect(scene.take('pull')).toMatchObject([{ pull: { from: bob } }]);
    expect(scene.sent('host-announcement')).toMatchObject([{ frame: { serverType: 0x0003_9003 } }]);
  });

  test('announces itself to a new master, within 30 s', () => {
    const scene = new BrowserScene()
      .start(bob)
      .pass(60 * MINUTE_MS)
      .forget();
    const master = { name: 'CID', serverType: 0x0005_1003 };
    scene.hear('local-master-announcement', master, { from: 'CID', address: '10.0.0.3' });
    scene.pass(30 * SECOND_MS);
    expect(scene.sent('host-announcement')).toHaveLength(1);
  });

  test('stands when the master says goodbye, and not when somebody else says it for it', () => {
    const scene = new BrowserScene().start().hear('local-master-announcement', bobIsMaster);
    scene.hear('request-election', { criteria: 0x7f01_0f00 }).forget();
    scene.hear(
      'local-master-announcement',
      { name: 'BOB', serverType: 0 },
      { address: '10.0.0.66' },
    );
    scene.pass(3000);
    expect(scene.sent('request-election')).toEqual([]);
    scene.hear('local-master-announcement', { name: 'BOB', serverType: 0 }).pass(3000);
    expect(scene.sent('request-election').length).toBeGreaterThan(0);
  });

  test('looks for the master now and then', () => {
    const scene = new BrowserScene()
      .start(bob)
      .forget()
      .pass(5 * MINUTE_MS);
    expect(scene.take('find').length).toBeGreaterThan(0);
  });
});

describe('a backup', () => {
  test('fetches the list of the master, and calls an election when it fails twice', () => {
    const scene = new BrowserScene({ role: 'backup' }).start(bob);
    const [first] = scene.take('pull');
    expect(first).toMatchObject({ pull: { from: bob, scope: 'domain' } });
    scene.feed({ type: 'pulled', pull: first!.pull, lists: undefined }).forget();
    scene.pass(12 * MINUTE_MS);
    for (const _ of scene.take('find')) scene.found('LAB<1d>', bob);
    const [second] = scene.take('pull');
    scene.forget().feed({ type: 'pulled', pull: second!.pull, lists: undefined }).pass(1000);
    expect(scene.sent('request-election')).toHaveLength(1);
  });
});

describe('a domain master', () => {
  test('fetches the lists of the local masters that announce themselves, and forgets the silent', () => {
    const scene = new BrowserScene({ role: 'domain-master' }).startMaster();
    expect(scene.machine.role).toBe('domain-master');
    scene.hear('master-announcement', { name: 'CID' }, { from: 'CID', address: '10.1.0.3' });
    const [pull] = scene.take('pull');
    expect(pull).toMatchObject({
      pull: { from: { name: 'CID', address: '10.1.0.3' }, scope: 'segment' },
    });
    scene.feed({ type: 'pulled', pull: pull!.pull, lists: listsOf('DON') });
    expect(scene.hosts).toEqual(['ANN', 'DON']);
    expect(scene.machine.lists.servers(true).map(({ name }) => name)).toEqual(['ANN']);
    scene.pass(36 * MINUTE_MS);
    expect(scene.hosts).toEqual(['ANN']);
  });

  test(`keeps in touch with ${SUBNETS_MAX} of them`, () => {
    const scene = new BrowserScene({ role: 'domain-master' }).startMaster();
    for (let subnet = 0; subnet < SUBNETS_MAX + 1; subnet++) {
      scene.pass(SECOND_MS);
      scene.hear('master-announcement', { name: `M${subnet}` }, { address: `10.1.${subnet}.1` });
    }
    expect(scene.take('pull')).toHaveLength(SUBNETS_MAX);
    expect(COPIES_MAX).toBeGreaterThanOrEqual(SUBNETS_MAX);
  });

  test('is told of by local masters, who fetch its list', () => {
    const scene = new BrowserScene().startMaster().forget();
    scene.found('LAB<1b>', { name: 'CHIEF', address: '10.1.0.1' });
    expect(scene.sent('master-announcement')).toMatchObject([
      { to: 'CHIEF<00>', address: '10.1.0.1', frame: { name: 'ANN' } },
    ]);
    expect(scene.take('pull')).toMatchObject([{ pull: { scope: 'domain' } }]);
  });
});

test('what is cut, of no known kind, or our own has no effect', () => {
  const scene = new BrowserScene().startMaster().forget();
  const from = NetbiosName.parse('BOB<00>');
  const to = NetbiosName.parse('LAB<1d>');
  const frame = {
    type: 'frame',
    slot: 'BROWSE',
    from,
    to,
    address: '',
    origin: undefined,
  } as const;
  scene.feed({ ...frame, bytes: Uint8Array.of(1, 2, 3) });
  scene.feed({ ...frame, bytes: Uint8Array.of(99) });
  scene.feed({ ...frame, bytes: new Uint8Array() });
  scene.hear('host-announcement', {}, { from: 'ANN' });
  expect(scene.effects).toEqual([]);
  expect(scene.machine.stats).toMatchObject({ drops: { malformed: 3, echo: 1 } });
});

function periodOf(frame: object): number {
  return 'periodMs' in frame ? Number(frame.periodMs) : 0;
}

function of<Sent extends { readonly frame: { readonly kind: string } }>(
  sent: readonly Sent[],
  kind: string,
): Sent[] {
  return sent.filter(({ frame }) => frame.kind === kind);
}

function listsOf(name: string) {
  const entry = { name, serverType: 3, version: { major: 6, minor: 1 }, comment: '' };
  return { servers: [entry], domains: [] };
}
