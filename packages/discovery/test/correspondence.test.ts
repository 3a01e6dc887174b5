import type { Source } from '@mailslot/core/internal';
import { Agenda } from '@mailslot/core/internal';
import { seededRandom } from '@mailslot/core/testing';
import { describe, expect, test } from 'vitest';

import { Announcer } from '../src/presence/announcer.ts';
import { ANSWER_PEERS, ANSWER_SPACING_MS, GROUP_ANSWER_MS } from '../src/presence/constants.ts';
import { Correspondence } from '../src/presence/correspondence.ts';
import { decodeMessage, FLAG, type Message } from '../src/presence/message.ts';
import type { PeerKey } from '../src/presence/peer-id.ts';
import { OPEN } from '../src/presence/protection.ts';
import type { Task } from '../src/presence/task-table.ts';
import { REALM } from './support/presence-net.ts';
import { ANN } from './support/solo.ts';
import { sourceAt } from './support/sources.ts';

/** A newcomer that it is our task to answer, where that is the task of a few. */
const CHOOSES_US: PeerKey = 'chooses us';

/** A correspondent alone on an agenda, and all that it sends. */
class Desk {
  readonly agenda = new Agenda<Task>();
  readonly announcer: Announcer;
  readonly correspondence: Correspondence;
  readonly sent: { readonly to: Source | undefined; readonly message: Message }[] = [];

  constructor(isObserver = false) {
    const shared = { agenda: this.agenda, random: seededRandom(1) };
    this.announcer = new Announcer({
      ...shared,
      id: '\0'.repeat(16),
      realm: REALM,
      record: isObserver ? undefined : ANN,
      protection: OPEN,
      lossless: false,
      isServed: () => false,
      intervalMs: () => 500,
      digest: () => new Uint8Array(),
      multicast: (bytes) => this.sent.push({ to: undefined, message: decodeMessage(bytes) }),
    });
    this.correspondence = new Correspondence({
      ...shared,
      announcer: this.announcer,
      unicast: (to, bytes) => this.sent.push({ to, message: decodeMessage(bytes) }),
      isChosen: (asker) => asker === CHOOSES_US,
    });
  }

  ask(to: Source, peers: number, now = 0, asker: PeerKey = CHOOSES_US): boolean {
    return this.correspondence.answer({ asker, to, known: false, peers }, now);
  }

  run(until: number): void {
    for (let due = this.agenda.takeDue(until); due; due = this.agenda.takeDue(until)) {
      due.item(due.at);
    }
  }
}

describe('a question in a group that all can answer', () => {
  test.each([1, 2, ANSWER_PEERS])(
    'of %i is answered at once, to its place alone, with all that we say of ourselves',
    (peers) => {
      const desk = new Desk();
      expect(desk.ask(sourceAt('asker:1'), peers)).toBe(true);
      expect(desk.sent).toMatchObject([
        { to: { id: 'asker:1' }, message: { flags: FLAG.FULL | FLAG.DIRECT } },
      ]);
    },
  );

  test('is answered once in a while for each place', () => {
    const desk = new Desk();
    expect(desk.ask(sourceAt('asker:1'), 1)).toBe(true);
    expect(desk.ask(sourceAt('asker:1'), 1)).toBe(false);
    desk.run(ANSWER_SPACING_MS - 1);
    expect(desk.ask(sourceAt('asker:1'), 1, ANSWER_SPACING_MS - 1)).toBe(false);
    desk.run(ANSWER_SPACING_MS);
    expect(desk.ask(sourceAt('asker:1'), 1, ANSWER_SPACING_MS)).toBe(true);
    expect(desk.sent).toHaveLength(2);
  });
});

describe('a question in a larger group', () => {
  test('is answered to all, by one of those that hold the whole list', () => {
    const desk = new Desk();
    desk.announcer.settle();
    expect(desk.ask(sourceAt('asker:1'), ANSWER_PEERS + 1)).toBe(true);
    desk.run(GROUP_ANSWER_MS);
    expect(desk.sent).toMatchObject([
      { to: undefined, message: { flags: FLAG.FULL | FLAG.SETTLED } },
    ]);
  });

  test('is not answered by one that does not', () => {
    const desk = new Desk();
    expect(desk.ask(sourceAt('asker:1'), ANSWER_PEERS + 1)).toBe(true);
    desk.run(1000);
    expect(desk.sent).toEqual([]);
  });

  test('is not answered once another has', () => {
    const desk = new Desk();
    desk.announcer.settle();
    desk.ask(sourceAt('asker:1'), 1000);
    desk.announcer.groupAnswered();
    desk.run(1000);
    expect(desk.sent).toEqual([]);
  });

  test('is answered together with others that come meanwhile', () => {
    const desk = new Desk();
    desk.announcer.settle();
    for (let asker = 0; asker < 20; asker++) desk.ask(sourceAt(`asker ${asker}:1`), 1000);
    desk.run(1000);
    expect(desk.sent).toHaveLength(1);
  });
});

describe('a question in a larger group beyond a server', () => {
  const afar: Source = { ...sourceAt('asker:1'), trust: 'brokered' };

  test('is answered at once, to its place alone, by those it chooses that hold the whole list', () => {
    const desk = new Desk();
    expect(desk.ask(afar, 100_000)).toBe(true);
    desk.announcer.settle();
    expect(desk.ask(afar, 100_000, 0, 'chooses others')).toBe(true);
    expect(desk.sent).toEqual([]);
    expect(desk.ask(afar, 100_000)).toBe(true);
    desk.run(1000);
    expect(desk.sent).toMatchObject([
      { to: { id: 'asker:1' }, message: { flags: FLAG.FULL | FLAG.SETTLED | FLAG.DIRECT } },
    ]);
  });
});

test('an observer answers nobody', () => {
  const desk = new Desk(true);
  for (const peers of [1, 1000]) expect(desk.ask(sourceAt('asker:1'), peers)).toBe(true);
  desk.run(1000);
  expect(desk.sent).toEqual([]);
});

describe('a peer whose record is lacking', () => {
  test('is asked for it alone, after half to one and a half seconds', () => {
    const desk = new Desk();
    expect(desk.correspondence.ask('bob', sourceAt('bob:1'), 0)).toBe(true);
    desk.run(499);
    expect(desk.sent).toEqual([]);
    desk.run(1500);
    expect(desk.sent).toMatchObject([
      { to: { id: 'bob:1' }, message: { flags: FLAG.WANT | FLAG.DIRECT } },
    ]);
  });

  test('is not asked if the record comes before', () => {
    const desk = new Desk();
    desk.correspondence.ask('bob', sourceAt('bob:1'), 0);
    desk.correspondence.settle('bob');
    desk.run(1500);
    expect(desk.sent).toEqual([]);
  });

  test('is not asked beyond the link', () => {
    const afar: Source = { ...sourceAt('bob:1'), trust: 'routed' };
    expect(new Desk().correspondence.ask('bob', afar, 0)).toBe(false);
  });
});
