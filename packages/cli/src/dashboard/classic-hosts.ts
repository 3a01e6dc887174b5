/** The computers on the list of Windows and Samba, asked for again and again. */

import type { Network } from '@mailslot/core';
import { type Clock, MailslotError, systemClock, type Timer } from '@mailslot/core';

import { printable } from '../printable.ts';
import type { PicturedClassic } from './picture.ts';

/** A list changes within minutes; to ask costs its holder a session. */
const ASK_MS = 30_000;

/** Hosts shown: lists of more are for `mailslot hosts`. */
const HOSTS_MAX = 200;

export class ClassicHosts implements Disposable {
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #ended = new AbortController();
  #timer: Timer | undefined;
  #picture: PicturedClassic = { hosts: [], problem: 'Asking who holds the list …' };

  constructor(network: Network, clock: Clock = systemClock) {
    this.#network = network;
    this.#clock = clock;
    void this.#ask();
  }

  get picture(): PicturedClassic {
    return this.#picture;
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
    this.#ended.abort();
  }

  async #ask(): Promise<void> {
    const { signal } = this.#ended;
    this.#picture = await this.#list(signal);
    if (!signal.aborted) this.#timer = this.#clock.schedule(ASK_MS, () => void this.#ask());
  }

  async #list(signal: AbortSignal): Promise<PicturedClassic> {
    // Loaded only now: most dashboards never need it.
    const { listHosts } = await import('@mailslot/discovery/browser');
    try {
      const hosts = await listHosts(this.#network, { signal });
      return {
        hosts: hosts.slice(0, HOSTS_MAX).map(({ name, domain, version, comment }) => ({
          name: printable(name),
          domain: printable(domain),
          version: `${version.major}.${version.minor}`,
          comment: printable(comment),
        })),
        problem: null,
      };
    } catch (error) {
      if (error instanceof MailslotError) return { hosts: [], problem: error.message };
      throw error;
    }
  }
}
