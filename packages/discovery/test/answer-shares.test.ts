import type { Source, Trust } from '@mailslot/core/internal';
import { describe, expect, test } from 'vitest';

import { AnswerShares, STRANGERS_ANSWER_RATE } from '../src/presence/answer-shares.ts';
import { ANSWER_BURST, ANSWERS_PER_SECOND } from '../src/presence/constants.ts';
import { sourceAt } from './support/sources.ts';

function sourceOf(trust: Trust): Source {
  return { ...sourceAt('10.0.0.1:1'), trust };
}

function drawAll(draw: () => boolean): number {
  let drawn = 0;
  while (drawn < 10_000 && draw()) drawn++;
  return drawn;
}

describe('answers', () => {
  test('are shared by all ports of an address, and come again with time', () => {
    const shares = new AnswerShares();
    let port = 1;
    expect(drawAll(() => shares.take(sourceAt(`10.0.0.1:${port++}`), true, 1))).toBe(ANSWER_BURST);
    expect(shares.take(sourceAt('10.0.0.2:1'), true, 1)).toBe(true);
    expect(drawAll(() => shares.take(sourceAt('10.0.0.1:1'), true, 1001))).toBe(ANSWERS_PER_SECOND);
  });

  test('go to all strangers together no faster than their own limit, and to known peers regardless of it', () => {
    const shares = new AnswerShares();
    let host = 0;
    const next = (): string => `10.0.${host >>> 8}.${host++ & 0xff}:1`;
    const { burst, perSecond } = STRANGERS_ANSWER_RATE;
    expect(drawAll(() => shares.take(sourceAt(next()), false, 1))).toBe(burst);
    expect(shares.take(sourceAt(next()), true, 1)).toBe(true);
    expect(drawAll(() => shares.take(sourceAt(next()), false, 1001))).toBe(perSecond);
  });

  test('that an address asks for in vain are not taken from other strangers', () => {
    const shares = new AnswerShares();
    for (let ask = 0; ask < 10_000; ask++) shares.take(sourceAt('10.0.0.1:1'), false, 1);
    expect(shares.take(sourceAt('10.0.0.2:1'), false, 1)).toBe(true);
  });

  test('reach 64 peers that start at once and ask three times each', () => {
    const shares = new AnswerShares();
    for (let ask = 0; ask < 3; ask++) {
      for (let peer = 0; peer < 64; peer++) {
        expect(shares.take(sourceAt(`10.0.0.${peer}:1`), false, 1 + ask * 30)).toBe(true);
      }
    }
  });

  test('to all that bridges bring have one share, the fourfold of an address, whoever asks', () => {
    const shares = new AnswerShares();
    let station = 0;
    const next = (): Source => {
      const source = sourceAt(`10.0.0.1:1/${station++}`);
      return { ...source, trust: 'relayed', address: undefined };
    };
    expect(drawAll(() => shares.take(next(), true, 1))).toBe(4 * ANSWER_BURST);
    expect(shares.take(sourceAt('10.0.0.1:1'), true, 1)).toBe(true);
    expect(drawAll(() => shares.take(next(), true, 1001))).toBe(4 * ANSWERS_PER_SECOND);
  });

  test('stay on the link, and on this computer are without limit', () => {
    const shares = new AnswerShares();
    expect(shares.take(sourceOf('routed'), true, 1)).toBe(false);
    expect(drawAll(() => shares.take(sourceOf('loopback'), false, 1))).toBe(10_000);
    expect(drawAll(() => shares.take(sourceOf('local'), false, 1))).toBe(10_000);
  });
});
