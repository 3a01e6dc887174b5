import { presets } from '@mailslot/discovery/internal';

import { Swarm } from '../../support/swarm/swarm.ts';
import { type Case, type Figure, judgeTimes, type Samples } from './figure.ts';

const OBSERVED_MS = 120_000;

type Preset = 'lan' | 'lobby';
type End = 'killed' | 'cut';

/** From the death of a peer to `down`, for each of the others. */
function detection(peers: number, loss: number, end: End, preset: Preset, seed: number): Samples {
  const swarm = new Swarm({ seed, loss, tuning: presets[preset]() });
  const times: number[] = [];
  for (let joined = 0; joined < peers; joined++) {
    swarm.join();
    swarm.advance(20);
  }
  // Until intervals and estimates have settled.
  swarm.advance(60_000 + peers * 200);
  const victim = swarm.members[seed % peers]!;
  const diedAt = swarm.clock.now();
  const listing = new Set(swarm.present.filter((member) => member !== victim));
  swarm.onTold = (member, effect) => {
    if (effect.type !== 'down' || effect.peer.id !== victim.id) return;
    if (listing.delete(member)) times.push(swarm.clock.now() - diedAt);
  };
  if (end === 'killed') swarm.kill(victim);
  else swarm.cut(victim);
  swarm.advance(OBSERVED_MS);
  for (const _ of listing) times.push(Infinity);
  return times;
}

/** The most that it may take: median, or p95 with loss. */
function mostMs(peers: number, loss: number, end: End, preset: Preset): number | undefined {
  if (loss === 0.2 && peers <= 10) return end === 'killed' ? 5000 : 7000;
  if (loss > 0) return undefined;
  if (end === 'killed' && [2, 10, 50].includes(peers)) {
    if (preset === 'lobby') return 800;
    return peers === 50 ? 3000 : 1500;
  }
  if (end === 'cut' && [2, 10].includes(peers)) return preset === 'lobby' ? 1500 : 2500;
  return undefined;
}

function caseOf(peers: number, loss: number, end: End, preset: Preset): Case {
  const most = mostMs(peers, loss, end, preset);
  const share = loss === 0 ? 0.5 : 0.95;
  return {
    what: `${end === 'killed' ? 'process killed' : 'host cut off'}, N = ${peers}, ${loss * 100} % loss, ${preset}`,
    must: most === undefined ? undefined : `${loss === 0 ? 'median' : 'p95'} <= ${most / 1000} s`,
    seeds: peers >= 1000 ? 1 : peers >= 100 ? 4 : Math.ceil(60 / peers) + 10,
    run: (seed) => detection(peers, loss, end, preset, seed),
    judge: judgeTimes(most === undefined ? {} : { [share]: most }),
  };
}

const ENDS: readonly End[] = ['killed', 'cut'];
const PRESETS: readonly Preset[] = ['lan', 'lobby'];

export const crash: Figure = {
  name: 'crash',
  cases: PRESETS.flatMap((preset) =>
    ENDS.flatMap((end) =>
      [2, 10, 30, 50, 100, 1000].flatMap((peers) =>
        [0, 0.01, 0.2].map((loss) => caseOf(peers, loss, end, preset)),
      ),
    ),
  ),
};
