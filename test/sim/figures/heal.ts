import { Swarm } from '../../support/swarm/swarm.ts';
import { type Case, type Figure, judgeTimes, type Samples } from './figure.ts';

const PARTED_MS = 120_000;
const GIVEN_UP_MS = 300_000;

/** From the end of a partition in two halves until all lists are equal and whole. */
function heal(peers: number, loss: number, seed: number): Samples {
  const swarm = new Swarm({ seed, loss });
  const members = swarm.joinMany(peers);
  swarm.advance(60_000);
  swarm.partition(members.slice(0, peers / 2), PARTED_MS, false);
  swarm.advance(PARTED_MS);
  const start = swarm.clock.now();
  while (members.some(({ machine }) => machine.sizes.peers !== peers - 1)) {
    swarm.advance(20);
    if (swarm.clock.now() - start > GIVEN_UP_MS) return [Infinity];
  }
  return [swarm.clock.now() - start];
}

function caseOf(peers: number, loss: number, must?: number): Case {
  return {
    what: `equal lists after a split is healed, N = ${peers}, ${loss * 100} % loss`,
    must: must === undefined ? undefined : `<= ${must / 1000} s`,
    seeds: 10,
    run: (seed) => heal(peers, loss, seed),
    judge: judgeTimes(must === undefined ? {} : { 1: must }),
  };
}

export const healing: Figure = {
  name: 'heal',
  cases: [caseOf(10, 0.2), caseOf(100, 0), caseOf(100, 0.2, 20_000)],
};
