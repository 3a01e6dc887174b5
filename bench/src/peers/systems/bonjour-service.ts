/** bonjour-service: mDNS in JavaScript. It lists a service until that says goodbye, or the application asks it to expire. */

import { compared } from '../compared.ts';
import { type Info, SERVICE, SERVICE_PORT, type System } from '../system.ts';

interface Found {
  readonly name: string;
  readonly txt: Info;
}

interface Published {
  stop(done: () => void): void;
}

interface Bonjour {
  publish(service: object): Published;
  find(query: { type: string }): {
    on(event: 'up' | 'down' | 'txt-update', listener: (service: Found) => void): void;
  };
  unpublishAll(done: () => void): void;
  destroy(): void;
}

const library: { readonly Bonjour: new () => Bonjour } = compared('bonjour-service');

export const bonjourService: System = {
  async join({ name }, info, sight) {
    const bonjour = new library.Bonjour();
    const service = { name, type: SERVICE, port: SERVICE_PORT, host: `${name}.local` };
    let published = bonjour.publish({ ...service, txt: info });
    const browser = bonjour.find({ type: SERVICE });
    browser.on('up', (found) => sight.up(found.name, found.txt));
    browser.on('txt-update', (found) => sight.update(found.name, found.txt));
    browser.on('down', (found) => sight.down(found.name));
    return {
      // It cannot change what it has published: stop, and publish anew, is the only way.
      update: (changed) =>
        published.stop(() => {
          published = bonjour.publish({ ...service, txt: changed, probe: false });
        }),
      close: () =>
        new Promise((resolve) => {
          bonjour.unpublishAll(() => {
            bonjour.destroy();
            resolve();
          });
        }),
    };
  },
};
