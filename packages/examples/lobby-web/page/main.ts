/** The page: shows each state that its program sends, and tells it what the player wants. */

import type { View } from '../src/view.ts';
import type { Command } from '../src/wire/command.ts';
import { ask, follow } from './connection.ts';
import { byId, foreign, setText } from './dom.ts';
import { Rooms } from './rooms.ts';
import { Table } from './table.ts';

const trouble = byId('trouble', HTMLElement);
const notice = byId('notice', HTMLElement);
const who = byId('who', HTMLElement);
const rooms = new Rooms((command) => void send(command));
const table = new Table((command) => void send(command));

follow((view) => {
  document.body.classList.toggle('lost', view === undefined);
  if (view === undefined) {
    warn('Your program does not answer. Start it again, and open the address that it prints.');
  } else show(view);
});

function show(view: View): void {
  warn(view.isolated ? 'No network can be reached. Rooms come back by themselves.' : '');
  setText(notice, view.notice ?? '');
  if (who.dataset['shown'] !== `${view.name} ${view.others}`) {
    who.dataset['shown'] = `${view.name} ${view.others}`;
    const others =
      view.others === 1 ? '1 other player is' : `${view.others || 'no'} other players are`;
    who.replaceChildren('You are ', foreign(view.name), `; ${others} there.`);
  }
  rooms.show(view);
  table.show(view);
}

function warn(text: string): void {
  setText(trouble, text);
  trouble.hidden = text === '';
}

async function send(command: Command): Promise<void> {
  const refusal = await ask(command);
  if (refusal !== undefined) setText(notice, refusal);
}
