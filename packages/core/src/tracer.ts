/** Tells those who trace it what happens to one station; does nothing while nobody does. */

import type { MailslotError } from './errors.ts';
import type { Datagram } from './message.ts';
import type { SlotPath } from './name.ts';
import { type NetworkTraces, traces } from './traces.ts';
import type { DropReason, Station } from './transports/transport.ts';

const joined = traces['mailslot:network:joined'];
const interfaces = traces['mailslot:network:interfaces'];
const woke = traces['mailslot:network:woke'];
const problem = traces['mailslot:network:problem'];
const closed = traces['mailslot:network:closed'];
const sent = traces['mailslot:message:sent'];
const received = traces['mailslot:message:received'];

export class Tracer {
  readonly #names: NetworkTraces['mailslot:network:woke'];

  constructor({ computerName, domain }: Station) {
    this.#names = { computerName, domain };
  }

  joined(transports: readonly { readonly name: string }[]): void {
    if (!joined.hasSubscribers) return;
    joined.publish({ ...this.#names, transports: transports.map(({ name }) => name) });
  }

  interfaces(list: () => NetworkTraces['mailslot:network:interfaces']['interfaces']): void {
    if (interfaces.hasSubscribers) interfaces.publish({ ...this.#names, interfaces: list() });
  }

  woke(): void {
    if (woke.hasSubscribers) woke.publish({ ...this.#names });
  }

  problem(error: MailslotError): void {
    if (problem.hasSubscribers) problem.publish({ ...this.#names, error });
  }

  closed(): void {
    if (closed.hasSubscribers) closed.publish({ ...this.#names });
  }

  sent({ key }: SlotPath, bytes: number): void {
    if (sent.hasSubscribers) sent.publish({ ...this.#names, slot: key, bytes });
  }

  received({ source, from, slot, data }: Datagram, dropped: DropReason | undefined): void {
    if (!received.hasSubscribers) return;
    const { transport, address } = source;
    const message = { transport, source: address, from, slot, bytes: data.length, dropped };
    received.publish({ ...this.#names, ...message });
  }
}
