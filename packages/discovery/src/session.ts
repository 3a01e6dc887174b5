/** The rim of the presence machine: it gives it datagrams and time, and carries out what it answers. */

import { MailslotError, type Timer } from '@mailslot/core';
import {
  type Datagram,
  type Outlet,
  slotPath,
  type Source,
  type Subscription,
  type Switchboard,
} from '@mailslot/core/internal';
import { LRUCache } from 'lru-cache';

import type { PresenceEffect, PresenceInput, PresenceMachine } from './presence/machine.ts';
import type { PresenceTracer } from './tracer.ts';

/** The group slot of all services. Three characters: a frame adds 21 bytes to a datagram. */
const GROUP_SLOT = slotPath('MPP');

/** Ways back to sources that are kept open. One answer each is the rule. */
const REPLIES_MAX = 256;

/** What the machine says to those above: all that is not to be sent. */
export type PresenceNews = Exclude<
  PresenceEffect,
  { readonly bytes: Uint8Array } | { readonly type: 'closed' }
>;

export class PresenceSession {
  readonly #switchboard: Switchboard;
  readonly #machine: PresenceMachine;
  readonly #tracer: PresenceTracer;
  readonly #onNews: (news: PresenceNews) => void;
  readonly #inbox: PresenceInput[] = [];
  /** Made for the first answer: a cache takes its room at once, which would delay the first announcement. */
  #replies: LRUCache<string, Outlet> | undefined;
  #running = false;
  /** In the machine's time, which never goes back. */
  #steppedAt = 0;
  #group: Outlet | undefined;
  #subscription: Subscription | undefined;
  #timer: Timer | undefined;
  #armedAt = Infinity;
  #onClosed: (() => void) | undefined;

  private constructor(
    switchboard: Switchboard,
    machine: PresenceMachine,
    tracer: PresenceTracer,
    onNews: (news: PresenceNews) => void,
  ) {
    this.#switchboard = switchboard;
    this.#machine = machine;
    this.#tracer = tracer;
    this.#onNews = onNews;
  }

  /** Begins to listen, then to announce. */
  static async start(
    switchboard: Switchboard,
    machine: PresenceMachine,
    tracer: PresenceTracer,
    onNews: (news: PresenceNews) => void,
  ): Promise<PresenceSession> {
    if (!switchboard.transports.some((transport) => transport.reach === 'network')) {
      throw new MailslotError(
        'ERROR_NOT_SUPPORTED',
        'Presence needs a transport that reaches other stations, such as udp(). This network has none.',
      );
    }
    const session = new PresenceSession(switchboard, machine, tracer, onNews);
    session.#group = await switchboard.open({ kind: 'domain' }, GROUP_SLOT, { networkOnly: true });
    const subscribing = switchboard.subscribe(
      GROUP_SLOT,
      (datagram) => session.#receive(datagram),
      {
        copies: true,
      },
    );
    // The others answer to where this comes from, so it need not wait until the group can be heard.
    session.feed({ type: 'start' });
    try {
      session.#subscription = await subscribing;
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  /** Gives the machine something to act on. What its effects bring about meanwhile waits its turn. */
  feed(input: PresenceInput): void {
    this.#inbox.push(input);
    if (this.#running) return;
    this.#running = true;
    try {
      for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) {
        this.#steppedAt = Math.max(this.#steppedAt, this.#switchboard.clock.now());
        for (const effect of this.#machine.step(next, this.#steppedAt)) this.#perform(effect);
      }
    } finally {
      this.#running = false;
      this.#arm();
    }
  }

  /** Where a peer was heard, the nearest first; nowhere if it is not there. */
  pathsOf(id: string): readonly Source[] {
    return this.#machine.peer(id)?.paths ?? [];
  }

  /** Says goodbye and stops listening. Resolves when the last copy has been sent. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#onClosed = resolve;
      this.feed({ type: 'close' });
    });
    this.#timer?.cancel();
    this.#replies?.clear();
    this.#group?.close();
    await this.#subscription?.close();
  }

  #receive({ data, source }: Datagram): void {
    this.feed({ type: 'datagram', bytes: data, source });
  }

  #perform(effect: PresenceEffect): void {
    this.#tracer.performed(effect);
    switch (effect.type) {
      case 'multicast':
        return send(this.#group!, effect.bytes);
      case 'unicast':
        return this.#answer(effect.to, effect.bytes);
      case 'knock':
        return this.#knock(effect.to, effect.bytes);
      case 'closed':
        return this.#onClosed?.();
      case 'up':
      case 'update':
      case 'suspect':
      case 'clear':
      case 'down':
      case 'isolated':
      case 'online':
        return this.#onNews(effect);
    }
  }

  #answer(source: Source, bytes: Uint8Array): void {
    // The network may be closed by its owner before we are.
    if (this.#switchboard.stopped) return;
    this.#replies ??= new LRUCache({ max: REPLIES_MAX, dispose: (outlet) => outlet.close() });
    let outlet = this.#replies.get(source.id);
    if (outlet === undefined) {
      outlet = this.#switchboard.reply(source, GROUP_SLOT);
      this.#replies.set(source.id, outlet);
    }
    send(outlet, bytes);
  }

  #knock(source: Source, bytes: Uint8Array): void {
    this.#switchboard.knock(source, GROUP_SLOT, bytes, () =>
      this.feed({ type: 'refused', source }),
    );
  }

  /** One timer, for whatever the machine has to do next. */
  #arm(): void {
    const { nextWakeAt } = this.#machine;
    if (nextWakeAt === this.#armedAt) return;
    this.#timer?.cancel();
    this.#armedAt = nextWakeAt;
    const { clock } = this.#switchboard;
    this.#timer = clock.schedule(nextWakeAt - clock.now(), () => {
      // Timers fire a little early by this clock. To wait for the rest would wake the process twice.
      this.#steppedAt = Math.max(this.#steppedAt, this.#armedAt);
      this.#armedAt = Infinity;
      this.feed({ type: 'wake' });
    });
  }
}

/** Presence never waits: a datagram the network has no room for is lost like any other. */
function send(outlet: Outlet, bytes: Uint8Array): void {
  void outlet.write(bytes, { anonymous: true });
}
