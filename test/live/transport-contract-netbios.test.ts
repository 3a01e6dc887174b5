import { systemClock } from '@mailslot/core';

import { transportContract } from '../contracts/transport-contract.ts';
import { LoopbackNetbios } from '../support/netbios-stations.ts';
import { until } from '../support/real-time.ts';

transportContract('netbios', 'network', async () => {
  const network = new LoopbackNetbios();
  return {
    clock: systemClock,
    transport: () => network.station(),
    offline: () => network.offline(),
    computerNameLengthMax: 15,
    until,
    async dispose() {},
  };
});
