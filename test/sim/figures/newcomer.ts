import { Crowd } from '../../support/swarm/crowd.ts';
import type { Member } from '../../support/swarm/member.ts';
import { Swarm } from '../../support/swarm/swarm.ts';
import { type Case, type Figure, judgeTimes, type Samples } from './figure.ts';

const GIVEN_UP_MS = 60_000;

/** From its start until it lists all others. */
function listed(swarm: Swarm, peers: number): number {
  const start = swarm.clock.now();
  const newcomer = swarm.join();
  while (newcomer.machine.sizes.peers < peers) {
    swarm.advance(1);
    if (swarm.clock.now() - start > GIVEN_UP_MS) return Infinity;
  }
  const tookMs = swarm.clock.now() - start;
  // It goes again, and all forget it before the next one comes.
  swarm.leave(newcomer);
  swarm.advance(5000);
  return tookMs;
}

function among(peers: number, loss: number, newcomers: number, seed: number): Samples {
  const swarm = new Swarm({ seed, loss });
  for (let joined = 0; joined < peers; joined++) {
    swarm.join();
    swarm.advance(20);
  }
  swarm.advance(60_000);
  return Array.from({ length: newcomers }, () => listed(swarm, peers));
}

/** 64 full peers among so many that only emit; they know all of them before the first newcomer comes. */
function amongCrowd(
  peers: number,
  full: number,
  loss: number,
  newcomers: number,
  seed: number,
): Samples {
  const swarm = new Swarm({ seed, loss });
  const crowd = new Crowd(swarm, () => crowd.size + swarm.present.length);
  crowd.add(peers - full);
  swarm.joinMany(full);
  const whole = ({ machine }: Member): boolean => machine.sizes.peers === peers - 1;
  for (let hours = 0; !swarm.present.every(whole) && hours < 12; hours++) swarm.advance(600_000);
  return Array.from({ length: newcomers }, () => listed(swarm, peers));
}

function caseOf(
  peers: number,
  loss: number,
  limits: Readonly<Record<number, number>>,
  must: string | undefined,
): Case {
  const seeds = peers >= 1000 ? 2 : 8;
  return {
    what: `newcomer's full list, N = ${peers}, ${loss * 100} % loss`,
    must,
    seeds,
    run: (seed) => among(peers, loss, 100, seed),
    judge: judgeTimes(limits),
  };
}

export const newcomer: Figure = {
  name: 'newcomer',
  cases: [
    caseOf(1, 0, { 0.5: 12 }, 'median <= 12 ms'),
    caseOf(10, 0, { 0.5: 15 }, 'median <= 15 ms'),
    caseOf(10, 0.2, { 0.5: 50, 1: 1000 }, 'median <= 50 ms, worst <= 1 s'),
    caseOf(50, 0, { 0.5: 30 }, 'median <= 30 ms'),
    caseOf(50, 0.2, {}, undefined),
    caseOf(100, 0, {}, undefined),
    caseOf(100, 0.2, {}, undefined),
    caseOf(1000, 0, { 0.5: 150 }, 'p50 <= 150 ms'),
    caseOf(1000, 0.2, { 0.99: 1000 }, 'p99 <= 1 s'),
    ...[0, 0.2].map((loss): Case => ({
      what: `newcomer's full list, N = 10000 (64 full peers), ${loss * 100} % loss`,
      must: loss === 0 ? '<= 2 s' : undefined,
      seeds: 2,
      run: (seed) => amongCrowd(10_000, 64, loss, 20, seed),
      judge: judgeTimes(loss === 0 ? { 1: 2000 } : {}),
    })),
  ],
};
