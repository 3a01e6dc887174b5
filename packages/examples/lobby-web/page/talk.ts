/** What the two at the table say to each other. */

import type { TableView, TalkView } from '../src/view.ts';
import type { Command } from '../src/wire/command.ts';
import { byId, foreign, make } from './dom.ts';

export class Talk {
  readonly #root = byId('talk', HTMLElement);
  readonly #lines = byId('lines', HTMLElement);
  readonly #form = byId('say', HTMLFormElement);
  readonly #words = byId('words', HTMLInputElement);
  #shown: readonly TalkView[] = [];

  constructor(send: (command: Command) => void) {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      send({ type: 'say', text: this.#words.value });
      this.#form.reset();
    });
  }

  show({ talk, opponent }: TableView): void {
    this.#root.hidden = opponent === 'nobody' || opponent === 'asked';
    if (JSON.stringify(talk) === JSON.stringify(this.#shown)) return;
    const isMore = this.#shown.every((line, at) => sameLine(line, talk[at]));
    const fresh = isMore ? talk.slice(this.#shown.length) : talk;
    if (!isMore) this.#lines.replaceChildren();
    this.#lines.append(...fresh.map(lineOf));
    this.#lines.scrollTop = this.#lines.scrollHeight;
    this.#shown = talk;
  }
}

function sameLine(a: TalkView, b: TalkView | undefined): boolean {
  return a.side === b?.side && a.text === b.text && a.name === b.name;
}

function lineOf({ side, name, text }: TalkView): HTMLElement {
  const speaker = make('span', 'speaker', foreign(name));
  speaker.dataset['side'] = String(side);
  return make('p', '', speaker, foreign(text));
}
