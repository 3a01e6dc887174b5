/** Nobody goes, and packets are lost: who is reported to be gone? */

import { setTimeout } from 'node:timers/promises';

import { monotonicMs } from './clock.ts';
import type { Figures } from './figure.ts';
import { Mesh } from './mesh.ts';
import type { SystemName } from './systems.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export async function falseDowns(
  systemName: SystemName,
  hosts: number,
  { lossPercent, minutes }: { readonly lossPercent: number; readonly minutes: number },
): Promise<Figures> {
  using mesh = await Mesh.form(systemName, hosts);
  await mesh.lose(lossPercent);
  const { residents } = mesh;
  const since = monotonicMs();
  const downs = (): number =>
    residents.flatMap((one) =>
      residents.flatMap((other) =>
        one.sightingsOf(other, since).filter(({ type }) => type === 'down'),
      ),
    ).length;
  for (let minute = 1; minute <= minutes; minute++) {
    await setTimeout(MINUTE_MS);
    console.error(`  ${minute} of ${minutes} minutes: ${downs()} false downs`);
  }
  const pairHours = (hosts * (hosts - 1) * (monotonicMs() - since)) / HOUR_MS;
  return {
    falseDowns: { amount: downs() },
    falseDownsPerPairHour: { amount: downs() / pairHours },
    minutes: { amount: minutes },
  };
}
