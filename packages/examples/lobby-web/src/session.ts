/** A player on a network: tells discovery, the timer and the disk what {@link Player} decides. */

import { randomBytes } from 'node:crypto';

import { type Clock, type Network, systemClock, type Timer, type Transport } from '@mailslot/core';
import { discover, type Identity, type Lobby, type Peer, presets } from '@mailslot/discovery';
import { BehaviorSubject, type Observable } from 'rxjs';
import * as v from 'valibot';

import { type Other, Player } from './player.ts';
import type { Seat } from './seat.ts';
import { type View, viewOf } from './view.ts';
import { Announcement } from './wire/announcement.ts';
import { Command } from './wire/command.ts';

export interface SessionOptions {
  readonly name: string;
  /** Who the player is, in all its lives: nobody else can take its seat. */
  readonly identity: Identity;
  /** Where it sat when its last life ended. */
  readonly seat: Seat | undefined;
  /** Keeps the seat for the next life. Called before anybody is told of what it says. */
  readonly save: (seat: Seat | undefined) => void;
  /** Where the others are: a network, or the transports to make one of. */
  readonly network?: Network;
  readonly transports?: readonly Transport[];
  /** Of the network. Default: the computer's. */
  readonly clock?: Clock;
}

const SERVICE = 'connect-four';
const ID_BYTES = 12;

export class Session {
  /** What there is to see, the current state first. */
  readonly view$: Observable<View>;
  readonly #views: BehaviorSubject<View>;
  readonly #lobby: Lobby<Announcement>;
  readonly #player: Player;
  readonly #clock: Clock;
  readonly #save: SessionOptions['save'];
  #saved: string | undefined;
  #announced: string;
  #timer: Timer | undefined;

  static async enter({ clock = systemClock, save, ...options }: SessionOptions): Promise<Session> {
    const { name, identity, network, transports, seat } = options;
    const me = { key: identity.publicKey, name };
    const player = new Player(me, seat, () => randomBytes(ID_BYTES).toString('base64url'));
    const lobby = await discover(SERVICE, {
      name,
      identity,
      info: player.announcement,
      schema: Announcement,
      tuning: presets.lobby(),
      ...(network !== undefined && { network }),
      ...(transports !== undefined && { transports }),
    });
    return new Session(lobby, player, clock, save);
  }

  private constructor(
    lobby: Lobby<Announcement>,
    player: Player,
    clock: Clock,
    save: SessionOptions['save'],
  ) {
    this.#lobby = lobby;
    this.#player = player;
    this.#clock = clock;
    this.#save = save;
    this.#saved = JSON.stringify(player.seat);
    this.#announced = JSON.stringify(player.announcement);
    this.#views = new BehaviorSubject(viewOf(player, lobby.isolated));
    this.view$ = this.#views.asObservable();
    lobby.peers$.subscribe((peers) => this.#after(() => player.meet(peers.map(otherOf))));
    lobby.messages$.subscribe(({ from, text }) =>
      this.#after(() => player.read(from.key!, text())),
    );
    lobby.events$.subscribe(({ type }) => {
      if (type === 'isolated' || type === 'online') this.#settle();
    });
  }

  /** Does what the page asks for. Throws if it cannot be done, or is no command. */
  obey(command: unknown): void {
    const parsed = v.parse(Command, command);
    this.#after(() => this.#player.obey(parsed));
  }

  /** Says goodbye. The seat is kept. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    await this.#lobby.close();
    this.#views.complete();
  }

  #after(input: () => void): void {
    input();
    this.#settle();
  }

  /** Makes everybody know what has changed. It is written down first: nobody is told what a crash could take back. */
  #settle(): void {
    const seat = JSON.stringify(this.#player.seat);
    if (seat !== this.#saved) this.#save(this.#player.seat);
    this.#saved = seat;
    this.#announce();
    this.#send();
    this.#views.next(viewOf(this.#player, this.#lobby.isolated));
  }

  #announce(): void {
    const { announcement } = this.#player;
    const announced = JSON.stringify(announcement);
    if (announced === this.#announced) return;
    this.#announced = announced;
    void this.#lobby.update(announcement);
  }

  /** What is lost, or goes to one who has just left, is sent again when its time comes. */
  #send(): void {
    const now = this.#clock.now();
    const letter = this.#player.letterDue(now);
    if (letter !== undefined) this.#lobby.send(letter.to, letter.text).catch(() => {});
    this.#timer?.cancel();
    const delayMs = Math.max(0, this.#player.wakeAt - now);
    this.#timer = this.#clock.schedule(delayMs, () => this.#settle());
  }
}

/** Everybody in the service has a key: it is one of identities. */
function otherOf({ id, key, name, info }: Peer<Announcement>): Other {
  return { id, key: key!, name, announcement: info };
}
