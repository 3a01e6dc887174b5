/** Has sockets and routes follow the interfaces, which come and go, and those who listen; one change at a time. */

import type { Timer } from '../../clock.ts';
import { SleepWatch } from '../sleep-watch.ts';
import type { Listening, TransportHost } from '../transport.ts';
import { systemError } from './advice.ts';
import type { Reassembly } from './fragments.ts';
import type { InterfaceTable } from './interfaces.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { UdpSettings } from './options.ts';
import type { Problems } from './problems.ts';
import type { Routing } from './routing.ts';
import type { SocketSet } from './socket-set.ts';
import type { Sources } from './sources.ts';

/**
 * How often the interfaces are looked at: Node does not tell when they change. Whoever comes back is to be found within
 * three seconds, and a look costs half a millisecond.
 */
export const INTERFACE_POLL_MS = 2_000;

/** How often group membership is renewed: switches that snoop without a querier forget it after some four minutes. */
export const REJOIN_MS = 120_000;

export interface InterfaceFollowerParts {
  readonly host: TransportHost;
  readonly settings: UdpSettings;
  readonly networkInterfaces: () => InterfaceTable;
  readonly neighbourhood: Neighbourhood;
  readonly sockets: SocketSet;
  readonly sources: Sources;
  readonly reassembly: Reassembly;
  readonly routing: Routing;
  readonly problems: Problems;
}

export class InterfaceFollower {
  readonly #parts: InterfaceFollowerParts;
  readonly #sleep: SleepWatch;
  #listenings = 0;
  #opened: Promise<void> = Promise.resolve();
  #following: Promise<void> = Promise.resolve();
  #poll: Timer | undefined;
  #rejoinAt: number;
  #stopped = false;

  constructor(parts: InterfaceFollowerParts) {
    const { clock } = parts.host;
    this.#parts = parts;
    this.#sleep = new SleepWatch(clock, INTERFACE_POLL_MS);
    this.#rejoinAt = clock.now() + REJOIN_MS;
  }

  get listening(): boolean {
    return this.#listenings > 0;
  }

  /** Resolves when the sockets are as the interfaces are now; goes on looking. */
  async start(): Promise<void> {
    await this.#followInterfaces();
    this.#schedulePoll();
  }

  /** Rejects with `ERROR_BUSY` or `ERROR_ACCESS_DENIED` if the shared port cannot be had. */
  async listen(): Promise<Listening> {
    if (this.#listenings++ === 0) this.#opened = this.#followListeners();
    try {
      await this.#opened;
    } catch (error) {
      this.#listenings--;
      throw systemError(this.#receiving, error);
    }
    let closed: Promise<void> | undefined;
    return { close: () => (closed ??= this.#endListening()) };
  }

  /** Resolves when no change is under way any more. */
  stop(): Promise<void> {
    this.#stopped = true;
    this.#poll?.cancel();
    return this.#following;
  }

  async #endListening(): Promise<void> {
    if (--this.#listenings === 0) await this.#followListeners();
  }

  #schedulePoll(): void {
    if (this.#stopped) return;
    const { host, sockets, sources, reassembly, problems } = this.#parts;
    this.#poll = host.clock.schedule(INTERFACE_POLL_MS, () => {
      reassembly.expire();
      sources.refresh();
      const slept = this.#sleep.slept();
      if (slept || host.clock.now() >= this.#rejoinAt) {
        this.#rejoinAt = host.clock.now() + REJOIN_MS;
        sockets.rejoin();
      }
      if (slept) host.woke();
      void this.#followInterfaces()
        .catch((error: unknown) => problems.tell(this.#receiving, error))
        .then(() => this.#schedulePoll());
    });
  }

  /** In words, for errors. */
  get #receiving(): string {
    return `Receiving on UDP port ${this.#parts.settings.port}`;
  }

  /** Adapts the sockets to the interfaces there are now. */
  #followInterfaces(): Promise<void> {
    return this.#inTurn(() => {
      const { neighbourhood, sources, problems } = this.#parts;
      const table = this.#readInterfaces();
      if (table !== undefined && neighbourhood.update(table)) {
        sources.relocate();
        problems.missing(neighbourhood.missing, table);
      }
      return this.#adapt();
    });
  }

  /** Adapts the sockets to whether anyone listens. The interfaces are as they were at the last look, or nearly. */
  #followListeners(): Promise<void> {
    return this.#inTurn(() => this.#adapt());
  }

  async #adapt(): Promise<void> {
    const { host, sockets, neighbourhood, routing } = this.#parts;
    const { listening } = this;
    try {
      const changed = await sockets.follow(neighbourhood.used, listening);
      if (changed) host.interfacesChanged();
    } finally {
      routing.follow(listening, host.clock.now());
    }
  }

  /** One at a time, in order, and nothing any more when it stops. */
  #inTurn(change: () => Promise<void>): Promise<void> {
    const changed = this.#following.then(() => (this.#stopped ? undefined : change()));
    this.#following = changed.catch(() => {});
    return changed;
  }

  /** Undefined if the system does not say; then they are taken to be as they were. */
  #readInterfaces(): InterfaceTable | undefined {
    try {
      return this.#parts.networkInterfaces();
    } catch (error) {
      this.#parts.problems.tell('Listing the interfaces', error);
      return undefined;
    }
  }
}
