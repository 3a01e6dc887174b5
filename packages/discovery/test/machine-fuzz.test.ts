/** Everything that comes from the network is hostile: real datagrams of a real run, broken in all ways. */

import { seededRandom } from '@mailslot/core/testing';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import { DATAGRAM_BYTES_MAX, TYPE, TYPE_OFFSET } from '../src/presence/message.ts';
import { FRAME_BYTES } from '../src/presence/record.ts';
import { PresenceNet } from './support/presence-net.ts';
import { acquainted, familiar, Solo } from './support/solo.ts';
import { sourceAt } from './support/sources.ts';

const PEERS_MAX = 40;

/** Every datagram of a run in which everything happens. */
const recorded: Uint8Array[] = [];

beforeAll(() => {
  const net = new PresenceNet(1, { loss: 0.2, duplication: 0.1, latencyMsMax: 10 });
  const peers = net.joinMany(70);
  net.clock.advance(1500);
  net.join('newcomer');
  net.join(undefined);
  net.clock.advance(1500);
  peers[0]!.feed({ type: 'update', record: { name: 'x', endpoints: [{ port: 1 }], info: [1] } });
  peers[1]!.kill();
  peers[2]!.feed({ type: 'close' });
  net.clock.advance(20_000);
  for (const line of net.trace)
    recorded.push(new Uint8Array(Buffer.from(line.split(' ').at(-1)!, 'hex')));
});

/** One of the recorded ones, with some of its octets changed, cut, or grown. */
const broken: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.nat(),
    fc.array(fc.tuple(fc.nat(), fc.nat(0xff)), { maxLength: 6 }),
    fc.integer({ min: -20, max: 20 }),
    fc.uint8Array({ minLength: 20, maxLength: 20 }),
  )
  .map(([which, changes, grow, more]) => {
    const bytes = recorded[which % recorded.length]!.slice();
    for (const [at, value] of changes) {
      // The realm stays, or nothing would come of most.
      const place = at % bytes.length;
      if (place < 4 || place >= 8) bytes[place] = value;
    }
    return grow < 0
      ? bytes.subarray(0, bytes.length + grow)
      : Buffer.concat([bytes, more.subarray(0, grow)]);
  });

const places = fc.nat(30).map((at) => sourceAt(`10.1.1.${at}:${at % 3}`));

/** Takes them all, lets time pass, and checks what must hold whatever comes. */
function endure(solo: Solo, datagrams: fc.Arbitrary<Uint8Array>, numRuns: number): void {
  fc.assert(
    fc.property(datagrams, places, fc.nat(40), (bytes, source, ms) => {
      const before = bytes.slice();
      solo.hear(bytes, source);
      solo.wait(ms);
      const { peers, strangers, suspects, tombstones, timers } = solo.machine.sizes;
      expect(peers).toBeLessThanOrEqual(PEERS_MAX);
      expect(strangers).toBeLessThanOrEqual(PEERS_MAX / 5);
      expect(suspects).toBeLessThanOrEqual(peers);
      expect(tombstones).toBeLessThanOrEqual(4096 + 1024);
      expect(timers).toBeLessThanOrEqual(4 * peers + 1024 * 3);
      // What was heard is the network's, and is not kept or changed.
      expect(bytes).toEqual(before);
      const sizes = solo.take().map((effect) => ('bytes' in effect ? effect.bytes.length : 0));
      expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(DATAGRAM_BYTES_MAX - FRAME_BYTES);
    }),
    { numRuns },
  );
}

/** All that comes of some of the recorded ones. */
function replay(): unknown[] {
  const random = seededRandom(5);
  const solo = Solo.settled();
  acquainted(solo);
  for (let datagram = 0; datagram < 500; datagram++) {
    const bytes = recorded[Math.trunc(random.next() * recorded.length)]!;
    solo.hear(bytes, sourceAt(`10.1.1.${datagram % 7}:1`));
    solo.wait(random.next() * 50);
  }
  return solo.take();
}

describe('the machine', () => {
  test('was recorded saying everything there is to say', () => {
    const types = new Set(recorded.map((bytes) => bytes[TYPE_OFFSET]));
    expect(types).toEqual(new Set(Object.values(TYPE)));
  });

  test('bears real datagrams in any order, any number of times, from anywhere', () => {
    const real = fc.nat().map((which) => recorded[which % recorded.length]!);
    endure(Solo.settled({ peersMax: PEERS_MAX }), real, 1500);
  });

  test('bears broken ones', () => {
    endure(Solo.settled({ peersMax: PEERS_MAX }), broken, 2500);
  });

  test('bears them as a newcomer and as an observer', () => {
    for (const options of [{}, { record: undefined }]) {
      const solo = new Solo({ peersMax: PEERS_MAX, ...options });
      solo.feed({ type: 'start' });
      endure(solo, broken, 800);
    }
  });

  test('still lists, answers and leaves after all that', () => {
    const solo = Solo.settled({ peersMax: PEERS_MAX });
    endure(solo, broken, 1000);
    solo.wait(120_000);
    solo.take();
    const [bob] = familiar(solo, 'Bob');
    expect(solo.names).toContain('Bob');
    solo.hear(bob!.beat(0x02), bob!.source);
    expect(solo.takeSent().some(({ to }) => to?.id === bob!.source.id)).toBe(true);
    solo.feed({ type: 'close' });
    solo.wait(1000);
    expect(solo.take().at(-1)!.type).toBe('closed');
    expect(solo.machine.nextWakeAt).toBe(Infinity);
  });

  test('does the same with the same datagrams and the same seed', () => {
    expect(replay()).toEqual(replay());
  });
});
