/** A player at a computer of its own on a simulated LAN, whose program can be killed and started again. */

import type { Network } from '@mailslot/core';
import type { Lan } from '@mailslot/core/testing';
import { createIdentity, type Identity } from '@mailslot/discovery';

import type { Seat } from '../seat.ts';
import { Session } from '../session.ts';
import type { TableView, View } from '../view.ts';
import type { Command } from '../wire/command.ts';

export class Person {
  readonly name: string;
  readonly #lan: Lan;
  readonly #identity: Identity = createIdentity();
  /** Its disk, which outlives its program. */
  #kept: Seat | undefined;
  #network: Network | undefined;
  #session: Session | undefined;
  /** What its page shows; undefined while its program does not run. */
  view: View | undefined;

  constructor(lan: Lan, name: string) {
    this.#lan = lan;
    this.name = name;
  }

  async start(): Promise<this> {
    this.#network = await this.#lan.join(this.name);
    this.#session = await Session.enter({
      name: this.name,
      identity: this.#identity,
      seat: this.#kept,
      save: (seat) => (this.#kept = seat),
      network: this.#network,
      clock: this.#lan.host(this.name).clock,
    });
    this.#session.view$.subscribe((view) => (this.view = view));
    return this;
  }

  /** Without a word to anybody. */
  async kill(): Promise<void> {
    await this.#network?.close();
    this.view = undefined;
  }

  obey(command: Command): void {
    this.#session?.obey(command);
  }

  get table(): TableView | undefined {
    return this.view?.table ?? undefined;
  }

  get isOnTurn(): boolean {
    const match = this.table?.match;
    return match?.outcome === null && match.turn === this.table?.side;
  }

  /** The discs that it knows of. */
  get discs(): number {
    return this.table?.match?.board.flat().length ?? 0;
  }
}

/** On a network that loses much, things take their time. */
export const PATIENCE = { withinMs: 60_000 };

/** Two who sit opposite each other. */
export async function sitDown(lan: Lan, title: string): Promise<readonly [Person, Person]> {
  const host = await new Person(lan, 'Ann').start();
  const guest = await new Person(lan, 'Bob').start();
  host.obey({ type: 'host', title });
  await lan.until(() => guest.view?.rooms.length === 1, PATIENCE);
  const room = guest.view!.rooms[0]!;
  guest.obey({ type: 'join', host: room.host, room: room.id! });
  const sit = (): boolean => [host, guest].every(({ table }) => table?.opponent === 'here');
  await lan.until(sit, PATIENCE);
  return [host, guest];
}
