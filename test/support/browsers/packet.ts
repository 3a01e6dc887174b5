/** What crosses a simulated segment of browsers: mailslot writes, name service, and the fetching of lists. */

import type { NetbiosName } from '@mailslot/core/netbios/internal';
import type { PulledLists } from '@mailslot/discovery/internal';

export type Packet =
  | {
      readonly type: 'frame';
      readonly slot: 'BROWSE' | 'LANMAN';
      readonly to: NetbiosName;
      readonly from: NetbiosName;
      readonly bytes: Uint8Array;
    }
  /** Somebody wants a name; whoever owns it refuses. */
  | { readonly type: 'claim'; readonly name: NetbiosName; readonly kind: NameKind; id: number }
  | { readonly type: 'refusal'; readonly id: number }
  /** Somebody asks who has a name; whoever has it answers. */
  | { readonly type: 'query'; readonly name: NetbiosName; readonly id: number }
  | { readonly type: 'answer'; readonly computer: string; readonly id: number }
  /** Somebody fetches lists. */
  | { readonly type: 'pull'; readonly localOnly: boolean; readonly id: number }
  | { readonly type: 'lists'; readonly lists: PulledLists; readonly id: number };

export type NameKind = 'unique' | 'group';

/** What a UDP datagram of it takes of a receive buffer, more or less. */
export const PACKET_BYTES = 250;
