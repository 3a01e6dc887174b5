import { Attacker } from '../../support/swarm/attacker.ts';
import { Swarm } from '../../support/swarm/swarm.ts';
import { type Case, type Figure, type Samples, sum } from './figure.ts';

const GOODBYES = 100;

/** Downs that forged goodbyes bring about. `spoofed`: from the very place of the victim. */
function forgeries(loss: number, spoofed: boolean, seed: number): Samples {
  const swarm = new Swarm({ seed, loss });
  const members = swarm.joinMany(10);
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

function caseOf(loss: number, spoofed: boolean, must?: string): Case {
  const where = spoofed ? "from the victim's own address and port" : 'from elsewhere';
  return {
    what: `downs of ${GOODBYES} forged goodbyes ${where} in an open realm, 9 observers each, ${loss * 100} % loss`,
    must,
    seeds: 4,
    run: (seed) => forgeries(loss, spoofed, seed),
    judge: (downs) => ({
      figures: `${sum(downs)} of ${downs.length * GOODBYES * 9}`,
      met: must === undefined ? undefined : sum(downs) === 0,
    }),
  };
}

export const forgery: Figure = {
  name: 'forgery',
  cases: [caseOf(0, false, '0'), caseOf(0.2, false), caseOf(0, true)],
};
