import type { Source } from '@mailslot/core/internal';
import { describe, expect, test } from 'vitest';

import { PATHS_MAX, Peer } from '../src/presence/peer.ts';
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

  test('note the place of a copy behind that', () => {
    const peer = peerAt(a);
    peer.copyFrom(b);
    peer.copyFrom(c);
    peer.copyFrom(b);
    expect(pathsOf(peer)).toBe('acb');
  });

  test('are four at most, the oldest forgotten', () => {
    const peer = peerAt(a);
    for (const source of [b, c, d]) peer.heardFrom(source);
    expect(peer.paths).toHaveLength(PATHS_MAX);
    peer.heardFrom(e);
    expect(pathsOf(peer)).toBe('edcb');
    expect(peer.isAt(a)).toBe(false);
    expect(peer.isAt(b)).toBe(true);
    peer.copyFrom(a);
    expect(pathsOf(peer)).toBe('eadc');
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
