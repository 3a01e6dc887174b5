/** The Messenger service on one subnet: the names it is reached by there, and the sessions that come to them. */

import { type Clock, MailslotError, type Timer } from '@mailslot/core';
import {
  type NetbiosName,
  serveSessions,
  SESSION_ERRORS,
  type SessionListener,
  type SessionRequest,
  type Subnet,
  SUFFIX,
} from '@mailslot/core/netbios/internal';

import type { WireMessage } from './mailslot-message.ts';
import { MessageSession } from './message-session.ts';

/** How long to leave a name alone that was refused: its owner may go home. */
const RETRY_MS = 300_000;

export interface SubnetMessengerParts {
  readonly subnet: Subnet;
  readonly names: readonly NetbiosName[];
  /** The TCP port of sessions. */
  readonly port: number;
  readonly clock: Clock;
  readonly received: (message: WireMessage, address: string) => void;
  readonly problem: (error: MailslotError) => void;
}

export class SubnetMessenger {
  readonly subnet: Subnet;
  /** Resolves when it is known of each name whether we have it. */
  readonly ready: Promise<unknown>;
  readonly #parts: SubnetMessengerParts;
  readonly #ended = new AbortController();
  readonly #retries = new Map<NetbiosName, Timer>();
  readonly #unfollow: () => void;
  #listener: SessionListener | undefined;

  constructor(parts: SubnetMessengerParts) {
    const { subnet, names } = parts;
    this.#parts = parts;
    this.subnet = subnet;
    this.#unfollow = subnet.names.onLost((lost) => this.#lose(lost));
    this.ready = Promise.all([...names.map((name) => this.#take(name)), this.#listen()]);
  }

  /** Connections that are open now. */
  get sessions(): number {
    return this.#listener?.stats.open ?? 0;
  }

  /** Gives the names back, and ends all sessions. */
  async close(): Promise<void> {
    this.#ended.abort();
    this.#unfollow();
    for (const timer of this.#retries.values()) timer.cancel();
    const { names } = this.#parts;
    await Promise.all(names.map((name) => this.subnet.names.release(name)));
    await this.ready;
    await this.#listener?.close();
  }

  async #take(name: NetbiosName): Promise<void> {
    try {
      await this.subnet.names.register(name);
    } catch (error) {
      this.#tell(error);
      this.#tryLater(name);
    }
  }

  #lose(lost: NetbiosName): void {
    const name = this.#parts.names.find((own) => own.equals(lost));
    if (name === undefined) return;
    const message = `The name ${lost.toString()} is another's too on ${this.subnet.interface.name}: messages to it go there.`;
    this.#tell(new MailslotError('ERROR_ALREADY_EXISTS', message));
    this.#tryLater(name);
  }

  #tryLater(name: NetbiosName): void {
    if (this.#ended.signal.aborted) return;
    this.#retries.get(name)?.cancel();
    const retry = (): void => void this.#take(name);
    this.#retries.set(name, this.#parts.clock.schedule(RETRY_MS, retry));
  }

  async #listen(): Promise<void> {
    const { port, clock } = this.#parts;
    const { signal } = this.#ended;
    const host = this.subnet.interface.address;
    const accept = this.#accept.bind(this);
    try {
      this.#listener = await serveSessions({ host, port, accept, clock, signal });
    } catch (error) {
      this.#tell(error);
    }
  }

  #accept(
    { called }: SessionRequest,
    { address }: { readonly address: string },
  ): MessageSession | number {
    if (called.suffix !== SUFFIX.messenger || !this.subnet.names.owns(called)) {
      return SESSION_ERRORS.CALLED_NAME_NOT_PRESENT;
    }
    return new MessageSession((message) => this.#parts.received(message, address));
  }

  #tell(error: unknown): void {
    if (!(error instanceof MailslotError)) throw error;
    if (!this.#ended.signal.aborted && error.code !== 'ERROR_OPERATION_ABORTED') {
      this.#parts.problem(error);
    }
  }
}
