/** The dashboard: takes pictures from the program that serves it, and shows each. */

import type { Picture, PicturedClassic, PicturedPeer } from '../dashboard/picture.ts';
import { byId, foreign, html } from './dom.ts';
import { ServiceSection } from './service-section.ts';
import { dropsOf, dropTables, totalRate, trafficCharts } from './traffic.ts';
import { counted, stateWord } from './words.ts';

const sections = new Map<string, ServiceSection>();
let announced = '';

connect();

function connect(): void {
  const token = location.hash.slice(1);
  if (token === '')
    return tell('lost', 'The address is not whole: open the one that the program printed.');
  const source = new EventSource(`/state?token=${encodeURIComponent(token)}`);
  source.addEventListener('message', ({ data }: MessageEvent<string>) => {
    tell('live', 'Live');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it comes from the program that serves this page
    show(JSON.parse(data) as Picture);
  });
  source.addEventListener('error', () => {
    const isRefused = source.readyState === EventSource.CLOSED;
    tell(
      'lost',
      isRefused
        ? 'Refused: open the address that the program printed last.'
        : 'The program has ended, or cannot be reached.',
    );
  });
}

function tell(state: 'live' | 'lost', words: string): void {
  const place = byId('connection');
  place.setAttribute('data-state', state);
  if (place.textContent !== words) place.textContent = words;
}

function show(picture: Picture): void {
  showSeenFrom(picture);
  showSummary(picture);
  showServices(picture);
  byId('traffic').replaceChildren(...trafficCharts(picture));
  byId('drops').replaceChildren(...dropTables(dropsOf(picture)));
  byId('classic').hidden = picture.classic === null;
  if (picture.classic !== null) byId('hosts').replaceChildren(hostTable(picture.classic));
  byId('notes').hidden = picture.notes.length === 0;
  byId('note-list').replaceChildren(...picture.notes.map((note) => html('li', {}, note)));
}

function showSeenFrom({ seenFrom: { computer, domain, interfaces } }: Picture): void {
  const ways = interfaces.map(
    ({ transport, name, address }) => `${transport} on ${name} ${address}`,
  );
  byId('seen-from').replaceChildren(
    'Seen from ',
    foreign(computer),
    ' in ',
    foreign(domain),
    ` · ${ways.join(' · ') || 'no network'}`,
  );
}

function showSummary(picture: Picture): void {
  const peers = picture.services.flatMap((service) => service.peers);
  const count = (state: PicturedPeer['state']): number =>
    peers.filter((peer) => peer.state === state).length;
  const [here, silent, gone] = [count('up'), count('suspect'), count('down')];
  const hidden = picture.services.reduce((sum, service) => sum + service.hidden, 0);
  const lost = dropsOf(picture)
    .filter(({ isLoss }) => isLoss)
    .reduce((sum, drop) => sum + drop.count, 0);
  const isOffline = picture.seenFrom.interfaces.length === 0;
  byId('headline').textContent = isOffline
    ? 'There is no network'
    : headline(here + hidden, silent, gone);
  byId('tiles').replaceChildren(
    tile('up', here + hidden, stateWord('up')),
    tile('suspect', silent, stateWord('suspect')),
    tile('down', gone, 'gone lately'),
    tile('rate', totalRate(picture.traffic), 'datagrams a second'),
    tile('lost', lost, 'lost or refused'),
  );
  announce(peers, `${here + hidden} here, ${silent} silent, ${gone} gone`);
}

function headline(here: number, silent: number, gone: number): string {
  if (here + silent + gone === 0) return 'Nobody is here yet';
  const more = [
    ...(silent > 0 ? [`${silent} silent`] : []),
    ...(gone > 0 ? [`${gone} gone lately`] : []),
  ];
  return [`${counted(here, 'peer is', 'peers are')} here`, ...more].join(', ');
}

function tile(kind: string, value: number, term: string): HTMLElement {
  const words = [html('dt', {}, term), html('dd', {}, value.toLocaleString('en'))];
  return html('div', { class: value === 0 ? 'tile' : `tile ${kind}` }, ...words);
}

/** For those who listen: said when somebody came or went, not whenever a number moves. */
function announce(peers: readonly PicturedPeer[], words: string): void {
  const states = peers
    .map(({ id, state }) => `${id} ${state}`)
    .toSorted()
    .join();
  if (states === announced) return;
  announced = states;
  byId('announcer').textContent = words;
}

function showServices(picture: Picture): void {
  const place = byId('services');
  for (const service of picture.services) {
    let section = sections.get(service.id);
    if (section === undefined) {
      section = new ServiceSection(service);
      sections.set(service.id, section);
      place.append(section.element);
    }
    section.show(service, picture);
  }
}

function hostTable({ hosts, problem }: PicturedClassic): HTMLElement {
  if (problem !== null) return html('p', {}, problem);
  const headings = ['Computer', 'Domain', 'Version', 'Comment'];
  const rows = hosts.map(({ name, domain, version, comment }) =>
    html(
      'tr',
      {},
      html('th', { scope: 'row' }, foreign(name)),
      html('td', {}, foreign(domain)),
      html('td', {}, version),
      html('td', {}, foreign(comment)),
    ),
  );
  return html(
    'table',
    {},
    html('caption', { class: 'unseen' }, 'Computers on the browse list'),
    html(
      'thead',
      {},
      html('tr', {}, ...headings.map((each) => html('th', { scope: 'col' }, each))),
    ),
    html('tbody', {}, ...rows),
  );
}
