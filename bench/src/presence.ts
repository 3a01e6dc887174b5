/** The presence machine and its roster, without any network: what a beat costs, and a sweep, and a peer. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

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
    await benchMemory(),
  ];
}

/** From a peer's key to the peer refreshed. Floor: the same key, a Map and one field. */
function benchRefresh(peers: number, order: 'in turn' | 'at random'): BenchRow {
  const keys = drawKeys(peers);
  const heard = order === 'in turn' ? keys : shuffled(keys);
  const roster = new Roster(peers);
  const map = new Map<string, { heardAt: number }>();
  for (const key of keys) {
    roster.add(newPeer(key, place), INTERVAL_CODE, 0);
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
  const beats = shuffled(keys).map((key) => announcement(key, false));
  const random = seededRandom(1);
  const id = drawPeerId(random);
  const machine = new PresenceMachine({ id, realm: REALM, record, random });
  const map = new Map(keys.map((key) => [key, { heardAt: 0 }]));
  let now = 1;
  let sequence = 1;
  machine.step({ type: 'start' }, now);
  for (const key of keys) {
    machine.step({ type: 'datagram', bytes: announcement(key, true), source: place }, now);
  }
  const round = (act: (bytes: Uint8Array) => void) => (): void => {
    for (let done = 0; done < REFRESHES; done++) {
      if (done % BEATING_PEERS === 0) sequence++;
      const bytes = beats[done % BEATING_PEERS]!;
      renumber(bytes, sequence);
      now += 0.005;
      act(bytes);
    }
  };
  const [ours, floor] = race(
    round((bytes) => {
      machine.step({ type: 'datagram', bytes, source: place }, now);
    }),
    round((bytes) => {
      map.get(decodeMessage(bytes).id)!.heardAt = now;
    }),
  );
  const { drops } = machine.stats;
  if (Object.keys(drops).length > 0)
    throw new Error(`Beats were dropped: ${JSON.stringify(drops)}`);
  const what = `beat decoded and taken in, ${BEATING_PEERS} peers`;
  return throughput(what, REFRESHES, ours, floor, '>= 150 k/s');
}

/** One look for silent peers among many. Floor: a look at every one of them. */
function benchSweep(silent: number): BenchRow {
  const keys = drawKeys(HELD);
  const map = new Map(keys.map((key, index) => [key, { heardAt: index < silent ? 0 : 1000 }]));
  const ours: number[] = [];
  const floor: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const roster = new Roster(HELD);
    for (const [index, key] of keys.entries()) {
      roster.add(newPeer(key, place), INTERVAL_CODE, index < silent ? 0 : 1000);
    }
    for (let warming = 0; warming < 1000; warming++) roster.expire(0, () => 1000);
    ours.push(time(() => void roster.expire(1500, () => 1000)));
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
