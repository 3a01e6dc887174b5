/** Who looks after whom, which every peer works out for itself from the ids of all. */

import { peerIdOf, peerKeyOf, watchersOf } from '@mailslot/discovery/internal';

/** The ids of those among `ids` that look after the peer `id`. */
export function watchedBy(id: string, ids: readonly string[]): readonly string[] {
  return watchersOf(peerKeyOf(id), ids.map(peerKeyOf)).map(peerIdOf);
}
