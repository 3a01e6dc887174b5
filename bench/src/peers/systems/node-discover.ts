/** node-discover: a hello by broadcast every second; who is not heard for two is removed. */

import { compared } from '../compared.ts';
import { type Info, SERVICE_PORT, type System } from '../system.ts';

type Advertisement = Info & { readonly name: string };

interface Node {
  readonly advertisement: Advertisement;
}

interface Discover {
  on(event: 'added' | 'removed' | 'helloReceived', listener: (node: Node) => void): void;
  advertise(advertisement: object): void;
  stop(): void;
}

type DiscoverClass = new (
  options: { advertisement: object },
  started: (error?: Error) => void,
) => Discover;

const Discover: DiscoverClass = compared('node-discover');

export const nodeDiscover: System = {
  async join({ name }, info, sight) {
    const service = { name, port: SERVICE_PORT };
    const revisions = new Map<string, string>();
    const discover = await new Promise<Discover>((resolve, reject) => {
      const made = new Discover({ advertisement: { ...service, ...info } }, (error) =>
        error ? reject(error) : resolve(made),
      );
      made.on('added', ({ advertisement }) => {
        revisions.set(advertisement.name, advertisement.revision);
        sight.up(advertisement.name, advertisement);
      });
      made.on('removed', ({ advertisement }) => sight.down(advertisement.name));
      made.on('helloReceived', ({ advertisement }) => {
        if (revisions.get(advertisement.name) === advertisement.revision) return;
        revisions.set(advertisement.name, advertisement.revision);
        sight.update(advertisement.name, advertisement);
      });
    });
    return {
      update: (changed) => discover.advertise({ ...service, ...changed }),
      // It knows no goodbye.
      close: () => discover.stop(),
    };
  },
};
