/** What a network tells on `node:diagnostics_channel` about itself. docs/channels.md is the page for users. */

import type { MailslotError } from './errors.ts';
import { traceChannel, type TraceChannels } from './trace-channel.ts';
import type { DropReason, TransportInterface } from './transports/transport.ts';

/** Whose event it is: a process may have joined several networks. */
interface OfNetwork {
  readonly computerName: string;
  readonly domain: string;
}

interface DatagramTrace {
  /** `udp`, `netbios`, … */
  readonly transport: string;
  /** As in `stats().interfaces`. */
  readonly interface: string;
  readonly bytes: number;
}

/** By the name of the channel, what is told there. Payloads are not to be changed: all subscribers get the same one. */
export interface NetworkTraces {
  'mailslot:network:joined': OfNetwork & { readonly transports: readonly string[] };
  'mailslot:network:interfaces': OfNetwork & {
    readonly interfaces: readonly (TransportInterface & { readonly transport: string })[];
  };
  'mailslot:network:woke': OfNetwork;
  'mailslot:network:problem': OfNetwork & { readonly error: MailslotError };
  'mailslot:network:closed': OfNetwork;
  'mailslot:message:sent': OfNetwork & { readonly slot: string; readonly bytes: number };
  'mailslot:message:received': OfNetwork & {
    readonly transport: string;
    /** The sender's address; undefined where there is none. */
    readonly source: string | undefined;
    /** The sender's computer name; '' if it is not told. */
    readonly from: string;
    readonly slot: string;
    readonly bytes: number;
    /** Why nobody here took it, if nobody did. */
    readonly dropped: DropReason | undefined;
  };
  'mailslot:datagram:sent': DatagramTrace;
  'mailslot:datagram:received': DatagramTrace;
  'mailslot:datagram:dropped': { readonly transport: string; readonly reason: DropReason };
}

export const traces: TraceChannels<NetworkTraces> = {
  'mailslot:network:joined': traceChannel('mailslot:network:joined'),
  'mailslot:network:interfaces': traceChannel('mailslot:network:interfaces'),
  'mailslot:network:woke': traceChannel('mailslot:network:woke'),
  'mailslot:network:problem': traceChannel('mailslot:network:problem'),
  'mailslot:network:closed': traceChannel('mailslot:network:closed'),
  'mailslot:message:sent': traceChannel('mailslot:message:sent'),
  'mailslot:message:received': traceChannel('mailslot:message:received'),
  'mailslot:datagram:sent': traceChannel('mailslot:datagram:sent'),
  'mailslot:datagram:received': traceChannel('mailslot:datagram:received'),
  'mailslot:datagram:dropped': traceChannel('mailslot:datagram:dropped'),
};
