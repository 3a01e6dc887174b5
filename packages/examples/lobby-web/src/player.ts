/**
 * A player, in all that it decides: which room to open, who gets the seat, what is written to whom. Pure: who is there,
 * commands, letters and time go in; what to announce, to keep, to send and to show comes out.
 */

import { EMPTY_JOURNAL } from './game/journal.ts';
import type { Act } from './game/match.ts';
import { Replica } from './game/replica.ts';
import type { Seat } from './seat.ts';
import type { Announcement, Room } from './wire/announcement.ts';
import type { Command } from './wire/command.ts';
import { decodeLetter, encodeLetter } from './wire/letter.ts';

/** One of the others, as discovery lists it. */
export interface Other {
  /** Of this life; after a restart it is another. */
  readonly id: string;
  /** The same in all its lives, and proven. */
  readonly key: string;
  readonly name: string;
  readonly announcement: Announcement;
}

export interface Me {
  readonly key: string;
  readonly name: string;
}

/** A command that cannot be followed; its message is for the person who gave it. */
export class Refusal extends Error {}

export class Player {
  readonly me: Me;
  /** The newest thing that happened without the player's doing. */
  notice: string | undefined;
  readonly #drawId: () => string;
  #others: readonly Other[] = [];
  #seat: Seat | undefined;
  #replica: Replica | undefined;
  /** The life of the opponent that we write to; undefined while it is away, or we wait for the seat. */
  #opponentId: string | undefined;

  /** `seat`: what an earlier life has kept. */
  constructor(me: Me, seat: Seat | undefined, drawId: () => string) {
    this.me = me;
    this.#drawId = drawId;
    this.#sit(seat);
  }

  get others(): readonly Other[] {
    return this.#others;
  }

  get replica(): Replica | undefined {
    return this.#replica;
  }

  /** Whether the opponent sits there and can be written to. */
  get isOpponentHere(): boolean {
    return this.#opponentId !== undefined;
  }

  /** One of the others by its key; undefined while it is not there. */
  other(key: string | undefined): Other | undefined {
    return this.#others.find((other) => other.key === key);
  }

