import { Attacker } from '../../support/swarm/attacker.ts';
import { Swarm } from '../../support/swarm/swarm.ts';
import { duration, type Case, type Figure, quantile, type Samples, sum } from './figure.ts';

const PEERS = 30;
const PER_SECOND = 20_000;
const FLOOD_MS = 60_000;
const HEAP_MAX = 32 * 2 ** 20;

const GIVEN_UP_MS = 30_000;

/** Proven peers lost by any of the others; growth of the heap for each of them, in bytes; what a newcomer takes. */
function flood(addresses: number, seed: number): Samples {
  const swarm = new Swarm({ seed });
  const members = swarm.joinMany(PEERS);
  const attacker = new Attacker(swarm);
  swarm.advance(60_000);
  let lost = 0;
  swarm.onTold = (_, { type, peer }) => {
    if (type === 'down' && swarm.memberOf.get(peer.id)?.isPresent === true) lost++;
  };
  const before = heapBytes();
  attacker.flood({ perSecond: PER_SECOND, durationMs: FLOOD_MS, addresses });
  swarm.advance(FLOOD_MS / 2);
  const start = swarm.clock.now();
  const newcomer = swarm.join();
  const whole = (): boolean => members.every(({ id }) => newcomer.machine.peer(id) !== undefined);
  while (!whole() && swarm.clock.now() - start < GIVEN_UP_MS) swarm.advance(5);
  const newcomerMs = whole() ? swarm.clock.now() - start : Infinity;
  swarm.advance(start + FLOOD_MS / 2 - swarm.clock.now());
  const heap = (heapBytes() - before) / PEERS;
  return [lost, heap, newcomerMs];
}

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function caseOf(what: string, addresses: number): Case {
  return {
    what: `flood of ${PER_SECOND} invented peers a second for ${FLOOD_MS / 1000} s beside ${PEERS}, ${what}`,
    must: 'no proven peer lost, heap growth <= 32 MiB, newcomer answered',
    seeds: 2,
    run: (seed) => flood(addresses, seed),
    judge: (samples) => {
      const [lost, heap, newcomerMs] = [
        sum(part(samples, 0)),
        quantile(part(samples, 1), 1),
        quantile(part(samples, 2), 1),
      ];
      return {
        figures: `${lost} lost, ${(heap / 2 ** 20).toFixed(1)} MiB each, newcomer's list in ${duration(newcomerMs)}`,
        met: lost === 0 && heap <= HEAP_MAX && newcomerMs < Infinity,
      };
    },
  };
}

export const flooding: Figure = {
  name: 'flood',
  cases: [
    caseOf('from one address', 1),
    caseOf('from 1 000 forged addresses', 1000),
    caseOf('each from another address', PER_SECOND * (FLOOD_MS / 1000)),
  ],
};

/** What {@link flood} gives comes in threes. */
function part(samples: Samples, index: number): Samples {
  return samples.filter((_, at) => at % 3 === index);
}
