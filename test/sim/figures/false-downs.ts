import type { Faults } from '@mailslot/core/testing';
import { presets } from '@mailslot/discovery/internal';

import { Swarm } from '../../support/swarm/swarm.ts';
import { type Case, type Figure, type Samples, sum } from './figure.ts';

const HOUR_MS = 3_600_000;

/** Downs in a group where nobody goes; the first minute counts, too. */
function falseDowns(seed: number, peers: number, faults: Faults, durationMs: number): Samples {
  const swarm = new Swarm({ seed, ...faults, tuning: presets.lan() });
  let downs = 0;
  swarm.onTold = (_, { type }) => {
    if (type === 'down') downs++;
  };
  swarm.joinMany(peers);
  swarm.advance(durationMs);
  return [downs];
}

function caseOf(what: string, peers: number, faults: Faults, hours: number, seeds: number): Case {
  return {
    what: `false downs, N = ${peers}, ${what}, ${seeds * hours} h in ${seeds} seeds`,
    must: '0',
    seeds,
    run: (seed) => falseDowns(seed, peers, faults, hours * HOUR_MS),
    judge: (downs) => ({ figures: String(sum(downs)), met: sum(downs) === 0 }),
  };
}

export const falseDownsFigure: Figure = {
  name: 'false-downs',
  cases: [
    caseOf('20 % independent loss', 30, { loss: 0.2 }, 6, 28),
    caseOf(
      'outages of 0.5 s on average, 5 % of the time',
      30,
      { bursts: { meanMs: 500, share: 0.05 } },
      2,
      12,
    ),
    caseOf('20 % independent loss', 10, { loss: 0.2 }, 6, 4),
    caseOf('20 % independent loss', 2, { loss: 0.2 }, 6, 4),
  ],
};
