/** The presence machine and its roster, without any network: what a beat costs, and a sweep, and a peer. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { Source } from '@mailslot/core/internal';
import { seededRandom } from '@mailslot/core/testing';
import {
  decodeMessage,
  drawPeerId,
  type PeerKey,
  PresenceMachine,
  Roster,
} from '@mailslot/discovery/internal';

import {
  announcement,
  drawKeys,
  newPeer,
  placeOf,
  REALM,
  record,
  renumber,
  rosterOf,
  shuffled,
} from './crowd.ts';
import type { BenchRow } from './row.ts';
import { median } from './statistics.ts';

const RUNS = 7;
const REFRESHES = 500_000;
const BEATING_PEERS = 10_000;
const HELD = 100_000;
const INTERVAL_CODE = 32;
const place = placeOf(0);

export async function benchPresence(): Promise<BenchRow[]> {
  return [
    ...[1000, 10_000, 100_000].map((peers) => benchRefresh(peers, 'in turn')),
    benchRefresh(100_000, 'at random'),
    benchBeats(),
    benchSweep(0),
    benchSweep(1000),
    benchAdoption(),
    benchFlood('one host', () => place),
    benchFlood('254 hosts', (at) => placeOf(at % 254)),
    benchFlood('a host each', placeOf),
    benchInvention(),
    await benchMemory(),
  ];
}

/** From a peer's key to the peer refreshed. Floor: the same key, a Map and one field. */
function benchRefresh(peers: number, order: 'in turn' | 'at random'): BenchRow {
  const keys = drawKeys(peers);
  const heard = order === 'in turn' ? keys : shuffled(keys);
  const roster = rosterOf(peers);
  const map = new Map<string, { heardAt: number }>();
  for (const key of keys) {
    roster.add(newPeer(key, place), INTERVAL_CODE, 0, 'stranger');
    map.set(key, { heardAt: 0 });
  }
  let sequence = 1;
  const refresh = (key: PeerKey): void => {
    const peer = roster.get(key)!;
    if (peer.judge(sequence) === 'newer') peer.accept(sequence);
    peer.heardFrom(place);
    roster.refresh(peer, INTERVAL_CODE, sequence);
  };
  const touch = (key: PeerKey): void => {
    map.get(key)!.heardAt = sequence;
  };
  const round = (act: (key: PeerKey) => void) => (): void => {
    for (let done = 0; done < REFRESHES; done++) {
      if (done % peers === 0) sequence++;
      act(heard[done % peers]!);
    }
  };
  const [ours, floor] = race(round(refresh), round(touch));
  const what = `roster refresh, ${peers} peers heard ${order}`;
  return throughput(what, REFRESHES, ours, floor, '>= 2.0 M/s');
}

/** From a beat's bytes to a refreshed peer, through the machine. Floor: its header decoded, a Map and one field. */
function benchBeats(): BenchRow {
  const keys = drawKeys(BEATING_PEERS);
  const random = seededRandom(1);
  const id = drawPeerId(random);
  // Room for all of them while they are strangers.
  const peersMax = 10 * BEATING_PEERS;
  const machine = new PresenceMachine({ id, realm: REALM, record, random, peersMax });
  const map = new Map(keys.map((key) => [key, { heardAt: 0 }]));
  let now = 1;
  let sequence = 1;
  machine.step({ type: 'start' }, now);
  const round = (beats: readonly Beat[], count: number, stepMs: number, act: Act) => (): void => {
    for (let done = 0; done < count; done++) {
      if (done % beats.length === 0) sequence++;
      const beat = beats[done % beats.length]!;
      renumber(beat.bytes, sequence);
      now += stepMs;
      act(beat);
    }
  };
  const take = (beat: Beat): void => void machine.step({ type: 'datagram', ...beat }, now);
  const introduce = round(beatsOf(keys, true), BEATING_PEERS, 2000 / BEATING_PEERS, take);
  while (machine.sizes.strangers > 0 || machine.sizes.peers < BEATING_PEERS) introduce();
  const before = JSON.stringify(machine.stats.drops);
  const beats = shuffled(beatsOf(keys, false));
  const [ours, floor] = race(
    round(beats, REFRESHES, 0.005, take),
    round(beats, REFRESHES, 0.005, ({ bytes }) => {
      map.get(decodeMessage(bytes).id)!.heardAt = now;
    }),
  );
  const after = JSON.stringify(machine.stats.drops);
  if (after !== before) throw new Error(`Beats were dropped: ${before}, then ${after}`);
  const what = `beat decoded and taken in, ${BEATING_PEERS} peers`;
  return throughput(what, REFRESHES, ours, floor, '>= 150 k/s');
}

interface Beat {
  readonly bytes: Uint8Array;
  readonly source: Source;
}

type Act = (beat: Beat) => void;

/** A datagram of each peer, each from a place of its own. */
function beatsOf(keys: readonly PeerKey[], full: boolean): Beat[] {
  return keys.map((key, at) => ({ bytes: announcement(key, full), source: placeOf(at) }));
}

