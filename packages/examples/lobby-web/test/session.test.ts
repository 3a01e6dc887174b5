/** Whole programs on the simulated LAN: discovery, letters and timers as they are, and a network that loses much. */

import { Lan } from '@mailslot/core/testing';
import { createIdentity, type Identity } from '@mailslot/discovery';
import { expect, test } from 'vitest';

import type { Seat } from '../src/seat.ts';
import { Session } from '../src/session.ts';
import type { View } from '../src/view.ts';

/** What `presets.lobby()` promises of a computer that dies. */
const HOST_CUT_OFF_MS_MAX = 1500;

/** A player at a computer of its own, whose program can be killed and started again. */
class Person {
  readonly #lan: Lan;
  readonly #name: string;
  readonly #identity: Identity = createIdentity();
  #kept: Seat | undefined;
  #session: Session | undefined;
  view: View | undefined;

  constructor(lan: Lan, name: string) {
    this.#lan = lan;
    this.#name = name;
  }

  async start(): Promise<this> {
    const network = await this.#lan.join(this.#name);
    this.#session = await Session.enter({
      name: this.#name,
      identity: this.#identity,
      seat: this.#kept,
      save: (seat) => (this.#kept = seat),
      network,
      clock: this.#lan.host(this.#name).clock,
    });
    this.#session.view$.subscribe((view) => (this.view = view));
    this.#network = network;
    return this;
  }

  #network: Awaited<ReturnType<Lan['join']>> | undefined;

  /** Without a word to anybody. */
  async kill(): Promise<void> {
    await this.#network!.close();
    this.view = undefined;
  }

  obey(command: unknown): void {
    this.#session!.obey(command);
  }

  get table(): NonNullable<View['table']> {
    return this.view!.table!;
  }

  get isOnTurn(): boolean {
    const { match, side } = this.view?.table ?? {};
    return match?.outcome === null && match.turn === side;
  }
}

async function twoAtATable(lan: Lan): Promise<[Person, Person]> {
  const ann = await new Person(lan, 'ANN').start();
  const bob = await new Person(lan, 'BOB').start();
  ann.obey({ type: 'host', title: 'Dunes' });
  await lan.until(() => bob.view!.rooms.length === 1, { withinMs: 60_000 });
  const { host, id } = bob.view!.rooms[0]!;
  bob.obey({ type: 'join', host, room: id });
  await lan.until(() => bob.view?.table?.opponent === 'here', { withinMs: 60_000 });
  await lan.until(() => ann.view?.table?.opponent === 'here', { withinMs: 60_000 });
  return [ann, bob];
}

/** Plays the same columns whatever happens; `between` happens before each move. */
async function playRound(
  lan: Lan,
  people: readonly [Person, Person],
  columns: string,
  between: (move: number) => Promise<unknown> = async () => {},
): Promise<void> {
  for (const [move, column] of Array.from(columns, Number).entries()) {
    await between(move);
    await lan.until(() => people.some((each) => each.isOnTurn), { withinMs: 60_000 });
    people.find((each) => each.isOnTurn)!.obey({ type: 'drop', column });
  }
}

test.each([1, 2, 3])(
  'a game is played to its end where a fifth of all is lost, seed %i',
  async (seed) => {
    const lan = new Lan({ seed, loss: 0.2, jitterMs: 30, duplication: 0.1 });
    const [ann, bob] = await twoAtATable(lan);
    await playRound(lan, [ann, bob], '0101010');
    await lan.until(() => bob.table.match?.outcome?.type === 'won', { withinMs: 60_000 });
    expect(bob.table.match).toEqual(ann.table.match);
    expect(bob.table.match!.wins).toEqual([1, 0]);

    ann.obey({ type: 'again' });
    bob.obey({ type: 'again' });
    await lan.until(() => [ann, bob].every(({ table }) => table.match?.round === 1), {
      withinMs: 60_000,
    });
    expect(bob.isOnTurn).toBe(true);
  },
);

test('a game outlives its players: each is killed in the middle of it and started again', async () => {
  const lan = new Lan({ seed: 7, loss: 0.2, jitterMs: 30, duplication: 0.1 });
  const [ann, bob] = await twoAtATable(lan);
  bob.obey({ type: 'say', text: 'Good luck!' });
  await playRound(lan, [ann, bob], '0101010', async (move) => {
    if (move === 2) {
      await ann.kill();
      await ann.start();
    }
    if (move === 3) {
      await bob.kill();
      await lan.until(() => ann.table.opponent === 'away', { withinMs: 60_000 });
      await bob.start();
    }
  });
  await lan.until(() => bob.view?.table?.match?.outcome?.type === 'won', { withinMs: 60_000 });
  expect(bob.table.match).toEqual(ann.table.match);
  await lan.until(() => ann.table.talk.length === 1, { withinMs: 60_000 });
  expect(ann.table.talk).toEqual([{ side: 1, name: 'BOB', text: 'Good luck!' }]);
});

test('a room is gone from every list soon after its host has died', async () => {
  const lan = new Lan({ seed: 5 });
  const [ann] = await twoAtATable(lan);
  const cleo = await new Person(lan, 'CLEO').start();
  await lan.until(() => cleo.view!.rooms[0]?.state === 'full');
  lan.suspend('ANN');
  const tookMs = await lan.until(() => cleo.view!.rooms.length === 0, { withinMs: 10_000 });
  expect(tookMs).toBeLessThan(HOST_CUT_OFF_MS_MAX);
  expect(ann.table.title).toBe('Dunes');
});
