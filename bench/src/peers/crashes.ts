/** A peer ends without a word: its process is killed, or its whole host is cut off. */

import { setTimeout } from 'node:timers/promises';

import { until } from './clock.ts';
import { type Figures, timesFrom } from './figure.ts';
import { Mesh } from './mesh.ts';
import type { SystemName } from './systems.ts';

const FINDING_PATIENCE_MS = 30_000;
const MISSING_PATIENCE_MS = 30_000;

/** How long a victim has been there: the second part by chance, so that no beat keeps step with it. */
const LIFE_MS = 5_000;
const LIFE_JITTER_MS = 2_000;

interface Crashes {
  readonly how: 'kill' | 'cut';
  readonly victims: number;
  readonly lossPercent?: number;
}

export async function crashes(
  systemName: SystemName,
  hosts: number,
  { how, victims, lossPercent = 0 }: Crashes,
): Promise<Figures> {
  using mesh = await Mesh.form(systemName, hosts - 1);
  if (lossPercent > 0) await mesh.lose(lossPercent);
  const times: (number | null)[] = [];
  for (let victim = 0; victim < victims; victim++) {
    times.push(...(await missOne(mesh, how)));
    // Who did not notice the first waits for a goodbye: more of the same would only take time.
    if (times.every((time) => time === null)) break;
  }
  return { missed: { times } };
}

/** For each resident that had found the victim, until it missed it. */
async function missOne(mesh: Mesh, how: Crashes['how']): Promise<(number | null)[]> {
  using victim = await mesh.admit();
  await victim.join();
  await until(
    () => mesh.residents.every((one) => one.knows(victim) && victim.knows(one)),
    FINDING_PATIENCE_MS,
  );
  await setTimeout(LIFE_MS + Math.random() * LIFE_JITTER_MS);
  const witnesses = mesh.residents.filter((one) => one.knows(victim));
  const crashedAt = how === 'kill' ? victim.kill() : victim.host.unplug();
  await until(() => !witnesses.some((one) => one.knows(victim)), MISSING_PATIENCE_MS);
  const downOf = (one: (typeof witnesses)[number]): number | undefined =>
    one.sightingsOf(victim, crashedAt).find(({ type }) => type === 'down')?.at;
  return timesFrom(crashedAt, witnesses.map(downOf));
}
