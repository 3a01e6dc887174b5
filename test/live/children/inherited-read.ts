/** A child that is given its parent's mailslot, and tries to read it. */

import { once } from 'node:events';

import type { Mailslot } from '@mailslot/core';

const [slot]: Mailslot[] = await once(process, 'message');
const outcome = await read(slot!).catch((error: Error) => error.name);
process.send!(outcome, () => process.disconnect());

async function read(slot: Mailslot): Promise<string> {
  await slot.read({ timeoutMs: 0 });
  return 'ok';
}
