/** A service as a map: this computer in the middle, its interfaces, the peers around, and who watches whom. */

import type { PicturedPeer, PicturedService, SeenFrom } from '../dashboard/picture.ts';
import { type Child, svg } from './dom.ts';
import { arrow, HEIGHT, layOut, type MapLayout, type PlacedPeer, WIDTH } from './map-layout.ts';
import { counted, short, stateWord } from './words.ts';

const NODE_RADIUS = 15;
const CROWDED_RADIUS = 7;

/** So long are names beside their peers; the list has them in full. */
const NAME_CHARACTERS = 12;

const NAME_GAP = 8;

/** About as wide as an upper case letter is on the map. */
const CHARACTER_WIDTH = 10;

export function networkMap(
  service: PicturedService,
  seenFrom: SeenFrom,
  selected: string | undefined,
): SVGSVGElement {
  const layout = layOut(service.peers);
  const radius = layout.hasNames ? NODE_RADIUS : CROWDED_RADIUS;
  return svg(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: 'map', role: 'img', 'aria-label': label(service) },
    arrowHead(service.id),
    ...layout.peers.map(spoke),
    ...arrows(service, layout, selected, radius),
    ...middle(layout, seenFrom),
    ...layout.peers.map((placed) => node(placed, layout, placed.peer.id === selected, radius)),
  );
}

function label({ peers, name }: PicturedService): string {
  const counts = (['up', 'suspect', 'down'] as const)
    .map((state) => [peers.filter((peer) => peer.state === state).length, state] as const)
    .filter(([count]) => count > 0)
    .map(([count, state]) => `${count} ${stateWord(state)}`);
  return `Map of ${name ?? 'a service without a name'}: ${counts.join(', ') || 'nobody'}. The list has the same in words.`;
}

function arrowHead(id: string): SVGElement {
  const shape = {
    viewBox: '0 0 8 8',
    refX: 7,
    refY: 4,
    markerWidth: 6,
    markerHeight: 6,
    orient: 'auto',
  };
  const head = svg('path', { d: 'M0,0.5L7,4L0,7.5Z', class: 'arrow-head' });
  return svg('defs', {}, svg('marker', { id: `head-${id}`, ...shape }, head));
}

function spoke({ peer, x, y, from }: PlacedPeer<PicturedPeer>): SVGElement {
  const way = peer.heardBy[0] ?? 'other';
  const kind = peer.state === 'down' ? 'spoke gone' : `spoke ${way}`;
  return svg('line', { x1: from.x, y1: from.y, x2: x, y2: y, class: kind });
}

function arrows(
  { id }: PicturedService,
  { peers, hasAllArrows }: MapLayout<PicturedPeer>,
  selected: string | undefined,
  radius: number,
): SVGElement[] {
  const places = new Map(peers.map((placed) => [placed.peer.id, placed]));
  return peers.flatMap((subject) =>
    subject.peer.watchedBy.flatMap((watcher) => {
      const from = places.get(watcher);
      const isSelected = selected === watcher || selected === subject.peer.id;
      if (from === undefined || (!hasAllArrows && !isSelected)) return [];
      const faint = selected !== undefined && !isSelected;
      const kind = isSelected ? 'arrow selected' : faint ? 'arrow faint' : 'arrow';
      const head = `url(#head-${id})`;
      return svg('path', { d: arrow(from, subject, radius), class: kind, 'marker-end': head });
    }),
  );
}

function middle(
  { centre, interfaces }: MapLayout<PicturedPeer>,
  { computer, interfaces: own }: SeenFrom,
): SVGElement[] {
  const isSingle = interfaces.length < 2;
  const links = isSingle
    ? []
    : interfaces.map(({ x, y }) =>
        svg('line', { x1: centre.x, y1: centre.y, x2: x, y2: y, class: 'link' }),
      );
  const only = interfaces[0]?.name ?? own[0]?.name;
  const boxes = isSingle ? [] : interfaces.map(({ name, x, y }) => box(name, x, y, 'interface'));
  const words = [short(computer, NAME_CHARACTERS), ...(isSingle && only ? [`by ${only}`] : [])];
  return [...links, ...boxes, box(words, centre.x, centre.y, 'computer')];
}

/** One or two lines in a frame that is wide enough. */
function box(text: string | readonly string[], x: number, y: number, kind: string): SVGElement {
  const lines = typeof text === 'string' ? [text] : text;
  const width = Math.max(...lines.map((line) => line.length)) * CHARACTER_WIDTH + 22;
  const height = lines.length * 17 + 9;
  const frame = { x: x - width / 2, y: y - height / 2, width, height, rx: 8 };
  const texts = lines.map((line, at) =>
    svg(
      'text',
      { x, y: y - height / 2 + 18 + at * 17, class: at === 0 ? 'first' : 'second' },
      line,
    ),
  );
  return svg('g', { class: kind }, svg('rect', frame), ...texts);
}

const SIGNS = { up: '', suspect: '?', down: '×' } as const;

function node(
  { peer, x, y, anchor }: PlacedPeer<PicturedPeer>,
  { hasNames, centre }: MapLayout<PicturedPeer>,
  isSelected: boolean,
  radius: number,
): SVGElement {
  const children: Child[] = [
    svg('title', {}, `${peer.name}, ${stateWord(peer.state)}`),
    svg('circle', { cx: x, cy: y, r: radius }),
    svg('text', { x, y: y + 6, class: 'sign' }, SIGNS[peer.state]),
  ];
  if (hasNames || isSelected) {
    const isAbove = anchor === 'middle' && y < centre.y;
    const side = anchor === 'start' ? 1 : -1;
    const at =
      anchor === 'middle'
        ? { x, y: isAbove ? y - radius - NAME_GAP : y + radius + NAME_GAP + 12 }
        : { x: x + side * (radius + NAME_GAP), y: y + 5 };
    children.push(
      svg('text', { ...at, class: `name ${anchor}` }, short(peer.name, NAME_CHARACTERS)),
    );
  }
  const selection = isSelected ? ' selected' : '';
  return svg('g', { class: `peer ${peer.state}${selection}`, 'data-peer': peer.id }, ...children);
}

/** What the lines of the map mean. */
export function legendWords({ peers }: PicturedService): string {
  const { hasAllArrows } = layOut(peers);
  const arrows = hasAllArrows
    ? 'Arrows: who watches whom.'
    : `Select one of ${counted(peers.length, 'peer')} to see who watches it, and whom it watches.`;
  return `Lines: who is heard, solid by multicast, dashed by broadcast, dotted by unicast alone. ${arrows}`;
}
