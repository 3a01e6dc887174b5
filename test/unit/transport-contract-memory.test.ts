import { Lan } from '@mailslot/core/testing';

import { transportContract } from '../contracts/transport-contract.ts';

transportContract('memory', 'network', async () => {
  const lan = new Lan();
  let hosts = 0;
  return {
    clock: lan.clock,
    transport: () => lan.transport(`host ${hosts++}`),
    offline() {
      lan.unplug('offline');
      return lan.transport('offline');
    },
    async until(condition) {
      for (let ms = 0; !condition(); ms++) {
        if (ms === 1000) throw new Error(`In vain: ${condition.toString()}`);
        await lan.clock.advanceAsync(1);
      }
    },
    async dispose() {},
  };
});
