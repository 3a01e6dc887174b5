import type { Peer, PresenceEvent } from '@mailslot/discovery';
import { expect, test } from 'vitest';

import { GONE_MAX, PresenceBoard, SPANS_MAX, WINDOW_MS } from '../src/presence-board.ts';

function peer(id: string): Peer {
  return { id, name: id, port: undefined, info: null, addresses: [], interfaces: [] };
}

function event(type: 'up' | 'update' | 'suspect' | 'clear', id: string): PresenceEvent {
  return { type, peer: peer(id) };
}

function down(id: string): PresenceEvent {
  return { type: 'down', reason: 'expired', peer: peer(id) };
}

test('a board knows since when each peer is in which state', () => {
  const board = new PresenceBoard();
  board.take(event('up', 'ann'), 1000);
  board.take(event('suspect', 'ann'), 2000);
  board.take(event('update', 'ann'), 2500);
  expect(board.standings(3000)).toMatchObject([{ state: 'suspect', since: 2000 }]);
  board.take(event('clear', 'ann'), 3000);
  board.take(event('update', 'ann'), 3500);
  board.take(down('ann'), 4000);
  expect(board.standings(5000)).toEqual([
    {
      peer: peer('ann'),
      state: 'down',
      since: 4000,
      reason: 'expired',
      spans: [
        { state: 'up', since: 1000 },
        { state: 'suspect', since: 2000 },
        { state: 'up', since: 3000 },
        { state: 'down', since: 4000 },
      ],
    },
  ]);
});

test('it forgets who went before its window, and what ended before that', () => {
  const board = new PresenceBoard();
  board.take(event('up', 'ann'), 0);
  board.take(down('ann'), 1000);
  board.take(event('up', 'bob'), 0);
  board.take(event('suspect', 'bob'), 1000);
  board.take(event('clear', 'bob'), 2000);
  expect(board.standings(1000 + WINDOW_MS)).toHaveLength(2);
  expect(board.standings(2000 + WINDOW_MS)).toMatchObject([
    { peer: { id: 'bob' }, spans: [{ state: 'up', since: 2000 }] },
  ]);
});

test('it remembers so many that went, the last ones, and so much of one that flickers', () => {
  const board = new PresenceBoard();
  for (let n = 0; n <= GONE_MAX; n++) {
    board.take(event('up', `peer ${n}`), 0);
    board.take(down(`peer ${n}`), 1);
  }
  const ids = board.standings(2).map(({ peer: { id } }) => id);
  expect(ids).toHaveLength(GONE_MAX);
  expect(ids).not.toContain('peer 0');
  for (let n = 0; n <= SPANS_MAX; n++) {
    board.take(event(n % 2 === 0 ? 'up' : 'suspect', 'ann'), 10 + n);
  }
  const ann = board.standings(100).find(({ peer: { id } }) => id === 'ann');
  expect(ann?.spans).toHaveLength(SPANS_MAX);
});
