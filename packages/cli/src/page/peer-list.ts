/** The peers of a service as a table: everything that the map shows, in words, and more of the one that is selected. */

import type { Picture, PicturedPeer, PicturedService } from '../dashboard/picture.ts';
import { type Child, foreign, html } from './dom.ts';
import { timeline } from './timeline.ts';
import { age, reasonWords, stateWord } from './words.ts';

const HEADINGS = ['Peer', 'State', 'Where', ''] as const;

export type Select = (id: string) => void;

/** A row stays the same element as long as its peer is there, so that nobody loses the focus. */
interface Row {
  readonly element: HTMLTableRowElement;
  readonly button: HTMLButtonElement;
  readonly name: HTMLElement;
  readonly state: HTMLElement;
  readonly where: HTMLElement;
  readonly bar: HTMLElement;
  readonly more: HTMLTableRowElement;
}

export class PeerList {
  readonly element: HTMLTableElement;
  readonly #body = html('tbody');
  /** Of the last column: it says how far back that goes. */
  readonly #span: HTMLElement;
  readonly #rows = new Map<string, Row>();
  readonly #select: Select;

  constructor(title: string, select: Select) {
    this.#select = select;
    const headings = HEADINGS.map((heading) => html('th', { scope: 'col' }, heading));
    this.#span = headings.at(-1)!;
    this.element = html(
      'table',
      { class: 'peers' },
      html('caption', { class: 'unseen' }, `Peers of ${title}`),
      html('thead', {}, html('tr', {}, ...headings)),
      this.#body,
    );
  }

  show({ peers }: PicturedService, picture: Picture, selected: string | undefined): void {
    this.#span.textContent = `Last ${age(picture.windowMs)}`;
    const names = new Map(peers.map(({ id, name }) => [id, name]));
    const ordered = peers.toSorted(byStateAndName);
    const wanted = ordered.flatMap((peer) => {
      const row = this.#rowOf(peer.id);
      const isSelected = peer.id === selected;
      update(row, peer, picture, isSelected);
      if (!isSelected) return [row.element];
      row.more.replaceChildren(
        html('td', { colspan: HEADINGS.length }, detail(peer, peers, names)),
      );
      return [row.element, row.more];
    });
    for (const id of this.#rows.keys()) if (!names.has(id)) this.#rows.delete(id);
    arrange(this.#body, wanted);
  }

  #rowOf(id: string): Row {
    const known = this.#rows.get(id);
    if (known !== undefined) return known;
    const row = newRow();
    row.button.addEventListener('click', () => this.#select(id));
    this.#rows.set(id, row);
    return row;
  }
}

function newRow(): Row {
  const name = html('bdi');
  const button = html('button', { type: 'button', 'aria-expanded': 'false' }, name);
  const state = html('td');
  const where = html('td', { class: 'where' });
  const bar = html('td', { class: 'bar' });
  const element = html('tr', {}, html('th', { scope: 'row' }, button), state, where, bar);
  return { element, button, name, state, where, bar, more: html('tr', { class: 'more' }) };
}

function update(row: Row, peer: PicturedPeer, picture: Picture, isSelected: boolean): void {
  const { time, windowMs } = picture;
  row.element.className = peer.state;
  row.button.setAttribute('aria-expanded', String(isSelected));
  row.name.textContent = peer.name === '' ? '(no name)' : peer.name;
  const since = age(time - peer.since);
  row.state.replaceChildren(
    html('span', { class: `badge ${peer.state}` }, stateWord(peer.state)),
    ` ${since}`,
  );
  row.where.replaceChildren(...whereOf(peer));
  row.bar.replaceChildren(timeline(peer, time, windowMs));
}

/** Those that need a look come first. */
function byStateAndName(a: PicturedPeer, b: PicturedPeer): number {
  const ranks = { suspect: 0, up: 1, down: 2 } as const;
  return (
    ranks[a.state] - ranks[b.state] ||
    a.name.localeCompare(b.name, 'en', { numeric: true }) ||
    (a.id < b.id ? -1 : 1)
  );
}

function whereOf({ addresses, port, interfaces, heardBy, state, reason }: PicturedPeer): Child[] {
  if (state === 'down') return reason === null ? [] : [reasonWords(reason)];
  const [address = 'known from others only'] = addresses;
  const host = port !== null && address.includes(':') ? `[${address}]` : address;
  const by = [...interfaces, ...heardBy].join(', ');
  return [
    html('div', {}, port === null ? host : `${host}:${port}`),
    ...(by === '' ? [] : [html('div', { class: 'by' }, `by ${by}`)]),
  ];
}

function detail(
  peer: PicturedPeer,
  peers: readonly PicturedPeer[],
  names: ReadonlyMap<string, string>,
): HTMLElement {
  const { id, name, info, port, addresses, interfaces, heardBy, watchedBy } = peer;
  const watches = peers.filter((other) => other.watchedBy.includes(id)).map((other) => other.name);
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['Id', [id]],
    ['Name', [name]],
    ['Addresses', addresses],
    ['Port', port === null ? [] : [String(port)]],
    ['Heard by', [...interfaces, ...heardBy]],
    ['Watched by', watchedBy.map((watcher) => names.get(watcher) ?? watcher)],
    ['Watches', watches],
    ['Info', info === '' ? [] : [info]],
  ];
  const terms = rows
    .filter(([, values]) => values.length > 0)
    .flatMap(([term, values]) => [html('dt', {}, term), html('dd', {}, ...joined(values))]);
  return html('dl', {}, ...terms);
}

function joined(texts: readonly string[]): Child[] {
  return texts.flatMap((text, at) => (at === 0 ? [foreign(text)] : [', ', foreign(text)]));
}

/** Makes these its children, in this order, and moves none that stands right already. */
function arrange(parent: Element, wanted: readonly Element[]): void {
  for (const child of Array.from(parent.children)) if (!wanted.includes(child)) child.remove();
  for (const [at, element] of wanted.entries()) {
    if (parent.children[at] !== element) parent.insertBefore(element, parent.children[at] ?? null);
  }
}
