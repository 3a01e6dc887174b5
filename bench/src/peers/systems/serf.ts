/** serf: membership by gossip (SWIM), in Go; its agents find the first of the others by mDNS. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { type Identity, type Info, SERVICE, type System } from '../system.ts';

const EVENT = /serf: EventMember(Join|Leave|Failed): (\S+)/;

export const serf: System = {
  async join(identity, info, sight) {
    const [program, ...args] = commandOf(identity, info);
    const agent = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    createInterface({ input: agent.stdout }).on('line', (line) => {
      const [, event, other] = EVENT.exec(line) ?? [];
      if (other === undefined) return;
      if (event === 'Join') sight.up(other);
      else sight.down(other);
    });
    return {
      async close() {
        agent.kill('SIGINT');
        await once(agent, 'exit');
      },
    };
  },
};

function commandOf({ name, address }: Identity, { revision }: Info): [string, ...string[]] {
  return [
    'serf',
    'agent',
    `-node=${name}`,
    `-bind=${address}:7946`,
    '-iface=eth0',
    `-discover=${SERVICE}`,
    '-rpc-addr=127.0.0.1:7373',
    '-tag',
    `revision=${revision}`,
  ];
}
