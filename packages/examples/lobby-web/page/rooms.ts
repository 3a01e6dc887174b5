/** The list of rooms, which appear, fill and vanish as they do on the network. */

import type { RoomView, View } from '../src/view.ts';
import type { Command } from '../src/wire/command.ts';
import { byId, foreign, make, setText } from './dom.ts';

/** Where there is nothing to join. */
const LABELS = { open: '', full: 'Full', unknown: '' } as const;

export class Rooms {
  readonly #list = byId('rooms', HTMLElement);
  readonly #more = byId('more-rooms', HTMLElement);
  readonly #host = byId('host', HTMLFormElement);
  readonly #items = new Map<string, Item>();
  readonly #send: (command: Command) => void;

  constructor(send: (command: Command) => void) {
    this.#send = send;
    const title = byId('title', HTMLInputElement);
    this.#host.addEventListener('submit', (event) => {
      event.preventDefault();
      send({ type: 'host', title: title.value });
      this.#host.reset();
    });
  }

  show({ rooms, moreRooms, table }: View): void {
    const none = table === null ? 'No rooms yet. Open the first one.' : 'No rooms now.';
    setText(this.#more, rooms.length === 0 ? none : `… and ${moreRooms} more.`);
    this.#more.hidden = rooms.length > 0 && moreRooms === 0;
    this.#host.hidden = table !== null;
    const present = new Set(rooms.map(keyOf));
    for (const [key, item] of this.#items) {
      if (present.has(key)) continue;
      item.root.remove();
      this.#items.delete(key);
    }
    for (const [at, room] of rooms.entries()) this.#showRoom(room, at, table !== null);
  }

  /** Elements stay those they were, so that the focus stays where it is. */
  #showRoom(room: RoomView, at: number, seated: boolean): void {
    const key = keyOf(room);
    let item = this.#items.get(key);
    if (item === undefined) {
      item = new Item(room, this.#send);
      this.#items.set(key, item);
    }
    item.show(room, seated);
    const there = this.#list.children[at] ?? null;
    if (there !== item.root) this.#list.insertBefore(item.root, there);
  }
}

function keyOf({ host, id }: RoomView): string {
  return `${host} ${id}`;
}

class Item {
  readonly root = make('li', 'room');
  readonly #players = make('p', 'players');
  readonly #state = make('span', 'state');
  readonly #seats = [make('span', 'disc'), make('span', 'disc')] as const;
  readonly #join = make('button', '', 'Join');

  constructor({ host, id, title }: RoomView, send: (command: Command) => void) {
    for (const [side, disc] of this.#seats.entries()) disc.dataset['side'] = String(side);
    const seats = make('span', 'seats', ...this.#seats);
    seats.ariaHidden = 'true';
    const about = make('div', 'about', make('h3', '', foreign(title)), this.#players);
    this.root.append(seats, about, this.#state, this.#join);
    if (id === null) return;
    this.#join.addEventListener('click', () => send({ type: 'join', host, room: id }));
  }

  show({ title, hostName, guestName, state, mine }: RoomView, seated: boolean): void {
    this.root.dataset['state'] = state;
    this.root.classList.toggle('mine', mine);
    const names = guestName === null ? [hostName] : [hostName, guestName];
    const shown = `${state} ${names.join('\n')}`;
    if (this.#players.dataset['shown'] !== shown) {
      this.#players.dataset['shown'] = shown;
      this.#players.replaceChildren(...describe(state, names));
    }
    setText(this.#state, mine ? 'You are here' : LABELS[state]);
    this.#seats[1].classList.toggle('free', state !== 'full');
    this.#join.hidden = state !== 'open' || mine;
    this.#join.disabled = seated;
    this.#join.ariaLabel = `Join ${title}, opened by ${hostName}`;
  }
}

function describe(state: RoomView['state'], names: readonly string[]): (Node | string)[] {
  const [host, guest] = names.map(foreign);
  if (state === 'unknown') return [host!, ' announces what cannot be read, or cannot be true'];
  return guest === undefined ? [host!, ' waits for somebody'] : [host!, ' and ', guest];
}
