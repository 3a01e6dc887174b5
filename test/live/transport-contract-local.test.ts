import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { local, systemClock } from '@mailslot/core';

import { transportContract } from '../contracts/transport-contract.ts';
import { until } from '../support/real-time.ts';

transportContract('local', 'computer', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'mailslot-'));
  return {
    clock: systemClock,
    transport: () => local({ directory }),
    until,
    dispose: () => rm(directory, { recursive: true }),
  };
});
