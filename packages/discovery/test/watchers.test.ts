import { seededRandom } from '@mailslot/core/testing';
import { describe, expect, test } from 'vitest';

import { WATCHERS } from '../src/presence/patience.ts';
import type { PeerKey } from '../src/presence/peer-id.ts';
import { isWatcher, watchersOf as listedWatchersOf } from '../src/presence/watchers.ts';
import { drawKeys } from './support/transfer.ts';

/** Who of a group, each of whom lists all the others, watches one of them. */
function watchersOf(subject: PeerKey, group: readonly PeerKey[]): PeerKey[] {
  return group.filter((self) => {
    if (self === subject) return false;
    return isWatcher(
      self,
      subject,
      group.filter((key) => key !== self),
    );
  });
}

test('those who watch a peer are known to whoever knows the group', () => {
  const group = drawKeys(30, seededRandom(7));
  for (const subject of group) {
    expect(listedWatchersOf(subject, group).toSorted()).toEqual(
      watchersOf(subject, group).toSorted(),
    );
  }
});

describe('a peer', () => {
  test.each([2, 3, 4, 5, 6, 30, 100])('of %i is watched by four, or by all others', (size) => {
    const group = drawKeys(size, seededRandom(size));
    for (const subject of group) {
      expect(watchersOf(subject, group)).toHaveLength(Math.min(WATCHERS, size - 1));
    }
  });

  test('is watched by the same, in whatever order each lists the others', () => {
    const group = drawKeys(40, seededRandom(3));
    const [subject] = group;
    const before = watchersOf(subject!, group);
    expect(watchersOf(subject!, group.toReversed()).toSorted()).toEqual(before.toSorted());
  });

  test('is watched by three of the same if one of them goes, and by all of them if another does', () => {
    const group = drawKeys(40, seededRandom(4));
    const [subject] = group;
    const before = watchersOf(subject!, group);
    for (const gone of group.slice(1)) {
      const after = watchersOf(
        subject!,
        group.filter((key) => key !== gone),
      );
      const stayed = before.filter((key) => after.includes(key));
      expect(stayed).toHaveLength(before.includes(gone) ? WATCHERS - 1 : WATCHERS);
    }
  });

  test('watches about as many as any other', () => {
    const group = drawKeys(200, seededRandom(5));
    const watched = new Map(group.map((key) => [key, 0]));
    for (const subject of group) {
      for (const watcher of watchersOf(subject, group)) {
        watched.set(watcher, watched.get(watcher)! + 1);
      }
    }
    // Four on the mean, with the spread that chance has.
    const counts = [...watched.values()];
    const variance = counts.reduce((sum, count) => sum + (count - 4) ** 2 / counts.length, 0);
    expect(variance).toBeLessThan(6);
    expect(Math.max(...counts)).toBeLessThan(14);
  });

  test('is watched by others than those who watch its watcher', () => {
    const group = drawKeys(100, seededRandom(6));
    let mutual = 0;
    for (const subject of group) {
      for (const watcher of watchersOf(subject, group)) {
        if (watchersOf(watcher, group).includes(subject)) mutual++;
      }
    }
    // By chance one in 25 of 400.
    expect(mutual).toBeLessThan(40);
  });
});
