/** One service: its map and its list. */

import type { Picture, PicturedService } from '../dashboard/picture.ts';
import { foreign, html } from './dom.ts';
import { legendWords, networkMap } from './network-map.ts';
import { PeerList } from './peer-list.ts';
import { counted } from './words.ts';

export class ServiceSection {
  readonly element: HTMLElement;
  readonly #map = html('div', { class: 'map-place' });
  readonly #legend = html('p', { class: 'legend' });
  readonly #remarks = html('p', { class: 'remarks' });
  readonly #list: PeerList;
  #selected: string | undefined;
  #shown: { readonly service: PicturedService; readonly picture: Picture } | undefined;
  #drawn = '';

  constructor({ id, name }: PicturedService) {
    const title = name ?? `service ${id}`;
    this.#list = new PeerList(title, (peer) => this.#select(peer));
    const heading = html('h2', { id: `title-${id}` }, name === null ? title : foreign(name));
    const map = html('div', { class: 'map-side' }, this.#map, this.#legend);
    const list = html('div', { class: 'list-side' }, this.#list.element, this.#remarks);
    this.element = html(
      'section',
      { class: 'service', 'aria-labelledby': `title-${id}` },
      heading,
      html('div', { class: 'sides' }, map, list),
    );
    // When the button goes down: until it comes up, the map may be another one.
    this.#map.addEventListener('pointerdown', ({ target }) => {
      const peer = target instanceof Element ? target.closest('[data-peer]') : null;
      if (peer !== null) this.#select(peer.getAttribute('data-peer')!);
    });
  }

  show(service: PicturedService, picture: Picture): void {
    this.#shown = { service, picture };
    this.#list.show(service, picture, this.#selected);
    this.element.classList.toggle('empty', service.peers.length === 0);
    this.#remarks.textContent = remarksOn(service);
    this.#legend.textContent = service.peers.length > 1 ? legendWords(service) : '';
    this.#draw(service, picture);
  }

  #select(id: string): void {
    this.#selected = this.#selected === id ? undefined : id;
    if (this.#shown !== undefined) this.show(this.#shown.service, this.#shown.picture);
  }

  /** Most pictures differ in their times only, of which the map shows none. */
  #draw(service: PicturedService, { seenFrom }: Picture): void {
    const peers = service.peers.map(({ spans: _spans, since: _since, ...peer }) => peer);
    const wanted = JSON.stringify([peers, seenFrom, this.#selected]);
    if (wanted === this.#drawn) return;
    this.#drawn = wanted;
    this.#map.replaceChildren(networkMap(service, seenFrom, this.#selected));
  }
}

function remarksOn({
  name,
  locked,
  strangers,
  peers,
  hidden,
  loss,
  isolated,
}: PicturedService): string {
  const remarks: string[] = [];
  if (isolated) remarks.push('No network is left, or nobody at all is heard any more.');
  if (locked) {
    const speakers = counted(strangers, 'peer speaks', 'peers speak');
    remarks.push(
      `${speakers} here, with a secret or signatures. To see them, start the dashboard with the name of the service and its secret.`,
    );
  } else if (strangers > 0) {
    remarks.push(
      `${counted(strangers, 'stranger was', 'strangers were')} refused: another secret, or none.`,
    );
  }
  if (!locked && peers.length === 0) {
    remarks.push(
      `Nobody is here yet. Try it in another terminal: mailslot announce ${name ?? 'NAME'}`,
    );
  }
  if (name === null && !locked) {
    remarks.push(
      'Messages do not tell the name of a service. It has one here if the dashboard is started with it.',
    );
  }
  if (hidden > 0) remarks.push(`${counted(hidden, 'more peer is', 'more peers are')} here.`);
  if (loss >= 0.02)
    remarks.push(`${Math.round(loss * 100)} % of what is said to all is lost on its way here.`);
  return remarks.join(' ');
}
