import { secure } from '@mailslot/discovery/internal';

import { Attacker } from '../../support/swarm/attacker.ts';
import { Swarm, type SwarmOptions } from '../../support/swarm/swarm.ts';
import { type Case, type Figure, type Samples, sum } from './figure.ts';

const PEERS = 10;
const GOODBYES = 100;
const SECRET_BYTES = 32;

/** Downs that forged goodbyes bring about. `spoofed`: from the very address and port of the victim. */
function forgeries(options: SwarmOptions, spoofed: boolean): Samples {
  const swarm = new Swarm(options);
  const members = swarm.joinMany(PEERS);
  const attacker = new Attacker(swarm);
  swarm.advance(30_000);
  let downs = 0;
  swarm.onTold = (_, { type }) => {
    if (type === 'down') downs++;
  };
  for (let sent = 0; sent < GOODBYES; sent++) {
    const victim = members[sent % members.length]!;
    attacker.forgeGoodbye(victim, spoofed ? victim.source : undefined);
    swarm.advance(5000);
  }
  return [downs];
}

async function forgeriesWithSecret(seed: number): Promise<Samples> {
  const secret = new Uint8Array(SECRET_BYTES).fill(seed);
  const { protection } = await secure({ secret }, { domain: 'WORKGROUP', service: 'tanks' });
  return forgeries({ seed, protection }, true);
}

function caseOf(what: string, must: string | undefined, run: Case['run']): Case {
  return {
    what: `downs by forged goodbyes, ${what}`,
    must,
    seeds: 4,
    run,
    judge: (downs) => ({
      figures: `${sum(downs)} of ${downs.length * GOODBYES * (PEERS - 1)}`,
      met: must === undefined ? undefined : sum(downs) === 0,
    }),
  };
}

export const forgery: Figure = {
  name: 'forgery',
  cases: [
    caseOf('open realm', '0', (seed) => forgeries({ seed }, false)),
    caseOf('open realm, 20 % loss', undefined, (seed) => forgeries({ seed, loss: 0.2 }, false)),
    caseOf("open realm, from the victim's own address and port", undefined, (seed) =>
      forgeries({ seed }, true),
    ),
    caseOf("with a secret, from the victim's own address and port", '0', forgeriesWithSecret),
  ],
};
