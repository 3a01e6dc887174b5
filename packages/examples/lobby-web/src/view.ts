/** What the page shows, as plain data: all that a player knows of rooms, table and talk. Pure. */

import type { Board, Cell, Side } from './game/board.ts';
import { deeds, type Journal, matchOf } from './game/journal.ts';
import type { Outcome } from './game/match.ts';
import type { Other, Player } from './player.ts';
import type { Seat } from './seat.ts';

export interface RoomView {
  readonly host: string;
  /** Null if nobody can tell which room it is. */
  readonly id: string | null;
  readonly title: string;
  readonly hostName: string;
  readonly guestName: string | null;
  /** `unknown`: what is announced cannot be read, or cannot be true. */
  readonly state: 'open' | 'full' | 'unknown';
  /** Whether it is the one that the player is in. */
  readonly mine: boolean;
}

export interface TalkView {
  readonly side: Side;
  readonly name: string;
  readonly text: string;
}

export interface MatchView {
  readonly round: number;
  readonly board: Board;
  readonly last: Cell | null;
  readonly turn: Side;
  readonly outcome: Outcome | null;
  readonly again: readonly [boolean, boolean];
  readonly wins: readonly [number, number];
}

export interface TableView {
  readonly title: string;
  readonly side: Side;
  /** Of host and guest. */
  readonly names: readonly [string, string | null];
  /** `asked`: the player waits for the seat. `away`: its program has ended or cannot be heard; the seat is kept. */
  readonly opponent: 'nobody' | 'asked' | 'here' | 'away';
  readonly match: MatchView | null;
  readonly talk: readonly TalkView[];
  /** The opponent's program did what the rules forbid. */
  readonly refused: boolean;
}

export interface View {
  readonly name: string;
  /** Nobody can be heard. */
  readonly isolated: boolean;
  /** Others who are there. */
  readonly others: number;
  readonly rooms: readonly RoomView[];
  /** How many there are besides. */
  readonly moreRooms: number;
  readonly table: TableView | null;
  readonly notice: string | null;
}

/** As many as somebody looks through. A stranger can announce any number. */
export const ROOMS_MAX = 100;

/** As much talk as somebody scrolls through, in lines. */
export const TALK_LINES_MAX = 100;

export function viewOf(player: Player, isolated: boolean): View {
  const rooms = roomsOf(player);
  return {
    name: shown(player.me.name),
    isolated,
    others: player.others.length,
    rooms: rooms.slice(0, ROOMS_MAX),
    moreRooms: Math.max(0, rooms.length - ROOMS_MAX),
    table: player.seat === undefined ? null : tableOf(player, player.seat),
    notice: player.notice === undefined ? null : shown(player.notice),
  };
}

/** All rooms, one's own first, in an order that does not depend on who fills them. */
function roomsOf(player: Player): readonly RoomView[] {
  const me: Other = { ...player.me, id: '', announcement: player.announcement };
  const all = new Map([me, ...player.others].map((each) => [each.key, each]));
  const rooms = Array.from(all.values()).flatMap((host) => roomOf(host, all, player.seat) ?? []);
  return rooms.toSorted(
    (a, b) => Number(b.mine) - Number(a.mine) || order(a.title, b.title) || order(a.host, b.host),
  );
}

function roomOf(
  host: Other,
  all: ReadonlyMap<string, Other>,
  seat: Seat | undefined,
): RoomView | undefined {
  const { key, name, announcement } = host;
  const unknown: RoomView = {
    host: key,
    id: null,
    title: 'Unknown room',
    hostName: shown(name),
    guestName: null,
    state: 'unknown',
    mine: false,
  };
  if (announcement.type === 'unknown') return unknown;
  const { room } = announcement;
  if (room === null) return undefined;
  const guest = room.guest === null ? undefined : all.get(room.guest);
  if (guest !== undefined && !isAt(guest, key, room.id)) return unknown;
  const mine = seat?.host === key && seat.room === room.id;
  return {
    ...unknown,
    id: room.id,
    title: shown(room.title),
    guestName: room.guest === null ? null : shown(guest?.name ?? 'somebody away'),
    state: room.guest === null ? 'open' : 'full',
    mine,
  };
}

/** Whether a guest says itself that it is there. Nobody can be made to sit where it is not. */
function isAt({ announcement }: Other, host: string, room: string): boolean {
  const at = announcement.type === 'player' ? announcement.at : null;
  return at?.host === host && at.room === room;
}

function tableOf(player: Player, seat: Seat): TableView {
  const side: Side = seat.host === player.me.key ? 0 : 1;
  const [mine, theirs] = [shown(player.me.name), seat.opponent && shown(seat.opponent.name)];
  const names: TableView['names'] = side === 0 ? [mine, theirs] : [theirs!, mine];
  const { replica } = player;
  return {
    title: shown(seat.title),
    side,
    names,
    opponent: opponentState(player, seat),
    match: replica === undefined ? null : matchView(replica.journal),
    talk: replica === undefined ? [] : talkOf(replica.journal, names),
    refused: replica?.refused ?? false,
  };
}

function opponentState(player: Player, { opponent }: Seat): TableView['opponent'] {
  if (opponent === null) return 'nobody';
  if (player.isOpponentHere) return 'here';
  return player.other(opponent.key) === undefined ? 'away' : 'asked';
}

function matchView(journal: Journal): MatchView {
  const { last, outcome, ...match } = matchOf(journal);
  return { ...match, last: last ?? null, outcome: outcome ?? null };
}

function talkOf(journal: Journal, names: TableView['names']): readonly TalkView[] {
  const lines = deeds(journal).flatMap(({ side, act }) =>
    act.type === 'say' ? [{ side, name: names[side] ?? '', text: shown(act.text) }] : [],
  );
  return lines.slice(-TALK_LINES_MAX);
}

/** The text of strangers, without what would change how other text is shown. */
function shown(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu, '\uFFFD');
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
