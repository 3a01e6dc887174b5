/** One service as the dashboard sees it. */

import type { Watcher } from '@mailslot/discovery';

import { PresenceBoard, type Standing } from '../presence-board.ts';
import { printable } from '../printable.ts';
import { watchedBy } from '../watched-by.ts';
import type { PicturedPeer, PicturedService } from './picture.ts';

/** Peers of one service in a picture: more are no picture any more, and a browser has to draw them all. */
export const PEERS_MAX = 100;

/** What a service is known by, and what is seen of it. */
export interface ServiceParts {
  readonly realm: number;
  readonly name: string | undefined;
  /** Undefined if it is not open and nobody has named it. */
  readonly watcher: Watcher | undefined;
}

export class ServiceView {
  readonly #parts: ServiceParts;
  readonly #board = new PresenceBoard();
  /** Those who speak in a service that cannot be read. */
  readonly #speakers = new Set<string>();

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  /** Says whenever something has `changed`. Resolves when the watcher is closed. */
  async follow(changed: () => void): Promise<void> {
    const { watcher } = this.#parts;
    if (watcher === undefined) return;
    for await (const event of watcher) {
      this.#board.take(event, Date.now());
      changed();
    }
  }

  /** Somebody speaks in it, whose messages cannot be read. */
  hear(speaker: string): void {
    if (this.#speakers.size < PEERS_MAX) this.#speakers.add(speaker);
  }

  picture(now: number): PicturedService {
    const { realm, name, watcher } = this.#parts;
    const standings = this.#board.standings(now);
    const here = standings.filter(({ state }) => state !== 'down');
    const ids = here.map(({ peer }) => peer.id);
    const shown = standings.slice(0, PEERS_MAX);
    const stats = watcher?.stats();
    // What is said in other services, or by ourselves, is no drop of this one.
    const { realm: _others, echo: _own, ...drops } = stats?.drops ?? {};
    return {
      id: realm.toString(16).padStart(8, '0'),
      name: name ?? null,
      locked: watcher === undefined,
      isolated: watcher?.isolated ?? false,
      peers: shown.map((standing) => this.#pictureOf(standing, ids)),
      hidden: Math.max(0, here.length - shown.length),
      strangers: stats?.strangers ?? this.#speakers.size,
      loss: stats?.loss ?? 0,
      drops,
    };
  }

  #pictureOf(standing: Standing, ids: readonly string[]): PicturedPeer {
    const { peer, state, since, reason, spans } = standing;
    const { id, name, port, info, addresses, interfaces } = peer;
    const paths = this.#parts.watcher?.pathsOf(peer) ?? [];
    return {
      id,
      name: printable(name),
      port: port ?? null,
      info: info === null || info === undefined ? '' : printable(JSON.stringify(info)),
      state,
      since,
      reason: reason ?? null,
      addresses,
      interfaces,
      heardBy: [...new Set(paths.flatMap((path) => path.heardBy))],
      watchedBy: state === 'down' ? [] : watchedBy(id, ids),
      spans,
    };
  }
}
