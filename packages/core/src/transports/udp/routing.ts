/** Which ways a message goes now. Interfaces, stations and filters come and go, so it is asked for each frame. */

import type { Random } from '../../random.ts';
import { Correspondents } from './correspondents.ts';
import { isInterface } from './interfaces.ts';
import { type Broadcasting, type Footing, Ladder } from './ladder.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { Endpoint, UdpSettings } from './options.ts';
import { groupRoutes, type Route, routeTo } from './routes.ts';
import type { SocketSet } from './socket-set.ts';
import type { Sources, UdpSource } from './sources.ts';

export interface RoutingParts {
  readonly settings: UdpSettings;
  readonly sockets: SocketSet;
  readonly neighbourhood: Neighbourhood;
  readonly sources: Sources;
  readonly random: Random;
  /** Sends a message of the seeding slot. */
  readonly send: (payload: Uint8Array, routes: readonly Route[]) => void;
}

/** Least time between two looks that strangers can cause: each goes through all stations. */
const CALL_SPACING_MS = 100;

/** Routes, and what they were made of: each of these is another object when it changes. */
interface Plan {
  readonly ipv6: ReadonlySet<string>;
  readonly broadcasting: ReadonlyMap<string, Broadcasting>;
  readonly targets: readonly UdpSource[];
  readonly routes: readonly Route[];
}

export class Routing {
  readonly #parts: RoutingParts;
  readonly #ladder = new Ladder();
  readonly #correspondents: Correspondents;
  #listening = false;
  #calledAt = -Infinity;
  /** The routes to everyone, as they were last made. */
  #plan: Plan | undefined;

  constructor(parts: RoutingParts) {
    this.#parts = parts;
    const { settings, sources, neighbourhood, random, send } = parts;
    this.#correspondents = new Correspondents(settings.seeds, {
      random,
      sources,
      send: (to, payload) => send(payload, this.to(to)),
      sourceAt: (endpoint) => sources.known(endpoint) ?? neighbourhood.judge(endpoint),
      placeOf: (source, to) => neighbourhood.placeFor(source, to),
      locate: (place, toldBy) => {
        const source = neighbourhood.locateFor(place, toldBy);
        return source && (sources.known(source) ?? source);
      },
    });
  }

  /** How many get a copy of each group message by unicast, because they asked for it. */
  get correspondents(): number {
    return this.#correspondents.targets.length;
  }

  /** Sees what has changed on the network. Who does not listen cannot know whom it would miss. */
  follow(listening: boolean, now: number): void {
    this.#listening = listening;
    this.#plan = undefined;
    this.#look(now);
    if (listening) this.#correspondents.tick(now);
  }

  /** Takes a message to the seeding slot. Throws only a `DecodeError`. */
  receive(source: UdpSource, payload: Uint8Array, now: number): void {
    this.#correspondents.receive(source, payload, now);
  }

  #look(now: number): void {
    const { settings, sockets, sources } = this.#parts;
    if (settings.broadcast !== 'auto' || !this.#listening) return;
    const footings: Footing[] = [];
    for (const { place, mute } of sockets.privateSockets) {
      if (!isInterface(place) || place.loopback || place.broadcastAddress === undefined) continue;
      footings.push({ name: place.name, mute });
    }
    this.#ladder.look(footings, sources, now);
  }

  /** Another station asks for broadcast: there is no time to lose if that is new. */
  called({ trust, interfaces }: UdpSource, now: number): void {
    if (trust === 'loopback' || now - this.#calledAt < CALL_SPACING_MS) return;
    if (interfaces.every((name) => this.#ladder.broadcasting.has(name))) return;
    this.#calledAt = now;
    this.#look(now);
  }

  /** Forgets what was made of sockets that are no more. */
  reset(): void {
    this.#plan = undefined;
  }

  toAll(): readonly Route[] {
    const { settings, sockets, neighbourhood, sources } = this.#parts;
    const ipv6 = sources.ipv6Interfaces;
    const { broadcasting } = this.#ladder;
    const { targets } = this.#correspondents;
    const plan = this.#plan;
    if (plan?.ipv6 === ipv6 && plan.broadcasting === broadcasting && plan.targets === targets) {
      return plan.routes;
    }
    const routes = groupRoutes(sockets.privateSockets, settings, neighbourhood.surroundings, {
      ipv6: (name) => !this.#listening || ipv6.has(name),
      broadcast: (name) => (settings.broadcast === true ? 'broadcast' : broadcasting.get(name)),
      unicast: [...settings.seeds, ...targets],
    });
    this.#plan = { ipv6, broadcasting, targets, routes };
    return routes;
  }

  /** The name travels in the frame, for all to compare; who was heard under it also gets it by unicast, which Wi-Fi repeats. */
  toName(name: string): readonly Route[] {
    const bearers = this.#parts.sources.named(name);
    const toAll = this.toAll();
    if (bearers.length === 0) return toAll;
    return [...toAll, ...bearers.flatMap((source) => this.to(source))];
  }

  to(source: UdpSource): readonly Route[] {
    if (source.route === undefined || source.route[0].socket.closed) {
      const route = this.#routeTo(source);
      source.route = route && [route];
    }
    return source.route ?? [];
  }

  #routeTo(endpoint: Endpoint): Route | undefined {
    const { sockets, neighbourhood } = this.#parts;
    return routeTo(endpoint, sockets.privateSockets, neighbourhood.surroundings);
  }
}
