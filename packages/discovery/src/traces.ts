/** What presence tells on `node:diagnostics_channel`. docs/channels.md is the page for users. */

import { traceChannel, type TraceChannels } from '@mailslot/core/internal';

import type { DepartureReason, PresenceDropReason } from './presence/effects.ts';

interface OfService {
  readonly service: string;
}

/** By the name of the channel, what is told there. Payloads are not to be changed: all subscribers get the same one. */
export interface PresenceTraces {
  'mailslot:presence:event': OfService & {
    readonly type: 'up' | 'update' | 'suspect' | 'clear' | 'down' | 'isolated' | 'online';
    /** The peer's id; undefined where it is about no peer. */
    readonly peer: string | undefined;
    /** Why it went; undefined for all but `down`. */
    readonly reason: DepartureReason | undefined;
  };
  'mailslot:presence:sent': OfService & {
    readonly way: 'multicast' | 'unicast' | 'knock';
    readonly bytes: number;
  };
  'mailslot:presence:dropped': OfService & { readonly reason: PresenceDropReason };
}

export const traces: TraceChannels<PresenceTraces> = {
  'mailslot:presence:event': traceChannel('mailslot:presence:event'),
  'mailslot:presence:sent': traceChannel('mailslot:presence:sent'),
  'mailslot:presence:dropped': traceChannel('mailslot:presence:dropped'),
};
