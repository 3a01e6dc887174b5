/** Peers of a service as a list to move through. */

import type { PeerPath, Watcher } from '@mailslot/discovery';

import type { Style } from './paint.ts';
import { type PeerState, PresenceBoard, type Standing } from './presence-board.ts';
import { placeOf } from './presence-result.ts';
import type { Column, Listing } from './terminal/listing.ts';
import type { Scene } from './terminal/live-view.ts';
import { timeOfDay } from './time-of-day.ts';
import { watchedBy } from './watched-by.ts';

/** A peer, and what is known of it beside its events. */
export interface PeerRow extends Standing {
  /** Milliseconds in that state. */
  readonly ageMs: number;
  readonly paths: readonly PeerPath[];
  /** The names of those who look after it. */
  readonly watchedBy: readonly string[];
}

const STYLES: Readonly<Record<PeerState, Style>> = { up: 'green', suspect: 'magenta', down: 'red' };

/** In the order in which a person wants to see them. */
const RANKS: Readonly<Record<PeerState, number>> = { suspect: 0, up: 1, down: 2 };

const COLUMNS: readonly Column<PeerRow>[] = [
  { title: 'NAME', cells: 16, text: ({ peer }) => peer.name },
  {
    title: 'STATE',
    cells: 'suspect'.length + 2,
    text: ({ state }) => state,
    style: ({ state }) => STYLES[state],
    order: (a, b) => RANKS[a.state] - RANKS[b.state],
  },
  {
    title: 'FOR',
    cells: 6,
    text: ({ ageMs }) => age(ageMs),
    order: (a, b) => a.ageMs - b.ageMs,
  },
  { title: 'ADDRESS', cells: '255.255.255.255:65535'.length, text: ({ peer }) => placeOf(peer) },
  { title: 'BY', cells: 8, text: ({ peer }) => peer.interfaces.join(' ') },
  {
    title: 'INFO',
    cells: 0,
    text: ({ peer, reason }) => reason ?? infoOf(peer.info),
    style: () => 'dim',
  },
];

const PEER_LISTING: Listing<PeerRow> = {
  columns: COLUMNS,
  key: ({ peer }) => peer.id,
  detail: detailOf,
};

/** What a watcher sees from now on, and the way to tell it what happens. */
export function peersScene(
  service: string,
  watcher: Watcher,
): Scene<PeerRow> & {
  readonly board: PresenceBoard;
} {
  const board = new PresenceBoard();
  const rows = (): readonly PeerRow[] => rowsOf(board.standings(Date.now()), watcher, Date.now());
  return {
    board,
    listing: PEER_LISTING,
    empty: `Nobody announces ${service} yet. Try it in another terminal: mailslot announce ${service}`,
    rows,
    title: () => titleOf(service, board.standings(Date.now()), watcher),
  };
}

function rowsOf(standings: readonly Standing[], watcher: Watcher, now: number): readonly PeerRow[] {
  const names = new Map(
    standings.filter(({ state }) => state !== 'down').map(({ peer }) => [peer.id, peer.name]),
  );
  const ids = Array.from(names.keys());
  return standings.map((standing) => ({
    ...standing,
    ageMs: now - standing.since,
    // Asked for when a row is looked at: for all of a thousand peers it would take a second.
    get paths() {
      return watcher.pathsOf(standing.peer);
    },
    get watchedBy() {
      if (standing.state === 'down') return [];
      return watchedBy(standing.peer.id, ids).map((id) => names.get(id)!);
    },
  }));
}

function titleOf(service: string, standings: readonly Standing[], watcher: Watcher): string {
  const { computerName, domain } = watcher.network;
  const counts = (['up', 'suspect', 'down'] as const)
    .map((state) => [standings.filter((one) => one.state === state).length, state] as const)
    .filter(([count, state]) => count > 0 || state === 'up')
    .map(([count, state]) => `${count} ${state}`);
  if (watcher.isolated) counts.push('no network is left');
  return `${service}: ${counts.join(', ')} · seen from ${computerName} in ${domain}`;
}

function detailOf({ peer, state, since, reason, paths, watchedBy, spans }: PeerRow): string[] {
  const { id, name, port, addresses, interfaces, key } = peer;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['name', name],
    ['state', `${state} since ${timeOfDay(since)}${reason === undefined ? '' : `: ${reason}`}`],
    ['id', id],
    ['port', port?.toString()],
    ['addresses', addresses.join(', ')],
    ['interfaces', interfaces.join(', ')],
    ...paths.map((path) => ['heard', pathText(path)] as const),
    ['watched by', watchedBy.join(', ')],
    ['key', key],
    ['history', spans.map((span) => `${timeOfDay(span.since)} ${span.state}`).join(', ')],
  ];
  return [
    ...rows
      .filter(([, value]) => value !== undefined && value !== '')
      .map(([term, value]) => `${term.padEnd('interfaces'.length)}  ${value}`),
    '',
    'info',
    ...(JSON.stringify(peer.info ?? null, null, 2) ?? '').split('\n').map((line) => `  ${line}`),
  ];
}

function pathText({ address = 'somewhere', interfaces, heardBy }: PeerPath): string {
  const ways = heardBy.length === 0 ? '' : ` by ${heardBy.join(' and ')}`;
  const places = interfaces.length === 0 ? ' from beyond a router' : ` on ${interfaces.join(', ')}`;
  return address + ways + places;
}

function infoOf(info: unknown): string {
  return info === null || info === undefined ? '' : JSON.stringify(info);
}

/** `9 s`, `12 m`, `3 h`, `2 d` */
function age(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}
