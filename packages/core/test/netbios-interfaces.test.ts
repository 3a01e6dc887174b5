import { joinNetwork, type MailslotError } from '@mailslot/core';
import { NetbiosTransport, realSystem } from '@mailslot/core/netbios/internal';
import { VirtualClock } from '@mailslot/core/testing';
import { expect, test } from 'vitest';

import { address, loopback } from './support/interface-tables.ts';

const networkInterfaces = () => ({ ...loopback, eth0: [address('10.0.0.1/24')] });

test.each([
  ['wlan7', 'There is no interface wlan7'],
  ['10.9.9.9', 'No interface has the address 10.9.9.9'],
])('an interface that is not there is waited for, and named once: %s', async (name, what) => {
  const transport = new NetbiosTransport(
    { interfaces: [name] },
    { ...realSystem, networkInterfaces },
  );
  const clock = new VirtualClock();
  await using network = await joinNetwork({ clock, transports: [transport] });
  const problems: MailslotError[] = [];
  network.on('problem', (problem) => problems.push(problem));
  await clock.advanceAsync(10_000);
  expect(network.interfaces()).toEqual([]);
  expect(problems.map(({ message }) => message)).toEqual([
    `netbios({ interfaces }): ${what}. It is used as soon as it comes; those that are up now: lo, eth0.`,
  ]);
});
