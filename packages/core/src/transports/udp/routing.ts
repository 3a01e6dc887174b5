/** Which ways a message goes now. Interfaces, stations and filters come and go, so it is asked for each frame. */

import type { Correspondents } from './correspondents.ts';
import { isInterface } from './interfaces.ts';
import { type Footing, Ladder } from './ladder.ts';
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
  readonly correspondents: Correspondents;
}

export class Routing {
  readonly #parts: RoutingParts;
  readonly #ladder = new Ladder();
  #listening = false;
  /** The routes to everyone, and what they were made of. */
  #routes: readonly Route[] = [];
  #madeOf: readonly unknown[] = [];

  constructor(parts: RoutingParts) {
    this.#parts = parts;
  }

  /** Who does not listen cannot know whom it would miss. */
  set listening(listening: boolean) {
    this.#listening = listening;
    this.#madeOf = [];
  }

  /** Sees what has changed on the network. To be called now and then. */
  look(now: number): void {
    const { settings, sockets, sources } = this.#parts;
    if (settings.broadcast !== 'auto' || !this.#listening) return;
    const footings: Footing[] = [];
    for (const { place, mute } of sockets.privateSockets) {
      if (!isInterface(place) || place.loopback || place.broadcastAddress === undefined) continue;
      footings.push({ name: place.name, mute });
    }
    this.#ladder.look(footings, sources, now);
  }

  /** Another station asks for broadcast: there is no time to lose if it was not expected. */
  called(by: UdpSource, now: number): void {
    if (by.interfaces.some((name) => !this.#ladder.broadcasting.has(name))) this.look(now);
  }

  /** Forgets what was made of sockets that are no more. */
  reset(): void {
    this.#madeOf = [];
  }

  toAll(): readonly Route[] {
    const { settings, sockets, neighbourhood, sources, correspondents } = this.#parts;
    const ipv6 = sources.ipv6Interfaces;
    const { broadcasting } = this.#ladder;
    const { targets } = correspondents;
    const [madeOf, ladder, made] = this.#madeOf;
    if (madeOf === ipv6 && ladder === broadcasting && made === targets) return this.#routes;
    this.#madeOf = [ipv6, broadcasting, targets];
    this.#routes = groupRoutes(sockets.privateSockets, settings, neighbourhood.surroundings, {
      ipv6: (name) => !this.#listening || ipv6.has(name),
      broadcast: (name) => (settings.broadcast === true ? 'broadcast' : broadcasting.get(name)),
      unicast: [...settings.seeds, ...targets],
    });
    return this.#routes;
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
