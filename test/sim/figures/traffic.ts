import { Crowd } from '../../support/swarm/crowd.ts';
import { Swarm } from '../../support/swarm/swarm.ts';
import { type Case, type Figure, quantile, type Samples } from './figure.ts';

const MUST_BITS_PER_SECOND = 50_000;

/** More peers than these only emit. */
const FULL_MAX = 200;
const FULL_IN_CROWD = 64;

/** Ethernet with preamble, checksum and gap, IPv4, UDP, frame. */
const OVERHEAD_BYTES = 38 + 20 + 8 + 24;

/** Multicast of all peers together, in bits per second, once a group has settled. */
function steady(peers: number, loss: number, seed: number): Samples {
  const swarm = new Swarm({ seed, loss });
  const full = peers <= FULL_MAX ? peers : FULL_IN_CROWD;
  const crowd = new Crowd(swarm, () => crowd.size + swarm.present.length);
  crowd.add(peers - full);
  swarm.joinMany(full);
  // Several intervals, so that everybody is known to everybody, and what is measured settles.
  swarm.advance(Math.max(300_000, 5 * peers * 40));
  let bits = 0;
  swarm.onSent = ({ bytes, to }) => {
    if (to === undefined) bits += 8 * (bytes.length + OVERHEAD_BYTES);
  };
  const seconds = Math.max(300, peers / 5);
  swarm.advance(seconds * 1000);
  return [bits / seconds];
}

function caseOf(peers: number, loss: number): Case {
  const who = peers <= FULL_MAX ? '' : `, ${FULL_IN_CROWD} of them full`;
  return {
    what: `steady multicast of all, N = ${peers}${who}, ${loss * 100} % loss`,
    must: '<= 50 kbit/s',
    seeds: 3,
    run: (seed) => steady(peers, loss, seed),
    judge: (rates) => ({
      figures: `median ${(quantile(rates, 0.5) / 1000).toFixed(1)}, worst ${(quantile(rates, 1) / 1000).toFixed(1)} kbit/s`,
      met: quantile(rates, 1) <= MUST_BITS_PER_SECOND,
    }),
  };
}

export const traffic: Figure = {
  name: 'traffic',
  cases: [10, 30, 50, 100, 1000, 10_000].flatMap((peers) =>
    [0, 0.2].map((loss) => caseOf(peers, loss)),
  ),
};