  /** What is to be kept for another life. */
  get seat(): Seat | undefined {
    const journal = this.#replica?.journal;
    if (this.#seat === undefined || journal === undefined) return this.#seat;
    return { ...this.#seat, journal };
  }

  /** What the others are to know. */
  get announcement(): Announcement {
    const none = { type: 'player', room: null, at: null } as const;
    if (this.#seat === undefined) return none;
    const { host, room: id, title, opponent, sitting } = this.#seat;
    if (!this.#isHost) return { ...none, at: { host, room: id, sitting: sitting! } };
    return { ...none, room: { id, title, guest: opponent?.key ?? null, sitting } };
  }

  /** Takes the list of those who are there now. */
  meet(others: readonly Other[]): void {
    this.#others = others;
    if (this.#seat !== undefined) {
      if (this.#isHost) this.#seatGuest(this.#seat);
      else this.#keepSeat(this.#seat);
    }
    this.#greetOpponent();
  }

  /** Follows a command of the page. Throws {@link Refusal} if that cannot be. */
  obey(command: Command): void {
    this.notice = undefined;
    switch (command.type) {
      case 'host':
        this.#host(command.title);
        break;
      case 'join':
        this.#join(command.host, command.room);
        break;
      case 'leave':
        this.#sit(undefined);
        break;
      case 'free':
        this.#freeSeat();
        break;
      case 'drop':
        this.#write(command, 'You cannot play there now.');
        break;
      case 'again':
        this.#write(command, 'There is no round to follow yet.');
        break;
      case 'say':
        this.#write(command, 'That is too long, or nothing at all.');
        break;
    }
    this.meet(this.#others);
  }

  /** Takes a letter of one of the others, if it is the opponent's and of this sitting. */
  read(fromKey: string, text: string): void {
    if (fromKey !== this.#seat?.opponent?.key) return;
    const letter = decodeLetter(text);
    if (letter?.sitting === this.#seat.sitting) this.#replica?.read(letter);
  }

  /** When {@link letterDue} is to be asked next, if nothing happens before. */
  get wakeAt(): number {
    return this.isOpponentHere ? (this.#replica?.wakeAt ?? Infinity) : Infinity;
  }

  /** What is to be sent now, if anything is. */
  letterDue(now: number): { readonly to: string; readonly text: string } | undefined {
    const sitting = this.#seat?.sitting;
    if (this.#opponentId === undefined || !sitting) return undefined;
    const letter = this.#replica?.letterDue(now);
    return letter && { to: this.#opponentId, text: encodeLetter({ sitting, ...letter }) };
  }

  get #isHost(): boolean {
    return this.#seat?.host === this.me.key;
  }

  #host(title: string): void {
    if (this.#seat !== undefined) throw new Refusal('Leave your room first.');
    this.#openRoom(title);
  }

  #openRoom(title: string): void {
    const room = this.#drawId();
    this.#begin({ host: this.me.key, room, title, opponent: null, sitting: null });
  }

  #join(key: string, room: string): void {
    if (this.#seat !== undefined) throw new Refusal('Leave your room first.');
    const host = this.other(key);
    const announced = host && roomOf(host);
    if (host === undefined || announced?.id !== room) throw new Refusal('That room is gone.');
    if (announced.guest !== null && announced.guest !== this.me.key) {
      throw new Refusal('Somebody was faster: the room is full.');
    }
    const opponent = { key, name: host.name };
    this.#begin({ host: key, room, title: announced.title, opponent, sitting: this.#drawId() });
  }

  #freeSeat(): void {
    if (!this.#isHost || this.isOpponentHere) throw new Refusal('The seat is not yours to free.');
    // By another id it is another room: whoever had the seat has it no longer.
    this.#openRoom(this.#seat!.title);
  }

  #write(act: Act, otherwise: string): void {
    if (!this.#replica?.write(act)) throw new Refusal(otherwise);
  }

  /** A host's part: keeps the seat for whoever has it, and gives it to the first who asks once it is free. */
  #seatGuest(seat: Seat): void {
    const guest = this.other(seat.opponent?.key);
    // One who is away may come back. One who is there and sits elsewhere, or again, has got up.
    if (guest !== undefined && this.#sittingOf(guest) !== seat.sitting) {
      this.notice = `${guest.name} has left.`;
      this.#begin({ ...seat, opponent: null, sitting: null });
    }
    if (this.#seat!.opponent !== null) return;
    const next = this.#others.find((other) => this.#sittingOf(other) !== null);
    if (next === undefined) return;
    const opponent = { key: next.key, name: next.name };
    this.#begin({ ...seat, opponent, sitting: this.#sittingOf(next) });
  }

  /** What somebody who sits in our room, or asks to, calls its sitting. */
  #sittingOf({ announcement }: Other): string | null {
    const at = announcement.type === 'player' ? announcement.at : null;
    return at?.host === this.me.key && at.room === this.#seat?.room ? at.sitting : null;
  }

  /** A guest's part: gets up if it cannot have the seat. */
  #keepSeat(seat: Seat): void {
    const host = this.other(seat.host);
    // It may be away for a moment only: its program was killed, or its cable pulled.
    if (host === undefined) return;
    const room = roomOf(host);
    if (room?.id !== seat.room) this.#getUp(`${host.name} has closed the room.`);
    else if (room.guest !== null && room.guest !== this.me.key) this.#getUp('The room is full.');
  }

  #getUp(notice: string): void {
    this.notice = notice;
    this.#sit(undefined);
  }

  /** Nothing is written yet. */
  #begin(place: Omit<Seat, 'journal'>): void {
    this.#sit({ ...place, journal: EMPTY_JOURNAL });
  }

  #sit(seat: Seat | undefined): void {
    this.#seat = seat;
    this.#opponentId = undefined;
    const side = this.#isHost ? 0 : 1;
    this.#replica = seat?.sitting ? new Replica(side, seat.journal) : undefined;
  }

  /** Begins to write to the opponent whenever it is there and both say that they sit here. */
  #greetOpponent(): void {
    const opponent = this.other(this.#seat?.opponent?.key);
    const sits = opponent !== undefined && (this.#isHost || this.#isGuestOf(opponent));
    const id = sits ? opponent.id : undefined;
    if (id === this.#opponentId) return;
    this.#opponentId = id;
    if (id !== undefined) this.#replica?.greet();
  }

  #isGuestOf(host: Other): boolean {
    const room = roomOf(host);
    return room?.guest === this.me.key && room.sitting === this.#seat?.sitting;
  }
}

/** The room that somebody announces. */
function roomOf({ announcement }: Other): Room | null {
  return announcement.type === 'player' ? announcement.room : null;
}
