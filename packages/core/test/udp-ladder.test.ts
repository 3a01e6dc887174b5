/** The ladder: multicast, broadcast where it is needed, and unicast to correspondents. */

import { describe, expect, test } from 'vitest';

import { seededRandom } from '../src/random.ts';
import {
  encodeFrame,
  encodeHeader,
  markWay,
  type Way,
  wayOf,
} from '../src/transports/udp/frame.ts';
import { CORRESPONDENT_MS } from '../src/transports/udp/correspondents.ts';
import { DEAF_MS, NEEDED_MS_MAX } from '../src/transports/udp/ladder.ts';
import {
  decodeSeeding,
  encodeSeeding,
  NO_COOKIE,
  SEEDING_SLOT,
} from '../src/transports/udp/seeding.ts';
import { WAY_MS_MAX } from '../src/transports/udp/sources.ts';
import { INTERFACE_POLL_MS } from '../src/transports/udp/interface-follower.ts';
import { address, loopback } from './support/interface-tables.ts';
import { GROUP, LOBBY, UdpStation } from './support/udp-station.ts';

const eth0 = { ...loopback, eth0: [address('10.0.0.1/24')] };
const both = { ...eth0, eth1: [address('10.1.0.1/24')] };
const AUTO = { broadcast: 'auto' } as const;

const byMulticast = `10.0.0.1 > ${GROUP} 19795`;
const byBroadcast = '10.0.0.1 > 10.0.0.255 19795';

/** Lets a message of another station arrive by some way. */
function hearBy(station: UdpStation, way: Way, from = '10.0.0.2'): void {
  const header = {
    slot: LOBBY.key,
    address: { kind: 'domain', tag: 0x8c0312d1 },
    station: 'other-',
    from: '',
  } as const;
  const frame = encodeFrame(encodeHeader(header), 1, new Uint8Array(1));
  station.hearBytes(markWay(frame, way), from);
}

async function polls(station: UdpStation, lastingMs: number): Promise<void> {
  for (let ms = 0; ms < lastingMs; ms += INTERFACE_POLL_MS) await station.poll();
}

describe('broadcast', () => {
  test('is used on an interface where nobody is heard by multicast, and says so', async () => {
    await using station = await UdpStation.listening(eth0, AUTO);
    expect(await station.routes()).toEqual([byMulticast]);
    await station.poll();
    const channel = await station.transport.open({ kind: 'domain' }, LOBBY);
    await station.write(channel);
    expect(station.system.sent.map(({ bytes }) => wayOf(bytes))).toEqual(['multicast', 'needed']);
    expect(station.system.takeSent()).toEqual([byMulticast, byBroadcast]);
  });

  test('is not used where somebody is, until nobody is any more', async () => {
    await using station = await UdpStation.listening(both, AUTO);
    hearBy(station, 'multicast');
    await station.poll();
    expect(await station.routes()).toEqual([
      byMulticast,
      `10.1.0.1 > ${GROUP} 19795`,
      '10.1.0.1 > 10.1.0.255 19795',
    ]);
    await polls(station, DEAF_MS);
    expect(await station.routes()).toContain(byBroadcast);
  });

  test('is used at once for a station that needs it, until it no longer says so', async () => {
    await using station = await UdpStation.listening(eth0, AUTO);
    const hearsOthers = async (): Promise<void> => {
      hearBy(station, 'multicast', '10.0.0.3');
      await station.poll();
    };
    await hearsOthers();
    hearBy(station, 'needed');
    expect(await station.routes()).toEqual([byMulticast, byBroadcast]);
    // It hears multicast now: what it says comes by that alone.
    await hearsOthers();
    await hearsOthers();
    hearBy(station, 'multicast');
    await hearsOthers();
    expect(await station.routes()).toEqual([byMulticast]);
  });

  test('is kept up for one that is heard no more only so long', async () => {
    await using station = await UdpStation.listening(eth0, AUTO);
    hearBy(station, 'needed');
    for (let ms = 0; ms <= NEEDED_MS_MAX; ms += INTERFACE_POLL_MS) {
      hearBy(station, 'multicast', '10.0.0.3');
      expect(await station.routes()).toContain(byBroadcast);
      await station.poll();
    }
    await station.poll();
    hearBy(station, 'multicast', '10.0.0.3');
    await station.poll();
    expect(await station.routes()).toEqual([byMulticast]);
  });

  test('is used where a firewall here lets no multicast out', async () => {
    await using station = await UdpStation.listening(eth0, AUTO);
    station.system.failure = (call, to) => (call === 'send' && to === GROUP ? 'EPERM' : undefined);
    await station.routes();
    hearBy(station, 'multicast');
    await station.poll();
    expect(await station.routes()).toEqual([byBroadcast]);
  });

  test('is not used by who does not listen, nor on loopback, nor if switched off', async () => {
    await using deaf = new UdpStation(eth0, AUTO);
    await deaf.start();
    await using alone = await UdpStation.listening(loopback, AUTO);
    await using never = await UdpStation.listening(eth0, { broadcast: false });
    for (const station of [deaf, alone, never]) {
      await polls(station, 2 * DEAF_MS);
      expect((await station.routes()).filter((route) => route.endsWith('.255 19795'))).toEqual([]);
    }
  });
});

