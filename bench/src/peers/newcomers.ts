/** One more peer comes, is seen, sees all, says something else, and goes. */

import { setTimeout } from 'node:timers/promises';

import { until } from './clock.ts';
import { type Figures, timesFrom } from './figure.ts';
import { Mesh } from './mesh.ts';
import type { PeerProcess } from './peer-process.ts';
import type { SystemName } from './systems.ts';

const PATIENCE_MS = 30_000;
const UPDATE_PATIENCE_MS = 6_000;
/** Whoever lists a peer so long after its goodbye has missed that. */
const GOODBYE_PATIENCE_MS = 6_000;

/** Between two events: mDNS announces twice, a second apart. */
const PAUSE_MS = 3_000;

interface Visit {
  /** For each resident, until it saw the newcomer. */
  readonly seen: (number | null)[];
  /** Until the newcomer saw the last of them. */
  readonly list: number | null;
  /** For each resident, until it saw the change; nothing if the system cannot do that. */
  readonly changed: (number | null)[];
  /** Residents that took the change for a departure. */
  readonly changedDowns: number;
  readonly goodbye: (number | null)[];
}

export async function newcomers(
  systemName: SystemName,
  hosts: number,
  { visits, lossPercent = 0 }: { readonly visits: number; readonly lossPercent?: number },
): Promise<Figures> {
  using mesh = await Mesh.form(systemName, hosts);
  if (lossPercent > 0) await mesh.lose(lossPercent);
  const all: Visit[] = [];
  for (let visit = 0; visit < visits; visit++) all.push(await receive(mesh));
  const goodbye = all.flatMap((visit) => visit.goodbye);
  const changed = all.flatMap((visit) => visit.changed);
  return {
    seen: { times: all.flatMap((visit) => visit.seen) },
    list: { times: all.map((visit) => visit.list) },
    goodbye: { times: goodbye },
    stillListed: { count: goodbye.filter((time) => time === null).length, of: goodbye.length },
    ...(changed.length > 0 && {
      changed: { times: changed },
      changedDowns: {
        count: all.reduce((sum, visit) => sum + visit.changedDowns, 0),
        of: changed.length,
      },
    }),
  };
}

async function receive(mesh: Mesh): Promise<Visit> {
  const { residents } = mesh;
  using newcomer = await mesh.admit();
  const joinedAt = await newcomer.join();
  await until(
    () => residents.every((one) => one.knows(newcomer) && newcomer.knows(one)),
    PATIENCE_MS,
  );
  const firstSight = (one: PeerProcess, other: PeerProcess): number | undefined =>
    one.sightingsOf(other, joinedAt)[0]?.at;
  const seen = timesFrom(
    joinedAt,
    residents.map((one) => firstSight(one, newcomer)),
  );
  const found = timesFrom(
    joinedAt,
    residents.map((one) => firstSight(newcomer, one)),
  );
  const list = found.includes(null) ? null : Math.max(...found.map(Number));
  await setTimeout(PAUSE_MS);
  const change = await changeOf(newcomer, residents);
  await setTimeout(PAUSE_MS);
  const closedAt = await newcomer.close();
  await until(() => !residents.some((one) => one.knows(newcomer)), GOODBYE_PATIENCE_MS);
  const goodbye = timesFrom(
    closedAt,
    residents.map((one) => one.sightingsOf(newcomer, closedAt).find(isDown)?.at),
  );
  return { seen, list, ...change, goodbye };
}

async function changeOf(
  newcomer: PeerProcess,
  residents: readonly PeerProcess[],
): Promise<Pick<Visit, 'changed' | 'changedDowns'>> {
  const revision = '1';
  const changedAt = await newcomer.update(revision);
  if (changedAt === undefined) return { changed: [], changedDowns: 0 };
  const sightings = residents.map((one) => () => one.sightingsOf(newcomer, changedAt));
  const sightOf = (one: (typeof sightings)[number]): number | undefined =>
    one().find((sighting) => sighting.revision === revision)?.at;
  await until(() => sightings.every((one) => sightOf(one) !== undefined), UPDATE_PATIENCE_MS);
  return {
    changed: timesFrom(changedAt, sightings.map(sightOf)),
    changedDowns: sightings.filter((one) => one().some(isDown)).length,
  };
}

function isDown({ type }: { readonly type: string }): boolean {
  return type === 'down';
}
