import { describe, expect, test } from 'vitest';

import type { Source } from '@mailslot/core/internal';

import { KNOCK_MS } from '../src/transports/transport.ts';
import { KNOCK_KEPT_MS, KNOCKS_MAX } from '../src/transports/udp/knocks.ts';
import type { FakeSocket } from './support/fake-sockets.ts';
import { address, loopback } from './support/interface-tables.ts';
import { uncaughtDuring } from './support/outcomes.ts';
import { LOBBY, UdpStation } from './support/udp-station.ts';

const table = {
  ...loopback,
  eth0: [address('10.0.0.1/24')],
  eth1: [address('10.1.0.1/24'), address('fe80::1/64')],
};

const MESSAGE = { sequence: 7, data: new Uint8Array([1, 2]), anonymous: true };

/** A station that has heard another, and what it was told of its knocks. */
class Knocker {
  readonly station: UdpStation;
  source: Source;
  refusals = 0;
  #places = 0;

  private constructor(station: UdpStation, heardAt: string) {
    this.station = station;
    this.source = station.hear(heardAt, {}, { port: 5000 })!.source;
    station.system.takeSent();
  }

  static async hearing(heardAt = '10.0.0.2'): Promise<Knocker> {
    return new Knocker(await UdpStation.listening(table), heardAt);
  }

  /** Knocks and lets the datagram leave. */
  async knock(message = MESSAGE): Promise<FakeSocket> {
    this.station.transport.knock(this.source, LOBBY, message, () => this.refusals++);
    await this.station.clock.advanceAsync(0);
    return this.station.system.sockets.at(-1)!;
  }

  /** Knocks at a place of its own. */
  async knockElsewhere(): Promise<FakeSocket> {
    this.source = this.station.hear(`10.0.0.${100 + this.#places++}`, {}, { port: 5000 })!.source;
    return this.knock();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.station[Symbol.asyncDispose]();
  }
}

