/** dnssd: mDNS in JavaScript, complete, with expiry by the time to live of records. */

import { compared } from '../compared.ts';
import { type Info, SERVICE, SERVICE_PORT, type System } from '../system.ts';

interface Found {
  readonly name: string;
  readonly txt: Info;
}

interface Advertisement {
  start(): void;
  updateTXT(txt: Info): void;
  stop(forcefully: boolean, done: () => void): void;
}

interface Browser {
  on(
    event: 'serviceUp' | 'serviceChanged' | 'serviceDown',
    listener: (service: Found) => void,
  ): void;
  start(): void;
  stop(): void;
}

interface Library {
  tcp(service: string): object;
  readonly Advertisement: new (type: object, port: number, options: object) => Advertisement;
  readonly Browser: new (type: object) => Browser;
}

const library: Library = compared('dnssd');

export const dnssd: System = {
  async join({ name }, info, sight) {
    const type = library.tcp(SERVICE);
    const advertisement = new library.Advertisement(type, SERVICE_PORT, {
      name,
      host: name,
      txt: info,
    });
    const browser = new library.Browser(type);
    browser.on('serviceUp', (found) => sight.up(found.name, found.txt));
    browser.on('serviceChanged', (found) => sight.update(found.name, found.txt));
    browser.on('serviceDown', (found) => sight.down(found.name));
    advertisement.start();
    browser.start();
    return {
      update: (changed) => advertisement.updateTXT(changed),
      close() {
        browser.stop();
        return new Promise((resolve) => advertisement.stop(false, resolve));
      },
    };
  },
};
