/** What datagrams under a forged id or a forged address can do, and what they cannot. */

import type { Source } from '@mailslot/core/internal';
import { describe, expect, test } from 'vitest';

import { Admission, HOSTS_MAX } from '../src/presence/admission.ts';
import { STRANGERS_ANSWER_RATE } from '../src/presence/answer-shares.ts';
import { ANSWER_BURST, ANSWERS_PER_SECOND } from '../src/presence/constants.ts';
import { decodeMessage, FLAG } from '../src/presence/message.ts';
import { peerKeyOf } from '../src/presence/peer-id.ts';
import { SEQUENCE_JUMP_MAX } from '../src/presence/sequence-window.ts';
import { type Host, type News, PresenceNet } from './support/presence-net.ts';
import { messageWith, Other, Solo } from './support/solo.ts';
import { sourceAt } from './support/sources.ts';

const attacker = sourceAt('10.66.6.6:6');

/** The number of the last datagram that a host sent, from whatever port. */
function lastSequence(net: PresenceNet, { source }: Host): number {
  const isFrom = (line: string): boolean => line.split(' ')[1]!.startsWith(`${source.address}:`);
  const hex = net.trace.findLast(isFrom)!.split(' ').at(-1)!;
  return decodeMessage(new Uint8Array(Buffer.from(hex, 'hex'))).sequence;
}

/** Tells the victim alone that it has sent a datagram so far ahead of its last one. */
function forge(net: PresenceNet, victim: Host, ahead: number): void {
  const sequence = (lastSequence(net, victim) + ahead) >>> 0;
  const bytes = messageWith({ id: peerKeyOf(victim.id), sequence });
  victim.feed({ type: 'datagram', bytes, source: attacker });
}

function downs(hosts: readonly Host[]): News[] {
  return hosts.flatMap((host) => host.news).filter((news) => news.type === 'down');
}

/** One whose beats are far between. */
function quiet(): Solo {
  return Solo.settled({ intervalMsMin: 60_000 });
}

/** How many of so many questions in one moment are answered, each from a port of its own. */
function answersTo(questions: number, solo: Solo, host: Partial<Source> = {}): number {
  const asker = new Other('asker');
  for (let port = 1; port <= questions; port++) {
    const source = sourceAt(`${host.address ?? '10.0.0.9'}:${port}`);
    solo.hear(asker.beat(FLAG.OBSERVER | FLAG.WANT), { ...source, ...host });
  }
  solo.wait(5);
  return solo.takeSent().filter((sent) => sent.type === 'unicast').length;
}

describe('a forged number that only its victim hears', () => {
  test.each([2 ** 31 - 1, 2 ** 31 - 2, 2 ** 30, SEQUENCE_JUMP_MAX + 1, SEQUENCE_JUMP_MAX])(
    'of %i ahead takes it off nobody’s list',
    (ahead) => {
      const net = new PresenceNet(ahead);
      const peers = net.joinMany(4);
      net.clock.advance(5000);
      forge(net, peers[0]!, ahead);
      net.clock.advance(90_000);
      expect(downs(peers)).toEqual([]);
    },
  );

  test.each([2 ** 31 - 1, SEQUENCE_JUMP_MAX])(
    'of %i ahead does not even by the thousand, with a fifth of all datagrams lost',
    (ahead) => {
      const net = new PresenceNet(7, { loss: 0.2 });
      const peers = net.joinMany(4);
      net.clock.advance(5000);
      for (let forgery = 0; forgery < 4000; forgery++) {
        forge(net, peers[0]!, ahead);
        net.clock.advance(20);
      }
      expect(downs(peers)).toEqual([]);
    },
  );

  test('moves it once for each announcement to all, however many there are', () => {
    const solo = quiet();
    solo.wait(90_000);
    const before = solo.takeSent().at(-1)!.message.sequence;
    for (let forgery = 1; forgery <= 50; forgery++) {
      const sequence = before + forgery * SEQUENCE_JUMP_MAX;
      solo.hear(messageWith({ id: solo.key, sequence }), attacker);
    }
    solo.wait(90_000);
    const sequences = solo.takeSent().map(({ message }) => message.sequence);
    const jumps = sequences.map((sequence, at) => sequence - (sequences[at - 1] ?? before));
    expect(Math.max(...jumps)).toBeLessThanOrEqual(SEQUENCE_JUMP_MAX + 1);
  });
});

describe('questions under a forged address', () => {
  test('draw a burst of answers, whatever their ports, then as few as strangers are heard', () => {
    const solo = quiet();
    expect(answersTo(400, solo)).toBe(ANSWER_BURST);
    expect(solo.machine.stats.drops).toEqual({ limit: 400 - ANSWER_BURST });
    expect(answersTo(400, solo)).toBe(0);
    solo.wait(1000);
    expect(answersTo(400, solo)).toBeLessThanOrEqual(ANSWERS_PER_SECOND);
    expect(answersTo(50, solo, { address: '10.0.0.10' })).toBe(50);
  });

  test('draw so many answers a second in all, however many addresses are forged', () => {
    const solo = quiet();
    let answers = 0;
    for (let second = 0; second < 20; second++) {
      for (let at = 0; at < 500; at++) {
        const address = `10.${second}.${at >>> 8}.${at & 0xff}`;
        answers += answersTo(1, solo, { address });
      }
      solo.wait(1000);
    }
    const { burst, perSecond } = STRANGERS_ANSWER_RATE;
    expect(answers).toBeGreaterThan(burst);
    // Each question takes a few milliseconds more.
    expect(answers).toBeLessThanOrEqual(burst + (perSecond * (solo.now - 10_000)) / 1000);
  });

  test('count against a host as long as it is among those that spoke last', () => {
    const admission = new Admission();
    const mayAsk = (address: string, now: number): boolean =>
      admission.admit(sourceAt(`${address}:1`), undefined, now);
    let now = 1;
    while (mayAsk('10.0.0.9', now)) continue;
    for (let host = 1; host < HOSTS_MAX; host++) {
      now += 2;
      expect(mayAsk(`10.1.${host >>> 8}.${host & 0xff}`, now)).toBe(true);
    }
    let granted = 0;
    while (mayAsk('10.0.0.9', now)) granted++;
    // As many as it has earned meanwhile, ten a second, and not a full bucket of 200.
    expect(granted).toBe(Math.floor(now / 100));
  });

  test('are all answered on one computer, where nothing leaves it', () => {
    expect(answersTo(400, quiet(), { trust: 'loopback', address: '127.0.0.1' })).toBe(400);
    expect(answersTo(400, quiet(), { trust: 'local', address: undefined })).toBe(400);
  });

  test('draw nothing beyond the link: neither answers nor questions', () => {
    const solo = quiet();
    const afar: Source = { ...sourceAt('203.0.113.9:5000'), trust: 'routed' };
    expect(answersTo(10, solo, { address: '203.0.113.9', trust: 'routed' })).toBe(0);
    solo.hear(new Other('Bob').beat(), afar);
    solo.wait(2000);
    expect(solo.takeSent().filter((sent) => sent.type === 'unicast')).toEqual([]);
  });

  test('leave fifty newcomers on one host their answers, asked for twice', () => {
    const solo = quiet();
    expect(answersTo(50, solo)).toBe(50);
    solo.wait(25);
    expect(answersTo(50, solo)).toBe(50);
  });
});