describe('a knock', () => {
  test.each([
    ['10.0.0.2', '10.0.0.1'],
    ['10.1.0.2', '10.1.0.1'],
    ['fe80::2%eth1', 'fe80::1%eth1'],
    ['203.0.113.1', '0.0.0.0'],
  ])(
    'to %s goes from where an answer would, %s, by a connected socket of its own',
    async (to, from) => {
      await using knocker = await Knocker.hearing(to);
      const socket = await knocker.knock();
      expect(knocker.station.system.takeSent()).toEqual([`${from} > ${to} 5000`]);
      expect(socket).toMatchObject({
        connected: { address: to, port: 5000 },
        bound: { address: from, exclusive: true },
        referenced: false,
        options: { reuseAddr: false },
      });
      expect(socket).not.toBe(knocker.station.system.socketOn(from));
    },
  );

  test.each([true, false])('is the frame of an answer; anonymous: %s', async (anonymous) => {
    await using knocker = await Knocker.hearing();
    const { station, source } = knocker;
    await knocker.knock({ ...MESSAGE, anonymous });
    await station.transport.reply(source, LOBBY).send({ ...MESSAGE, anonymous });
    const [knock, answer] = station.system.sent;
    expect(knock!.bytes).toEqual(answer!.bytes);
    expect(station.transport.stats()).toMatchObject({ sentMessages: 2, sentBytes: 4 });
  });

  test('that is refused says so, once, and closes its socket', async () => {
    await using knocker = await Knocker.hearing();
    const socket = await knocker.knock();
    socket.refuse();
    socket.refuse();
    expect(knocker.refusals).toBe(1);
    expect(socket.closed).toBe(true);
  });

  test('that is refused as it leaves says so too', async () => {
    await using knocker = await Knocker.hearing();
    knocker.station.system.failure = (call) => (call === 'send' ? 'ECONNREFUSED' : undefined);
    const socket = await knocker.knock();
    expect(knocker.refusals).toBe(1);
    expect(socket.closed).toBe(true);
  });

  test('is forgotten after a second', async () => {
    await using knocker = await Knocker.hearing();
    const socket = await knocker.knock();
    knocker.station.clock.advance(KNOCK_MS - 1);
    expect(socket.closed).toBe(false);
    knocker.station.clock.advance(1);
    socket.refuse();
    expect(knocker.refusals).toBe(0);
  });

  test('at the same place soon after is sent by the same socket, which is closed when none follows', async () => {
    await using knocker = await Knocker.hearing();
    const socket = await knocker.knock();
    knocker.station.clock.advance(KNOCK_KEPT_MS - 1);
    expect(await knocker.knock()).toBe(socket);
    expect(knocker.station.system.takeSent()).toHaveLength(2);
    knocker.station.clock.advance(KNOCK_KEPT_MS - 1);
    expect(socket.closed).toBe(false);
    knocker.station.clock.advance(1);
    expect(socket.closed).toBe(true);
  });

  test('that follows another is refused once for both', async () => {
    await using knocker = await Knocker.hearing();
    await knocker.knock();
    (await knocker.knock()).refuse();
    expect(knocker.refusals).toBe(1);
  });

  test.each(['bind', 'connect', 'send'])('that cannot %s says nothing', async (failing) => {
    await using knocker = await Knocker.hearing();
    knocker.station.system.failure = (call) => (call === failing ? 'EADDRNOTAVAIL' : undefined);
    const uncaught = await uncaughtDuring(async () => {
      expect((await knocker.knock()).closed).toBe(true);
    });
    expect(uncaught).toEqual([]);
    expect(knocker.refusals).toBe(0);
    expect(knocker.station.transport.stats().drops).toEqual({ unsent: 1 });
    expect(knocker.station.problems).toEqual([]);
  });

  test('with another error than a refusal says nothing', async () => {
    await using knocker = await Knocker.hearing();
    const socket = await knocker.knock();
    socket.emit('error', Object.assign(new Error('recvmsg'), { code: 'EHOSTUNREACH' }));
    expect(socket.closed).toBe(true);
    expect(knocker.refusals).toBe(0);
  });

  test('has to fit one datagram', async () => {
    await using knocker = await Knocker.hearing();
    await knocker.knock({ ...MESSAGE, data: new Uint8Array(1200) });
    expect(knocker.station.system.takeSent()).toEqual([]);
    expect(knocker.station.transport.stats().drops).toEqual({ unsent: 1 });
  });

  test('ends the oldest where too many wait', async () => {
    await using knocker = await Knocker.hearing();
    const sockets: FakeSocket[] = [];
    while (sockets.length < KNOCKS_MAX) sockets.push(await knocker.knockElsewhere());
    expect(sockets.map(({ closed }) => closed)).not.toContain(true);
    sockets.push(await knocker.knockElsewhere());
    expect(sockets.map(({ closed }) => closed).indexOf(false)).toBe(1);
    sockets[0]!.refuse();
    expect(knocker.refusals).toBe(0);
    sockets[1]!.refuse();
    expect(knocker.refusals).toBe(1);
  });

  test('of a whole crowd at once leaves nothing open and nothing uncaught', async () => {
    await using knocker = await Knocker.hearing();
    const { system } = knocker.station;
    const before = system.open;
    const uncaught = await uncaughtDuring(async () => {
      const knocks = Array.from({ length: 3 * KNOCKS_MAX }, () => knocker.knockElsewhere());
      await Promise.all(knocks);
    });
    expect(uncaught).toEqual([]);
    expect(system.takeSent()).toHaveLength(KNOCKS_MAX);
    knocker.station.clock.advance(KNOCK_KEPT_MS);
    expect(system.open).toEqual(before);
  });

  test('goes nowhere once the transport has stopped, and refuses nothing then', async () => {
    await using knocker = await Knocker.hearing();
    const socket = await knocker.knock();
    await knocker.station.transport.stop();
    expect(socket.closed).toBe(true);
    socket.refuse();
    expect(await knocker.knock()).toBe(socket);
    expect(knocker.refusals).toBe(0);
  });
});
