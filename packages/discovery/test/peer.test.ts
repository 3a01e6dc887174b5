import type { Source } from '@mailslot/core/internal';
import { describe, expect, test } from 'vitest';

import { PATH_MISSES_MAX, PATHS_MAX, Peer } from '../src/presence/peer.ts';
import { sourceAt } from './support/sources.ts';

type Five<Item> = [Item, Item, Item, Item, Item];

const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map(sourceAt) as Five<Source>;

function peerAt(source: Source | undefined): Peer {
  return new Peer(
    'key',
    1,
    { record: { name: 'Ann', endpoints: [], info: undefined }, revision: 0 },
    source,
  );
}

function pathsOf(peer: Peer): string {
  return peer.paths.map((path) => path.id).join('');
}

describe('the paths of a peer', () => {
  test('have the place of the newest evidence first', () => {
    const peer = peerAt(a);
    peer.heardFrom(b);
    expect(pathsOf(peer)).toBe('ba');
    expect(peer.path).toBe(b);
    peer.heardFrom(a);
    expect(pathsOf(peer)).toBe('ab');
    peer.heardFrom(sourceAt('a'));
    expect(pathsOf(peer)).toBe('ab');
  });

  test('note the place of copies behind that, once they are of two messages', () => {
    const peer = peerAt(a);
    for (const place of [b, b, c]) peer.copyFrom(place);
    expect(pathsOf(peer)).toBe('a');
    peer.groupCount++;
    for (const place of [c, b]) peer.copyFrom(place);
    expect(pathsOf(peer)).toBe('abc');
  });

  test('are four at most, the oldest forgotten', () => {
    const peer = peerAt(a);
    for (const source of [b, c, d]) peer.heardFrom(source);
    expect(peer.paths).toHaveLength(PATHS_MAX);
    peer.heardFrom(e);
    expect(pathsOf(peer)).toBe('edcb');
    expect(peer.isAt(a)).toBe(false);
    expect(peer.isAt(b)).toBe(true);
  });

  test(`are given up after ${PATH_MISSES_MAX} messages that came from elsewhere`, () => {
    const peer = peerAt(a);
    const changes: boolean[] = [];
    for (let message = 0; message < PATH_MISSES_MAX; message++) {
      peer.groupCount++;
      changes.push(peer.heardFrom(b));
    }
    expect(pathsOf(peer)).toBe('b');
    // Users are told of the new address and of the end of the old one.
    expect(changes).toEqual([true, false, true]);
  });

  test('that are two interfaces stay, whichever is the faster', () => {
    const peer = peerAt(a);
    const changes: boolean[] = [];
    for (const [first, second] of [
      [a, b],
      [a, b],
      [a, b],
      [b, a],
      [a, b],
    ] as const) {
      peer.groupCount++;
      changes.push(peer.heardFrom(first));
      peer.copyFrom(second);
    }
    expect(pathsOf(peer)).toBe('ab');
    expect(changes).toEqual([false, false, true, false, false]);
  });

  test('have the nearest place first, wherever the newest evidence came from', () => {
    const bridged: Source = { ...a, trust: 'relayed' };
    const afar: Source = { ...c, transport: 'nats', trust: 'brokered' };
    const here: Source = { ...d, trust: 'loopback' };
    const peer = peerAt(bridged);
    for (const place of [here, b, afar]) peer.heardFrom(place);
    expect(pathsOf(peer)).toBe('dbca');
    expect(peer.path).toBe(afar);
  });

  test('are those that still work: the nearest is given up as any other', () => {
    const afar: Source = { ...c, transport: 'nats', trust: 'brokered' };
    const peer = peerAt(a);
    for (let message = 0; message < PATH_MISSES_MAX; message++) {
      expect(pathsOf(peer)).toBe(message === 0 ? 'a' : 'ac');
      peer.groupCount++;
      peer.heardFrom(afar);
    }
    expect(pathsOf(peer)).toBe('c');
  });

  test('are none until it is heard, if another peer has told of it', () => {
    for (const note of ['heardFrom', 'copyFrom'] as const) {
      const peer = peerAt(undefined);
      expect(peer.paths).toEqual([]);
      expect(peer.path).toBeUndefined();
      expect(peer.isAt(a)).toBe(false);
      peer[note](a);
      expect(pathsOf(peer)).toBe('a');
    }
  });
});
