import { randomInt } from 'node:crypto';

import { systemClock, udp } from '@mailslot/core';

import { transportContract } from '../contracts/transport-contract.ts';
import { until } from '../support/real-time.ts';

transportContract('udp', 'network', async () => {
  const port = randomInt(20_000, 30_000);
  return {
    clock: systemClock,
    transport: () => udp({ interfaces: ['loopback'], port }),
    offline: () => udp({ interfaces: () => false, port }),
    until,
    async dispose() {},
  };
});
