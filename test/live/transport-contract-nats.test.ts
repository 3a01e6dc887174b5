import { systemClock } from '@mailslot/core';
import { nats } from '@mailslot/core/nats';
import { afterAll, beforeAll, describe } from 'vitest';

import { transportContract } from '../contracts/transport-contract.ts';
import { freePort, hasNatsServer, NatsServer } from '../support/nats-server.ts';
import { until } from '../support/real-time.ts';

describe.skipIf(!hasNatsServer)('on a real server', () => {
  let server: NatsServer;
  let nobodysPort: number;
  let mediums = 0;

  beforeAll(async () => {
    server = await NatsServer.start();
    nobodysPort = await freePort();
  });
  afterAll(() => server.kill());

  transportContract('nats', 'network', async () => {
    const subject = `contract-${mediums++}`;
    return {
      clock: systemClock,
      transport: () => nats({ servers: server.url, subject }),
      offline: () => nats({ servers: `127.0.0.1:${nobodysPort}`, subject }),
      until,
      async dispose() {},
    };
  });
});
