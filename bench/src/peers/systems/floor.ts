/**
 * The floor: one bare socket, and the least that could be called discovery. A newcomer says its name to all, whoever
 * hears it answers with its own. Nothing is repeated, secured or missed: nobody could use it.
 */

import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';

import { type Info, SERVICE, SERVICE_PORT, type System } from '../system.ts';

const GROUP = '239.255.77.77';

type Word = Info & {
  readonly service: string;
  readonly name: string;
  readonly type: 'hello' | 'answer' | 'bye';
};

export const floor: System = {
  async join({ name, address }, info, sight) {
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    const revisions = new Map<string, string>();
    let own = info;
    const say = (type: Word['type'], to: Pick<RemoteInfo, 'address' | 'port'>): void => {
      const word: Word = { service: SERVICE, name, type, ...own };
      socket.send(JSON.stringify(word), to.port, to.address);
    };
    const sayToAll = (type: Word['type']): void =>
      say(type, { address: GROUP, port: SERVICE_PORT });
    const take = ({ name: other, type, revision }: Word): void => {
      const before = revisions.get(other);
      if (type === 'bye') {
        if (revisions.delete(other)) sight.down(other);
        return;
      }
      revisions.set(other, revision);
      if (before === undefined) sight.up(other, { revision });
      else if (before !== revision) sight.update(other, { revision });
    };
    socket.on('message', (bytes, from) => {
      const word: Word = JSON.parse(bytes.toString());
      if (word.service !== SERVICE || word.name === name) return;
      const known = revisions.has(word.name);
      take(word);
      if (word.type === 'hello' && !known) say('answer', from);
    });
    socket.bind(SERVICE_PORT);
    await once(socket, 'listening');
    socket.addMembership(GROUP, address);
    socket.setMulticastInterface(address);
    sayToAll('hello');
    return {
      update(changed) {
        own = changed;
        sayToAll('hello');
      },
      close() {
        sayToAll('bye');
      },
    };
  },
};
