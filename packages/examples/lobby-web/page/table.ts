/** The table that the player sits at: score, whose turn it is, what can be done about it, the board, the talk. */

import type { Side } from '../src/game/board.ts';
import type { MatchView, TableView, View } from '../src/view.ts';
import type { Command } from '../src/wire/command.ts';
import { BoardView } from './board.ts';
import { byId, foreign, make, setText } from './dom.ts';
import { Talk } from './talk.ts';

export class Table {
  readonly #root = byId('table', HTMLElement);
  readonly #welcome = byId('welcome', HTMLElement);
  readonly #title = byId('table-title', HTMLElement);
  readonly #score = [new Score(0), new Score(1)] as const;
  readonly #status = byId('status', HTMLElement);
  readonly #again = make('button', '', 'Play again');
  readonly #free = make('button', 'quiet', 'Give the seat to somebody else');
  readonly #board: BoardView;
  readonly #talk: Talk;

  constructor(send: (command: Command) => void) {
    this.#board = new BoardView(send);
    this.#talk = new Talk(send);
    byId('score', HTMLElement).append(...this.#score.map(({ root }) => root));
    byId('offers', HTMLElement).append(this.#again, this.#free);
    this.#again.addEventListener('click', () => send({ type: 'again' }));
    this.#free.addEventListener('click', () => send({ type: 'free' }));
    byId('leave', HTMLElement).addEventListener('click', () => send({ type: 'leave' }));
  }

  show({ table }: View): void {
    const isChange = this.#root.hidden === (table !== null);
    this.#root.hidden = table === null;
    this.#welcome.hidden = table !== null;
    if (isChange) this.#moveFocus(table !== null);
    if (table === null) return void (document.title = 'Connect Four on this network');
    const { match, side, opponent } = table;
    setText(this.#title, table.title);
    for (const score of this.#score) score.show(table);
    setText(this.#status, statusOf(table));
    this.#again.hidden = !match?.outcome || match.again[side];
    this.#free.hidden = opponent !== 'away' || side !== 0;
    this.#board.show(table);
    this.#talk.show(table);
    const isOurTurn = opponent === 'here' && match?.outcome === null && match.turn === side;
    document.title = `${isOurTurn ? 'Your turn' : table.title} · Connect Four`;
  }

  /** Whoever sits down or gets up has used a button that is no longer there: the focus goes to what is. */
  #moveFocus(seated: boolean): void {
    (seated ? this.#title : byId('rooms-title', HTMLElement)).focus();
  }
}

class Score {
  readonly root = make('li', 'player');
  readonly #side: Side;
  readonly #disc = make('span', 'disc');
  readonly #name = foreign('');
  readonly #wins = make('span', 'wins');

  constructor(side: Side) {
    this.#side = side;
    this.#disc.dataset['side'] = String(side);
    this.#disc.ariaHidden = 'true';
    this.root.append(this.#disc, make('span', 'name', this.#name), this.#wins);
  }

  show({ names, side, match, opponent }: TableView): void {
    const name = names[this.#side];
    setText(this.#name, this.#side === side ? `${name} (you)` : (name ?? 'Free seat'));
    setText(this.#wins, String(match?.wins[this.#side] ?? 0));
    const turns = match !== null && match.outcome === null && opponent !== 'asked';
    this.#disc.classList.toggle('free', name === null);
    this.root.classList.toggle('turn', turns && match.turn === this.#side);
    this.root.classList.toggle(
      'absent',
      name === null || (opponent === 'away' && this.#side !== side),
    );
  }
}

function statusOf(table: TableView): string {
  const { opponent, names, side, match, refused } = table;
  const other = names[side === 0 ? 1 : 0] ?? '';
  if (opponent === 'nobody') return 'Your room is on everybody’s list. Waiting for a guest.';
  if (opponent === 'asked') return `Asking ${other} for the seat …`;
  if (refused) return `${other}’s program did what the rules forbid. It was not accepted.`;
  const now = match === null ? '' : standing(match, side, other);
  return opponent === 'away' ? `${other} is away; the seat is kept. ${now}` : now;
}

function standing(
  { outcome, turn, again, last, board }: MatchView,
  side: Side,
  other: string,
): string {
  if (outcome !== null) {
    const result =
      outcome.type === 'drawn' ? 'A draw.' : outcome.by === side ? 'You win!' : `${other} wins.`;
    if (again[side]) return `${result} Waiting for ${other} to play again.`;
    return again[side === 0 ? 1 : 0] ? `${result} ${other} wants another round.` : result;
  }
  const begun = board.some((discs) => discs.length > 0);
  if (turn !== side) return begun ? `${other}’s turn.` : `${other} begins.`;
  return last === null ? 'You begin.' : `Your turn: ${other} played column ${last.column + 1}.`;
}
