/** What a station of the classic transport does about its names when its computer slept, or an interface came back. */

import { seededRandom } from '@mailslot/core';
import {
  NetbiosName,
  NetbiosTransport,
  type NetbiosSystem,
  realSystem,
} from '@mailslot/core/netbios/internal';
import { VirtualClock } from '@mailslot/core/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { QuietSockets } from '../support/quiet-sockets.ts';

const COMPUTER = NetbiosName.parse('ANN-PC<00>');
/** Of a broadcast name registration request: RFC 1002 section 4.2.2. */
const REGISTRATION_FLAGS = 0x2910;
/** Two names, each claimed three times. */
const CLAIMS = 6;
/** Longer than a look at the interfaces and the claims that follow take. */
const LOOK_MS = 4_000;

const eth0 = {
  address: '10.77.0.9',
  netmask: '255.255.255.0',
  family: 'IPv4',
  mac: '02:00:00:00:00:09',
  internal: false,
  cidr: '10.77.0.9/24',
} as const;

/** Of a computer that sleeps: no timer runs meanwhile, the wall clock goes on, and the monotonic one as the system has it. */
class LaptopClock extends VirtualClock {
  #sleptMs = 0;
  #countedMs = 0;

  override now(): number {
    return super.now() + this.#countedMs;
  }

  override wallTime(): number {
    return super.wallTime() + this.#sleptMs;
  }

  sleep(forMs: number, { monotonic }: { monotonic: 'stands still' | 'goes on' }): void {
    this.#sleptMs += forMs;
    if (monotonic === 'goes on') this.#countedMs += forMs;
  }
}

let clock: LaptopClock;
let sockets: QuietSockets;
let interfaces: ReturnType<NetbiosSystem['networkInterfaces']>;
let transport: NetbiosTransport;

/** Claims since this was last asked. */
function claims(): number {
  const sent = sockets.sent.splice(0);
  return sent.filter(({ bytes }) => Buffer.from(bytes).readUInt16BE(2) === REGISTRATION_FLAGS)
    .length;
}

beforeEach(async () => {
  clock = new LaptopClock();
  sockets = new QuietSockets();
  interfaces = { eth0: [eth0] };
  transport = new NetbiosTransport(
    {},
    { ...realSystem, createSocket: sockets.create, networkInterfaces: () => interfaces },
  );
  await transport.start({
    station: { id: 'abcdef', computerName: 'ANN-PC', domain: 'MSLAB' },
    clock,
    random: seededRandom(1),
    receive: () => undefined,
    interfacesChanged() {},
    woke() {},
    problem(error) {
      throw error;
    },
  });
  await clock.advanceAsync(LOOK_MS);
  claims();
});

afterEach(async () => {
  const stopped = transport.stop();
  await clock.advanceAsync(LOOK_MS);
  await stopped;
});

describe('the names of a station', () => {
  test('are claimed once as long as nothing happens', async () => {
    await clock.advanceAsync(600_000);
    expect(claims()).toBe(0);
  });

  test.each(['stands still', 'goes on'] as const)(
    'are claimed anew after sleep, where the monotonic clock %s',
    async (monotonic) => {
      clock.sleep(60_000, { monotonic });
      await clock.advanceAsync(LOOK_MS);
      expect(claims()).toBe(CLAIMS);
      expect(transport.subnets[0]!.names.owns(COMPUTER)).toBe(true);
      await clock.advanceAsync(600_000);
      expect(claims()).toBe(0);
    },
  );

  test('are claimed anew on an interface that went and came back', async () => {
    interfaces = {};
    await clock.advanceAsync(LOOK_MS);
    expect(transport.subnets).toEqual([]);
    interfaces = { eth0: [eth0] };
    await clock.advanceAsync(LOOK_MS);
    expect(claims()).toBe(CLAIMS);
    expect(transport.subnets[0]!.names.owns(COMPUTER)).toBe(true);
  });
});
