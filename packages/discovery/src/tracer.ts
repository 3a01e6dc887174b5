/** Tells those who trace it what happens in one service; does nothing while nobody does. */

import type { PresenceDropReason, PresenceEffect } from './presence/effects.ts';
import { traces } from './traces.ts';

const event = traces['mailslot:presence:event'];
const sent = traces['mailslot:presence:sent'];
const dropped = traces['mailslot:presence:dropped'];

export class PresenceTracer {
  readonly #service: string;

  constructor(service: string) {
    this.#service = service;
  }

  performed(effect: PresenceEffect): void {
    if ('bytes' in effect) {
      if (!sent.hasSubscribers) return;
      const { type: way, bytes } = effect;
      sent.publish({ service: this.#service, way, bytes: bytes.length });
    } else if (event.hasSubscribers && effect.type !== 'closed') {
      const peer = 'peer' in effect ? effect.peer.id : undefined;
      const reason = effect.type === 'down' ? effect.reason : undefined;
      event.publish({ service: this.#service, type: effect.type, peer, reason });
    }
  }

  dropped(reason: PresenceDropReason): void {
    if (dropped.hasSubscribers) dropped.publish({ service: this.#service, reason });
  }
}
