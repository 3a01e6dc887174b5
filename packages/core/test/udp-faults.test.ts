/** The fault injector: every call to a socket fails once, in every way a network that moves can make it fail. */

import { describe, expect, test } from 'vitest';

import { MailslotError } from '@mailslot/core';

import { CALLS, type Failure } from './support/fake-sockets.ts';
import { address, loopback } from './support/interface-tables.ts';
import { uncaughtDuring } from './support/outcomes.ts';
import { LOBBY, UdpStation } from './support/udp-station.ts';

const CODES = ['ENETUNREACH', 'EADDRNOTAVAIL', 'ENODEV', 'EPERM', 'ENOBUFS'];

/** What a listener is told of a port that is not for it; everything else is cured by trying again. */
const REFUSED = ['ERROR_ACCESS_DENIED'];
/** What may be told besides, for people to read. */
const TOLD = ['ERROR_BAD_NETPATH', 'ERROR_ACCESS_DENIED', 'ERROR_NOT_ENOUGH_MEMORY'];

const wired = { ...loopback, eth0: [address('10.0.0.1/24'), address('fe80::1/64')] };
const moved = { ...wired, eth0: [address('10.0.0.9/24')], eth1: [address('10.1.0.1/24')] };

/** The life of a station on a network that moves, in which every call occurs. */
async function live(station: UdpStation): Promise<void> {
  await station.start();
  await listen(station);
  await write(station);
  await station.moveTo(moved);
  const heard = station.system.shared.length > 0 ? station.hear('10.0.0.2') : undefined;
  if (heard !== undefined) {
    const { transport } = station;
    transport.knock(heard.source, LOBBY, { sequence: 1, data: DATA, anonymous: true }, () => {});
    await station.write(transport.reply(heard.source, LOBBY), DATA);
  }
  await write(station);
}

const DATA = new Uint8Array([1, 2, 3]);

async function write(station: UdpStation): Promise<void> {
  await station.write(await station.transport.open({ kind: 'domain' }, LOBBY), DATA);
}

async function listen(station: UdpStation): Promise<void> {
  await station.transport.listen().catch((error: unknown) => {
    expect(error).toBeInstanceOf(MailslotError);
    expect(REFUSED).toContain((error as MailslotError).code);
    // As a program does that was refused: it says so, and its user tries again.
    return station.transport.listen();
  });
}

/** Lets the `nth` call of a kind fail, and counts how many there are. */
class Injector {
  count = 0;
  readonly failure: Failure;

  constructor(call: (typeof CALLS)[number], nth: number, code: string) {
    this.failure = (each) => (each === call && this.count++ === nth ? code : undefined);
  }
}

function station(): UdpStation {
  return new UdpStation(wired, { broadcast: true, seeds: ['10.0.0.7', '203.0.113.1'] });
}

describe.each(CALLS)('%s', (call) => {
  test.each(CODES)('failing once with %s, whichever time, harms nobody', async (code) => {
    let calls = Infinity;
    for (let nth = 0; nth < calls; nth++) {
      await using faulty = station();
      const injector = new Injector(call, nth, code);
      faulty.system.failure = injector.failure;
      expect(await uncaughtDuring(() => live(faulty))).toEqual([]);
      calls = Math.min(calls, injector.count);
      for (const problem of faulty.problems) expect(TOLD).toContain(problem.code);
      // Two looks later everything is as if nothing had been.
      await faulty.poll();
      await faulty.poll();
      expect((await faulty.routes()).toSorted()).toEqual([
        '0.0.0.0 > 203.0.113.1 19795',
        '10.0.0.9 > 10.0.0.255 19795',
        '10.0.0.9 > 10.0.0.7 19795',
        '10.0.0.9 > 239.255.77.83 19795',
        '10.1.0.1 > 10.1.0.255 19795',
        '10.1.0.1 > 239.255.77.83 19795',
      ]);
      expect(faulty.hear('10.1.0.2')).toBeDefined();
      expect(faulty.transport.interfaces()).toHaveLength(2);
    }
    expect(calls).toBeGreaterThan(0);
  });
});