/** One look for silent peers among many. Floor: a look at every one of them. */
function benchSweep(silent: number): BenchRow {
  const keys = drawKeys(HELD);
  const map = new Map(keys.map((key, index) => [key, { heardAt: index < silent ? 0 : 1000 }]));
  const ours: number[] = [];
  const floor: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const roster = rosterOf(HELD);
    for (const [index, key] of keys.entries()) {
      roster.add(newPeer(key, place), INTERVAL_CODE, index < silent ? 0 : 1000, 'stranger');
    }
    const sweep = (now: number): void => {
      for (const peer of roster.overdue(now, () => 1000)) roster.remove(peer);
    };
    for (let warming = 0; warming < 1000; warming++) sweep(0);
    ours.push(time(() => sweep(1500)));
    floor.push(time(() => void [...map.values()].filter((peer) => peer.heardAt <= 500)));
    if (roster.size !== HELD - silent) throw new Error(`${roster.size} peers are left.`);
  }
  return {
    what: `sweep of ${HELD} peers, ${silent} silent`,
    ours: `${(median(ours) * 1000).toFixed(0)} us`,
    floor: `${(median(floor) * 1000).toFixed(0)} us looking at all`,
    ratio: `${(median(ours) / median(floor)).toFixed(3)} x`,
    target: 'by what expires',
  };
}

/** Peers that another has told of, heard at any time in the past, and put in order now and then. Floor: a Map. */
function benchAdoption(): BenchRow {
  const random = seededRandom(1);
  const adopted = drawKeys(BEATING_PEERS).map((key) => ({ key, heardAt: random.next() * 400_000 }));
  const [ours, floor] = race(
    () => {
      const roster = new Roster({ max: 2 * BEATING_PEERS, provenAtOnce: false });
      for (const [at, { key, heardAt }] of adopted.entries()) {
        roster.add(newPeer(key, undefined), INTERVAL_CODE, heardAt, 'vouched');
        // A page of ten each millisecond, a look each 200 ms.
        if (at % 2000 === 0) roster.overdue(0, () => 1000);
      }
      roster.overdue(0, () => 1000);
    },
    () => {
      const map = new Map<string, { heardAt: number }>();
      for (const { key, heardAt } of adopted) map.set(key, { heardAt });
    },
  );
  const what = `roster, ${BEATING_PEERS} peers adopted from a list`;
  return throughput(what, BEATING_PEERS, ours, floor, '>= 0.2 M/s');
}

/** Strangers that crowd each other out of a full roster. Floor: a Map that forgets its first. */
function benchInvention(): BenchRow {
  const peers = drawKeys(HELD).map((key, at) => newPeer(key, placeOf(at % 5000)));
  const [ours, floor] = race(
    () => {
      const roster = new Roster({ max: BEATING_PEERS, provenAtOnce: false });
      for (const [at, peer] of peers.entries()) roster.add(peer, INTERVAL_CODE, at, 'stranger');
    },
    () => {
      const map = new Map<string, unknown>();
      for (const peer of peers) {
        map.set(peer.key, peer);
        if (map.size > 2000) map.delete(map.keys().next().value!);
      }
    },
  );
  return throughput('roster, strangers pushing out strangers', HELD, ours, floor, '>= 0.2 M/s');
}

/** From the bytes of invented peers, 20 000 a second, to what the limits leave of them. Floor: their headers decoded. */
function benchFlood(from: string, sourceOf: (at: number) => Source): BenchRow {
  const flood = drawKeys(HELD).map((key, at) => ({
    type: 'datagram' as const,
    bytes: announcement(key, true),
    source: sourceOf(at),
  }));
  let now = 1;
  const [ours, floor] = race(
    () => {
      const random = seededRandom(1);
      const machine = new PresenceMachine({ id: drawPeerId(random), realm: REALM, record, random });
      machine.step({ type: 'start' }, now);
      for (const datagram of flood) machine.step(datagram, (now += 0.05));
    },
    () => {
      for (const { bytes } of flood) decodeMessage(bytes);
    },
  );
  const what = `datagram of a flood taken by the machine, from ${from}`;
  return throughput(what, HELD, ours, floor, '>= 100 k/s');
}

async function benchMemory(): Promise<BenchRow> {
  const child = fork(fileURLToPath(new URL('roster-memory.js', import.meta.url)), {
    execArgv: ['--expose-gc'],
  });
  const [answer] = await once(child, 'message');
  const { peerBytes, mapBytes }: { peerBytes: number; mapBytes: number } = answer;
  return {
    what: `memory of a peer with its path, without its record, ${HELD} peers`,
    ours: `${peerBytes.toFixed(0)} B`,
    floor: `${mapBytes.toFixed(0)} B in a Map`,
    ratio: `${(peerBytes / mapBytes).toFixed(1)} x`,
    target: '<= 512 B',
  };
}

/** Medians of both, in milliseconds, run by turns so that both meet the same machine. */
function race(ours: () => void, floor: () => void): [ours: number, floor: number] {
  const times: [number[], number[]] = [[], []];
  for (let run = 0; run < RUNS; run++) {
    times[0].push(time(ours));
    times[1].push(time(floor));
  }
  return [median(times[0]), median(times[1])];
}

function time(action: () => void): number {
  const start = performance.now();
  action();
  return performance.now() - start;
}

function throughput(
  what: string,
  count: number,
  oursMs: number,
  floorMs: number,
  target: string,
): BenchRow {
  const perSecond = (ms: number): string => `${(count / ms / 1000).toFixed(2)} M/s`;
  return {
    what,
    ours: perSecond(oursMs),
    floor: perSecond(floorMs),
    ratio: `${(oursMs / floorMs).toFixed(1)} x`,
    target,
  };
}
