/** A bridge as a program has it, between loopback and a real NATS server: what it withstands. */

import { randomInt } from 'node:crypto';

import { local, MailslotError, udp } from '@mailslot/core';
import { nats } from '@mailslot/core/nats';
import { discover, type Lobby, type Relay, startRelay } from '@mailslot/discovery';
import { connect } from '@nats-io/transport-node';
import { afterEach, describe, expect, test } from 'vitest';

import { CliNetwork } from '../support/cli.ts';
import { freePort, hasNatsServer, NatsServer } from '../support/nats-server.ts';
import { until } from '../support/real-time.ts';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

function kept<Resource extends AsyncDisposable>(resource: Resource): Resource {
  cleanups.push(async () => resource[Symbol.asyncDispose]());
  return resource;
}

/** A LAN of its own, by its port. */
class LoopbackLan {
  readonly #port = randomInt(19_000, 19_700);

  udp() {
    return udp({ interfaces: ['loopback'], port: this.#port });
  }

  async lobby(name: string): Promise<Lobby> {
    return kept(await discover('tanks', { name, transports: [this.udp()] }));
  }

  async bridge(servers: string): Promise<Relay> {
    return kept(await startRelay('tanks', { lan: this.udp(), beyond: nats({ servers }) }));
  }
}

/** A frame for one station, as a stranger makes it. */
function frameTo(slot: string): Uint8Array {
  const path = Buffer.from(slot);
  const [head, station] = ['4d1008', '000000007374726e67720000000a'];
  return Buffer.concat([
    Buffer.from(head, 'hex'),
    Buffer.of(path.length),
    Buffer.from(station, 'hex'),
    path,
  ]);
}

/** Is it on the LAN itself that one hears the other? */
function isNear(lobby: Lobby, other: Lobby): boolean {
  return lobby.pathsOf(other.me)[0]?.address === '127.0.0.1';
}

function names({ peers }: Lobby): string[] {
  return peers.map(({ name }) => name);
}

describe.skipIf(!hasNatsServer)('a bridge', () => {
  test('joins who is on the LAN with who is on NATS, and with who is on both', async () => {
    const { url: servers } = kept(await NatsServer.start());
    const lan = new LoopbackLan();
    const relay = await lan.bridge(servers);
    const near = await lan.lobby('Near');
    const far = kept(await discover('tanks', { name: 'Far', transports: [nats({ servers })] }));
    const both = kept(
      await discover('tanks', { name: 'Both', transports: [lan.udp(), nats({ servers })] }),
    );
    await until(() => [near, far, both].every(({ peers }) => peers.length === 2));
    expect([names(near), names(far), names(both)]).toEqual([
      ['Both', 'Far'],
      ['Both', 'Near'],
      ['Far', 'Near'],
    ]);
    // A letter counts from where its sender was heard, and what a bridge brought may have been heard first.
    await until(() => isNear(near, both) && isNear(both, near));
    const texts: string[] = [];
    for (const lobby of [near, far, both]) {
      lobby.messages$.subscribe((message) => texts.push(`${message.from.name}: ${message.text()}`));
    }
    const lobbies = [near, far, both];
    for (const from of lobbies) {
      for (const to of lobbies) if (to !== from) await from.send(to.me, `hello ${to.me.name}`);
    }
    await until(() => texts.length === 6);
    expect(texts.toSorted()).toEqual([
      'Both: hello Far',
      'Both: hello Near',
      'Far: hello Both',
      'Far: hello Near',
      'Near: hello Both',
      'Near: hello Far',
    ]);
    expect(relay.stats().stations).toEqual({ lan: 2, beyond: 1 });
  });

  test('brings what the monitor shows as brought', async () => {
    const { url: servers } = kept(await NatsServer.start());
    const lan = new LoopbackLan();
    await lan.bridge(servers);
    const cli = kept(await CliNetwork.create());
    const over = ['--transport', 'nats', '--nats', servers] as const;
    const monitoring = await cli.runBare('monitor', '--json', ...over).begun();
    const reading = await cli.runBare('monitor', ...over).begun();
    await lan.lobby('Near');
    await until(() => monitoring.objects.some(({ relayed }) => relayed === true));
    expect(monitoring.objects.find(({ relayed }) => relayed === true)).toMatchObject({
      transport: 'nats',
      to: '\\\\*\\mailslot\\MPP',
      presence: { name: 'Near' },
    });
    await until(() => reading.lines.some((line) => line.includes('by a bridge')));
  });

  test('lets nothing through that strangers publish, and goes on', async () => {
    const { url: servers } = kept(await NatsServer.start());
    const lan = new LoopbackLan();
    const relay = await lan.bridge(servers);
    const near = await lan.lobby('Near');
    await until(() => relay.stats().stations.lan === 1);
    const client = await connect({ servers });
    cleanups.push(() => client.close());
    let station = '';
    const subscription = client.subscribe('mailslot.WORKGROUP.all.MPP', {
      callback: (_, { data }) => {
        // The bridge speaks for itself as well.
        if ((data[2]! & 0x40) !== 0) station = Buffer.from(data.subarray(8, 14)).toString('hex');
      },
    });
    await until(() => station !== '');
    subscription.unsubscribe();
    const before = relay.stats().toLan.messages;
    for (const bytes of ['', 'M', 'hello', '\u{4d}\u{10}\u{40}\u{3}']) {
      client.publish('mailslot.WORKGROUP.all.MPP', bytes);
    }
    await client.flush();
    const far = kept(await discover('tanks', { name: 'Far', transports: [nats({ servers })] }));
    await until(() => near.peers.length === 1 && far.peers.length === 1);
    // What was for one station, published to another subject of it, or with another slot than it says.
    client.publish(`mailslot.WORKGROUP.station.${station}.LOBBY`, Buffer.from('4d10', 'hex'));
    client.publish(`mailslot.WORKGROUP.station.${station}.LOBBY`, frameTo('MPP'));
    await until(() => relay.network.stats()['nats']!.drops.malformed === 6);
    await far.send(far.peers[0]!, 'still there');
    await until(() => near.stats().messages.received === 1);
    expect(relay.stats().toLan.messages).toBeGreaterThan(before);
    expect(relay.network.stats()['nats']!.drops).toMatchObject({ malformed: 6 });
  });

  test('starts without its server, tells, and joins once it is there', async () => {
    const port = await freePort();
    const lan = new LoopbackLan();
    const near = await lan.lobby('Near');
    const relay = await lan.bridge(`nats://127.0.0.1:${port}`);
    const { url: servers } = kept(await NatsServer.start('', port));
    const far = kept(await discover('tanks', { name: 'Far', transports: [nats({ servers })] }));
    await until(() => near.peers.length === 1 && far.peers.length === 1, 30_000);
    await relay.close();
    await until(() => near.peers.length === 0 && far.peers.length === 0, 30_000);
  });

  test('sees the others come and go', async () => {
    const { url: servers } = kept(await NatsServer.start());
    const one = await new LoopbackLan().bridge(servers);
    const other = await new LoopbackLan().bridge(servers);
    await until(() => one.bridges.peers.length === 1 && other.bridges.peers.length === 1);
    await other.close();
    await until(() => one.bridges.peers.length === 0);
  });

  test('is not between transports that know nothing of stations', async () => {
    const servers = 'nats://127.0.0.1:1';
    for (const [lan, beyond] of [
      [local(), nats({ servers })],
      [nats({ servers }), udp({ interfaces: ['loopback'] })],
    ] as const) {
      const refused = startRelay('tanks', { lan, beyond });
      await expect(refused).rejects.toMatchObject({ code: 'ERROR_NOT_SUPPORTED' });
      await expect(refused).rejects.toBeInstanceOf(MailslotError);
    }
  });
});
