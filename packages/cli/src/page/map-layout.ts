/** Where everything stands on the map of a service. Pure. */

export const WIDTH = 600;
export const HEIGHT = 400;

const CENTRE = { x: WIDTH / 2, y: HEIGHT / 2 } as const;

/** Peers stand on an ellipse, which leaves room for their names at both sides. */
const RADII = { x: 178, y: 146 } as const;

/** Interfaces stand around the middle, towards the peers that are heard by them. */
const INTERFACE_RADII = { x: 112, y: 76 } as const;

/** Peers of which all names can be read. */
const NAMED_MAX = 24;

/** Where all arrows at once can be told from each other. */
const ARROWS_MAX = 24;

const TURN = 2 * Math.PI;

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface PeerToPlace {
  readonly id: string;
  readonly interfaces: readonly string[];
  readonly watchedBy: readonly string[];
}

export interface PlacedPeer<Peer> extends Point {
  readonly peer: Peer;
  /** Where its spoke begins: the interface it is heard by, or the middle. */
  readonly from: Point;
  /** The side its name stands at. */
  readonly anchor: 'start' | 'middle' | 'end';
}

export interface MapLayout<Peer> {
  readonly centre: Point;
  readonly interfaces: readonly (Point & { readonly name: string })[];
  readonly peers: readonly PlacedPeer<Peer>[];
  readonly hasNames: boolean;
  readonly hasAllArrows: boolean;
}

/** The same peers always stand in the same order: by interface, then by id. */
export function layOut<Peer extends PeerToPlace>(peers: readonly Peer[]): MapLayout<Peer> {
  const groups = byInterface(peers);
  const names = Array.from(groups.keys()).toSorted();
  const ordered = names.flatMap((name) =>
    groups.get(name)!.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  );
  const turnOf = (at: number): number => ((at + 0.5) / ordered.length) * TURN - TURN / 4;
  let before = 0;
  const interfaces = names.map((name) => {
    const size = groups.get(name)!.length;
    const point = around(turnOf(before + (size - 1) / 2), INTERFACE_RADII);
    before += size;
    return { name, ...(names.length === 1 ? CENTRE : point) };
  });
  const arrows = ordered.reduce((sum, { watchedBy }) => sum + watchedBy.length, 0);
  return {
    centre: CENTRE,
    interfaces,
    peers: ordered.map((peer, at) => {
      const point = around(turnOf(at), RADII);
      const side = point.x - CENTRE.x;
      const anchor = Math.abs(side) < 24 ? 'middle' : side < 0 ? 'end' : 'start';
      const from = interfaces.find(({ name }) => name === interfaceOf(peer)) ?? CENTRE;
      return { peer, ...point, from: { x: from.x, y: from.y }, anchor };
    }),
    hasNames: ordered.length <= NAMED_MAX,
    hasAllArrows: arrows <= ARROWS_MAX,
  };
}

/** A curve from one peer to another that ends at its rim, bent towards the middle as far as they are apart. */
export function arrow(from: Point, to: Point, radius: number): string {
  const bend = 0.28;
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  const control = {
    x: middle.x + (CENTRE.x - middle.x) * bend - (to.y - from.y) * 0.12,
    y: middle.y + (CENTRE.y - middle.y) * bend + (to.x - from.x) * 0.12,
  };
  const start = towards(from, control, radius);
  const end = towards(to, control, radius + 4);
  return `M${round(start)}Q${round(control)} ${round(end)}`;
}

function byInterface<Peer extends PeerToPlace>(peers: readonly Peer[]): Map<string, Peer[]> {
  const groups = new Map<string, Peer[]>();
  for (const peer of peers) {
    const name = interfaceOf(peer);
    groups.set(name, [...(groups.get(name) ?? []), peer]);
  }
  return groups;
}

function interfaceOf({ interfaces }: PeerToPlace): string {
  return interfaces[0] ?? 'beyond a router';
}

function around(angle: number, { x, y }: Point): Point {
  return { x: CENTRE.x + x * Math.cos(angle), y: CENTRE.y + y * Math.sin(angle) };
}

/** From a point so far towards another one. */
function towards(from: Point, to: Point, distance: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  return {
    x: from.x + ((to.x - from.x) * distance) / length,
    y: from.y + ((to.y - from.y) * distance) / length,
  };
}

function round({ x, y }: Point): string {
  return `${x.toFixed(1)},${y.toFixed(1)}`;
}
