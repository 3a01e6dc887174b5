/** A transport that reaches nobody, for tests of the floor above. Each member can be replaced. */

import type { Transport } from '@mailslot/core';
import { type Channel, Counters } from '@mailslot/core/internal';

const nowhere: Channel = { maxMessageSize: Infinity, send: () => undefined, close() {} };

export function fakeTransport(members: Partial<Transport> = {}): Transport {
  return {
    name: 'fake',
    reach: 'network',
    start: async () => {},
    listen: async () => ({ close: async () => {} }),
    open: async () => nowhere,
    reply: () => nowhere,
    maxMessageSize: () => Infinity,
    interfaces: () => [],
    stats: () => new Counters('fake').snapshot(),
    unref: () => {},
    stop: async () => {},
    ...members,
  };
}

/** A channel that remembers what was done to it. */
export class FakeChannel implements Channel {
  readonly maxMessageSize: number = Infinity;
  sent = 0;
  closed = 0;

  send(): undefined {
    this.sent++;
  }

  close(): void {
    this.closed++;
  }
}
