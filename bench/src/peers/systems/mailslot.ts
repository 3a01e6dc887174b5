/** Ours. */

import { discover, presets, type Tuning } from '@mailslot/discovery';

import { type Info, SERVICE, SERVICE_PORT, type System } from '../system.ts';

export const standard: System = mailslot(presets.lan());
export const lobby: System = mailslot(presets.lobby());

function mailslot(tuning: Tuning): System {
  return {
    async join({ name }, info, sight) {
      const peers = await discover(SERVICE, { name, port: SERVICE_PORT, info, tuning });
      for (const peer of peers.peers) sight.up(peer.name, infoOf(peer.info));
      peers.events$.subscribe((event) => {
        if (event.type === 'down') sight.down(event.peer.name);
        if (event.type === 'up') sight.up(event.peer.name, infoOf(event.peer.info));
        if (event.type === 'update') sight.update(event.peer.name, infoOf(event.peer.info));
      });
      return {
        update: (changed) => peers.update(changed),
        close: () => peers.close(),
      };
    },
  };
}

/** Nobody else is on this LAN, but an application would have to look, too. */
function infoOf(info: unknown): Info {
  const known = typeof info === 'object' && info !== null && 'revision' in info;
  return { revision: known ? String(info.revision) : '' };
}
