import { beforeEach, describe, expect, test } from 'vitest';

import { type Other, Player, Refusal } from '../src/player.ts';
import { ROOMS_MAX, TALK_LINES_MAX, viewOf } from '../src/view.ts';
import type { Announcement } from '../src/wire/announcement.ts';

const keyOf = (name: string): string => name.padEnd(43, '_');

/** A program on a network without flaws: it hears at once what the others announce and write. */
class Town {
  readonly players = new Map<string, Player>();
  readonly strangers: Other[] = [];
  #lives = 0;
  readonly #ids = new Map<string, string>();

  enter(name: string, seat?: Player['seat']): Player {
    let drawn = 0;
    const life = ++this.#lives;
    const player = new Player({ key: keyOf(name), name }, seat, () => `id-${life}-${drawn++}`);
    this.players.set(name, player);
    this.#ids.set(name, `life-${life}`);
    this.meet();
    return player;
  }

  /** As when a program is killed: what it kept is what the next life gets. */
  kill(name: string): Player['seat'] {
    const { seat } = this.players.get(name)!;
    this.players.delete(name);
    this.meet();
    return seat;
  }

  /** Until nobody has anything to say. */
  meet(): void {
    for (let before = ''; before !== this.#all;) {
      before = this.#all;
      for (const player of this.players.values()) {
        player.meet(this.#others.filter(({ key }) => key !== player.me.key));
      }
    }
    for (let letters = 1; letters > 0;) letters = this.#deliver();
  }

  get #others(): Other[] {
    const players = Array.from(this.players, ([name, { me, announcement }]) => {
      return { id: this.#ids.get(name)!, ...me, announcement };
    });
    return [...players, ...this.strangers];
  }

  get #all(): string {
    return JSON.stringify(this.#others);
  }

  #deliver(): number {
    let letters = 0;
    for (const player of this.players.values()) {
      const letter = player.letterDue(0);
      if (letter === undefined) continue;
      letters++;
      const to = Array.from(this.players).find(([name]) => this.#ids.get(name) === letter.to);
      to?.[1].read(player.me.key, letter.text);
    }
    return letters;
  }
}

let town: Town;
let ann: Player;
let bob: Player;

beforeEach(() => {
  town = new Town();
  ann = town.enter('Ann');
  bob = town.enter('Bob');
});

function roomsSeenBy(player: Player): string[] {
  return viewOf(player, false).rooms.map(({ title, hostName, guestName, state }) => {
    return `${title}: ${hostName}${guestName === null ? '' : ` and ${guestName}`}, ${state}`;
  });
}

function table(player: Player): ReturnType<typeof viewOf>['table'] {
  return viewOf(player, false).table;
}

function host(player: Player, title: string): void {
  player.obey({ type: 'host', title });
  town.meet();
}

function join(player: Player, to: Player): void {
  const { announcement } = to;
  const id = announcement.type === 'player' ? announcement.room!.id : '';
  player.obey({ type: 'join', host: to.me.key, room: id });
  town.meet();
}

function drop(player: Player, column: number): void {
  player.obey({ type: 'drop', column });
  town.meet();
}

describe('a room', () => {
  test('is seen by everybody as it opens, fills, empties and closes', () => {
    const cleo = town.enter('Cleo');
    expect(roomsSeenBy(cleo)).toEqual([]);
    host(ann, 'Dunes');
    expect(roomsSeenBy(cleo)).toEqual(['Dunes: Ann, open']);
    join(bob, ann);
    expect(roomsSeenBy(cleo)).toEqual(['Dunes: Ann and Bob, full']);
    expect(table(ann)).toMatchObject({ side: 0, names: ['Ann', 'Bob'], opponent: 'here' });
    expect(table(bob)).toMatchObject({ side: 1, names: ['Ann', 'Bob'], opponent: 'here' });
    bob.obey({ type: 'leave' });
    town.meet();
    expect(roomsSeenBy(cleo)).toEqual(['Dunes: Ann, open']);
    expect(viewOf(ann, false).notice).toBe('Bob has left.');
    ann.obey({ type: 'leave' });
    town.meet();
    expect(roomsSeenBy(cleo)).toEqual([]);
  });

  test('has one seat for a guest: whoever is second is told', () => {
    const cleo = town.enter('Cleo');
    host(ann, 'Dunes');
    const { room } = ann.announcement as Extract<Announcement, { type: 'player' }>;
    const wanted = { type: 'join', host: ann.me.key, room: room!.id } as const;
    bob.obey(wanted);
    cleo.obey(wanted);
    town.meet();
    expect(table(ann)!.names).toEqual(['Ann', 'Bob']);
    expect(table(cleo)).toBeNull();
    expect(viewOf(cleo, false).notice).toBe('The room is full.');
    expect(() => cleo.obey(wanted)).toThrow(Refusal);
  });

  test('that closes sends its guest away, with a word', () => {
    host(ann, 'Dunes');
    join(bob, ann);
    ann.obey({ type: 'leave' });
    town.meet();
    expect(table(bob)).toBeNull();
    expect(viewOf(bob, false).notice).toBe('Ann has closed the room.');
  });

  test('goes on with a new sitting when a guest gets up and sits down in one moment', () => {
    host(ann, 'Dunes');
    join(bob, ann);
    drop(ann, 3);
    bob.obey({ type: 'leave' });
    join(bob, ann);
    expect(table(bob)!.match!.board.flat()).toEqual([]);
    drop(ann, 2);
    expect(table(bob)!.match!.board[2]).toEqual([0]);
    expect(ann.replica!.unacknowledged).toBe(0);
  });
});

describe('a player who is away', () => {
  test('finds its game as it left it, guest or host', () => {
    host(ann, 'Dunes');
    join(bob, ann);
    drop(ann, 3);
    drop(bob, 4);
    const kept = town.kill('Bob');
    expect(table(ann)).toMatchObject({ opponent: 'away', names: ['Ann', 'Bob'] });
    ann.obey({ type: 'drop', column: 3 });
    bob = town.enter('Bob', kept);
    expect(table(bob)!.match!.board).toEqual(table(ann)!.match!.board);
    expect(table(bob)!.match!.board[3]).toEqual([0, 0]);

    const keptHost = town.kill('Ann');
    expect(table(bob)!.opponent).toBe('away');
    bob.obey({ type: 'drop', column: 4 });
    ann = town.enter('Ann', keptHost);
    expect(table(ann)!.match!.board[4]).toEqual([1, 1]);
  });

  test('loses the seat if the host gives it to somebody else', () => {
    host(ann, 'Dunes');
    join(bob, ann);
    expect(() => ann.obey({ type: 'free' })).toThrow(Refusal);
    const kept = town.kill('Bob');
    ann.obey({ type: 'free' });
    const cleo = town.enter('Cleo');
    join(cleo, ann);
    bob = town.enter('Bob', kept);
    expect(table(bob)).toBeNull();
    expect(table(ann)!.names).toEqual(['Ann', 'Cleo']);
    expect(table(cleo)!.opponent).toBe('here');
  });
});

const stranger = (announcement: Announcement, name = 'Mallory'): Other => ({
  id: 'life-m',
  key: keyOf('Mallory'),
  name,
  announcement,
});

describe('of strangers', () => {
  test('what cannot be read is shown as unknown', () => {
    town.strangers.push(stranger({ type: 'unknown' }));
    town.meet();
    expect(roomsSeenBy(ann)).toEqual(['Unknown room: Mallory, unknown']);
  });

  test('a room that claims a guest who is not there is shown as unknown', () => {
    const room = { id: 'r', title: 'Trap', guest: bob.me.key, sitting: 's' };
    town.strangers.push(stranger({ type: 'player', room, at: null }));
    town.meet();
    expect(roomsSeenBy(ann)).toEqual(['Unknown room: Mallory, unknown']);
  });

  test('any number of rooms may come: the page gets those that somebody can look through', () => {
    for (let n = 0; n <= ROOMS_MAX; n++) {
      const room = { id: 'r', title: `Room ${n}`, guest: null, sitting: null };
      const announcement = { type: 'player', room, at: null } as const;
      town.strangers.push({ ...stranger(announcement), key: keyOf(`Mallory${n}`) });
    }
    host(ann, 'Z');
    const { rooms, moreRooms } = viewOf(ann, false);
    expect([rooms.length, moreRooms, rooms[0]!.title]).toEqual([ROOMS_MAX, 2, 'Z']);
  });

  test('characters that would change other text are replaced', () => {
    const room = { id: 'r', title: 'a\u202Eb\u0007', guest: null, sitting: null };
    town.strangers.push(stranger({ type: 'player', room, at: null }, '\u001B[2J'));
    town.meet();
    expect(roomsSeenBy(ann)).toEqual(['a\uFFFDb\uFFFD: \uFFFD[2J, open']);
  });

  test('letters are read only if they are of the opponent and of this sitting', () => {
    host(ann, 'Dunes');
    join(bob, ann);
    const say = { seen: 0, act: { type: 'say', text: 'hm' } };
    const { sitting } = bob.seat!;
    const letter = { sitting, from: 0, entries: [say], acknowledged: 0 };
    ann.read(keyOf('Mallory'), JSON.stringify(letter));
    ann.read(bob.me.key, JSON.stringify({ ...letter, sitting: 'another' }));
    ann.read(bob.me.key, 'no letter');
    expect(table(ann)!.talk).toEqual([]);
    ann.read(bob.me.key, JSON.stringify(letter));
    expect(table(ann)!.talk).toEqual([{ side: 1, name: 'Bob', text: 'hm' }]);
  });

  test('an illegal move is refused, and said to be', () => {
    host(ann, 'Dunes');
    join(bob, ann);
    const move = { seen: 0, act: { type: 'drop', column: 3 } };
    const { sitting } = bob.seat!;
    ann.read(bob.me.key, JSON.stringify({ sitting, from: 0, entries: [move], acknowledged: 0 }));
    expect(table(ann)).toMatchObject({ refused: true });
    expect(table(ann)!.match!.board.flat()).toEqual([]);
  });
});

test('commands that cannot be followed say why, and change nothing', () => {
  for (const command of [
    { type: 'drop', column: 3 },
    { type: 'again' },
    { type: 'say', text: 'hello' },
    { type: 'free' },
    { type: 'join', host: keyOf('Nobody'), room: 'r' },
  ] as const) {
    expect(() => ann.obey(command)).toThrow(Refusal);
  }
  host(ann, 'Dunes');
  expect(() => ann.obey({ type: 'host', title: 'Another' })).toThrow('Leave your room first.');
  expect(roomsSeenBy(bob)).toEqual(['Dunes: Ann, open']);
});

test('talk arrives in the order in which it was said, and is shown up to a limit', () => {
  host(ann, 'Dunes');
  join(bob, ann);
  for (let n = 0; n <= TALK_LINES_MAX; n++) {
    (n % 2 === 0 ? ann : bob).obey({ type: 'say', text: String(n) });
    town.meet();
  }
  const texts = table(bob)!.talk.map(({ text }) => Number(text));
  expect(texts).toEqual(Array.from({ length: TALK_LINES_MAX }, (_, n) => n + 1));
  expect(table(ann)!.talk).toEqual(table(bob)!.talk);
});
