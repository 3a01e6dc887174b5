import type { Source } from '@mailslot/core/internal';

/** A place a datagram may come from. */
export function sourceAt(id: string): Source {
  return {
    transport: 'udp',
    id,
    trust: 'on-link',
    address: id.split(':')[0],
    interfaces: ['eth0'],
  };
}