describe('what works', () => {
  test('is kept for each station, for a minute of what was heard of it', async () => {
    await using station = await UdpStation.listening(eth0, AUTO);
    const heardBy = (): unknown => station.received.at(-1)!.source.heardBy;
    hearBy(station, 'needed');
    expect(heardBy()).toEqual(['broadcast']);
    hearBy(station, 'multicast');
    expect(heardBy()).toEqual(['multicast', 'broadcast']);
    await station.clock.advanceAsync(WAY_MS_MAX);
    station.hear('10.0.0.2', { address: { kind: 'direct' } });
    expect(heardBy()).toEqual(['multicast', 'broadcast', 'unicast']);
    await station.clock.advanceAsync(1);
    station.hear('10.0.0.2', { address: { kind: 'direct' } });
    expect(heardBy()).toEqual(['unicast']);
  });

  test('is known also after the interfaces have changed', async () => {
    await using station = await UdpStation.listening(eth0, AUTO);
    hearBy(station, 'broadcast');
    await station.moveTo(both);
    hearBy(station, 'multicast');
    expect(station.received.at(-1)!.source.heardBy).toEqual(['multicast', 'broadcast']);
  });
});

describe('a station that asks to be written to', () => {
  const token = seededRandom(7).bytes(8);

  /** Says hello from a place and returns what comes back. */
  async function hello(station: UdpStation, from: string, cookie = NO_COOKIE) {
    station.system.sent.splice(0);
    const data = encodeSeeding({ type: 'hello', token, cookie });
    station.hear(from, { slot: SEEDING_SLOT, address: { kind: 'direct' }, from: '' }, { data });
    await Promise.resolve();
    const [sent] = station.system.sent.splice(0);
    return sent && { message: decodeSeeding(sent.frame.data)!, bytes: sent.bytes.length };
  }

  test('gets copies once it has shown that it is where it says, and for as long as it asks', async () => {
    await using station = await UdpStation.listening(eth0);
    const first = await hello(station, '203.0.113.5');
    expect(first?.message).toMatchObject({ type: 'cookie', token });
    expect(await station.routes()).toEqual([byMulticast]);
    const { cookie } = first!.message as { cookie: Uint8Array };
    // From another place the same cookie is worth nothing.
    expect((await hello(station, '203.0.113.6', cookie))?.message.type).toBe('cookie');
    expect((await hello(station, '203.0.113.5', cookie))?.message).toMatchObject({
      type: 'places',
    });
    expect(await station.routes()).toEqual([byMulticast, '0.0.0.0 > 203.0.113.5 40000']);
    await polls(station, CORRESPONDENT_MS);
    expect(await station.routes()).toEqual([byMulticast]);
  });

  test('draws no more octets than it sent before that', async () => {
    await using station = await UdpStation.listening(eth0);
    const asked =
      18 + SEEDING_SLOT.length + encodeSeeding({ type: 'hello', token, cookie: NO_COOKIE }).length;
    expect((await hello(station, '203.0.113.5'))?.bytes).toBe(asked);
  });

  test('is nothing that the floors above hear of, and broken words are counted', async () => {
    await using station = await UdpStation.listening(eth0);
    await hello(station, '203.0.113.5');
    station.hear(
      '203.0.113.5',
      { slot: SEEDING_SLOT, address: { kind: 'direct' } },
      { data: new Uint8Array([1, 2]) },
    );
    station.hear(
      '203.0.113.5',
      { slot: SEEDING_SLOT, address: { kind: 'direct' } },
      { data: new Uint8Array(30) },
    );
    expect(station.received).toEqual([]);
    expect(station.transport.stats().drops).toEqual({ malformed: 1 });
  });
});
