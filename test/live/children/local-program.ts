/**
 * The other process of local-processes.test.ts.
 *
 * Arguments: what to do, and the directory of the `local` transport.
 */

import { joinNetwork, local } from '@mailslot/core';

const [, , role = '', directory = ''] = process.argv;
const network = await joinNetwork({ computerName: role, transports: [local({ directory })] });

const roles: Readonly<Record<string, () => Promise<unknown>>> = {
  /** Sends back what it gets. */
  async echo() {
    const slot = await network.createMailslot('echo');
    const home = await network.openMailslot('home');
    slot.on('message', (message) => void home.write(message.data));
  },

  /** Writes much more than the system buffers, waits for none of it and has nothing else to do. */
  async writeAndEnd() {
    const home = await network.openMailslot('home');
    for (let number = 0; number < 20_000; number++) void home.write(`${number}`.padEnd(100));
  },

  /** Writes and exits within one turn of the event loop, closing nothing. */
  async writeAndExit() {
    const home = await network.openMailslot('home');
    for (let number = 0; number < 100; number++) await home.write(`${number}`.padEnd(100));
    process.exit();
  },

  /** Writes, closes and exits at once. */
  async writeCloseAndExit() {
    const home = await network.openMailslot('home');
    for (let number = 0; number < 20_000; number++) void home.write(`${number}`.padEnd(100));
    await network.close();
    process.exit();
  },

  /** Asks everybody and is gone. */
  async ask() {
    await network.send('\\\\*\\mailslot\\echo', 'who is there?');
  },

  /** Opens a mailslot and has nothing to say. */
  async open() {
    await network.openMailslot('home');
  },

  /** Waits for messages that do not come. */
  async read() {
    await network.createMailslot('silence');
  },
};

await roles[role]!();
process.send!('done');
// The channel to the parent must not be what keeps this process alive.
process.disconnect();
