/** The classic transport below a network, on loopback: each station has an address of its own. */

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { joinNetwork, type MailslotError, type Network, type Transport, udp } from '@mailslot/core';
import { switchboardOf, slotPath } from '@mailslot/core/internal';
import {
  encodeMailslotWrite,
  type MailslotDatagram,
  NetbiosName,
  type NetbiosTransport,
  netbiosOf,
} from '@mailslot/core/netbios/internal';

import { LoopbackNetbios } from '../support/netbios-stations.ts';
import { until } from '../support/real-time.ts';

let loopback: LoopbackNetbios;
let networks: Network[];
let sockets: Socket[];

beforeEach(() => {
  loopback = new LoopbackNetbios();
  networks = [];
  sockets = [];
});

afterEach(async () => {
  await Promise.all(networks.map((network) => network.close()));
  for (const socket of sockets) socket.close();
});

async function join(
  computerName: string,
  transports: readonly Transport[] = [loopback.station()],
): Promise<Network & { readonly problems: string[] }> {
  const network = await joinNetwork({ computerName, transports });
  networks.push(network);
  const problems: string[] = [];
  network.on('problem', ({ message }: MailslotError) => problems.push(message));
  return Object.assign(network, { problems });
}

/** Waits until a station has its names. */
async function named(network: Network): Promise<NetbiosTransport> {
  const transport = netbiosOf(network)!;
  const name = NetbiosName.ofHost(network.computerName, 0);
  await until(() => transport.subnets[0]!.names.owns(name));
  return transport;
}

/** A program without names, at an address and port of its own. */
async function stranger(address: string): Promise<Socket> {
  const socket = createSocket('udp4');
  sockets.push(socket);
  socket.bind(0, address);
  await once(socket, 'listening');
  return socket;
}

/** A name as it is on the wire. */
function encoded(text: string): Buffer {
  const { bytes } = NetbiosName.parse(text);
  const letters = Array.from(bytes, (byte) => [0x41 + (byte >> 4), 0x41 + (byte & 15)]);
  return Buffer.from([32, ...letters.flat(), 0]);
}

/** A write to the lobby by a program of the old days. */
function oldWrite(text: string): Uint8Array {
  return encodeMailslotWrite({ slot: 'lobby', data: Buffer.from(text), header: {} });
}

/** The packets of a group datagram to WORKGROUP, its body cut at these places. */
function fragments(data: Uint8Array, id: number, cuts: readonly number[]): Buffer[] {
  const body = Buffer.concat([encoded('OLD-PC<00>'), encoded('WORKGROUP<00>'), data]);
  const ends = [...cuts, body.length];
  return ends.map((end, at) => {
    const start = at === 0 ? 0 : ends[at - 1]!;
    const header = Buffer.alloc(14);
    header[0] = 0x11;
    header[1] = (at === 0 ? 2 : 0) | (at < ends.length - 1 ? 1 : 0);
    header.writeUInt16BE(id, 2);
    header.writeUInt16BE(body.length, 10);
    header.writeUInt16BE(start, 12);
    return Buffer.concat([header, body.subarray(start, end)]);
  });
}

describe('a name', () => {
  test('that nobody has cannot be written to', async () => {
    const ann = await join('ANN-PC');
    await expect(ann.send('\\\\NOBODY\\mailslot\\lobby', 'hello?')).rejects.toMatchObject({
      code: 'ERROR_BAD_NETPATH',
      message: expect.stringContaining('NOBODY'),
    });
    const tooLong = `\\\\${'X'.repeat(16)}\\mailslot\\lobby`;
    await expect(ann.send(tooLong, 'hello?')).rejects.toMatchObject({ code: 'ERROR_BAD_NETPATH' });
  });

  test('that nobody has here may be that of somebody on another transport', async () => {
    const ann = await join('ANN-PC', [
      loopback.station(),
      udp({ interfaces: ['loopback'], port: loopback.ports.name }),
    ]);
    await ann.send('\\\\NOBODY\\mailslot\\lobby', 'hello?');
  });

  test('is found once, and asked for again when it is heard to have moved', async () => {
    const [ann, bob] = [await join('ANN-PC'), await join('BOB-PC')];
    const slot = await bob.createMailslot('lobby');
    await ann.send('\\\\BOB-PC\\mailslot\\lobby', 'one');
    expect((await slot.read()).to).toBe('\\\\BOB-PC\\mailslot\\lobby');
    await bob.close();
    const moved = await join('BOB-PC');
    const again = await moved.createMailslot('lobby');
    await named(moved);
    await ann.send('\\\\BOB-PC\\mailslot\\lobby', 'two');
    expect((await again.read()).text()).toBe('two');
  });

  test('of another domain reaches all its members', async () => {
    const [ann, bob] = [
      await join('ANN-PC'),
      await joinNetwork({
        computerName: 'BOB-PC',
        domain: 'ELSEWHERE',
        transports: [loopback.station()],
      }),
    ];
    networks.push(bob);
    const slot = await bob.createMailslot('lobby');
    await named(bob);
    await ann.send('\\\\ELSEWHERE\\mailslot\\lobby', 'hello, over there');
    expect((await slot.read()).text()).toBe('hello, over there');
  });

  test('may be an address', async () => {
    const [ann, bob] = [await join('ANN-PC'), await join('BOB-PC')];
    const slot = await bob.createMailslot('lobby');
    const { address } = (await named(bob)).subnets[0]!.interface;
    await ann.send(`\\\\${address}\\mailslot\\lobby`, 'hello, you');
    expect((await slot.read()).text()).toBe('hello, you');
  });

  test('that another computer has is told as a problem, and the rest goes on', async () => {
    const [first, ann] = [await join('TWIN'), await join('ANN-PC')];
    await named(first);
    const second = await join('TWIN');
    await until(() => second.problems.length > 0);
    expect(second.problems).toEqual([
      expect.stringMatching(/^The NetBIOS name TWIN<00> is not to be had on lo: refused by 127\./),
    ]);
    const slot = await second.createMailslot('lobby');
    await ann.send('\\\\*\\mailslot\\lobby', 'to all');
    expect((await slot.read()).text()).toBe('to all');
    expect(first.problems).toEqual([]);
  });

  test('that turns out to be of two computers is told as a problem', async () => {
    const ann = await join('ANN-PC');
    const { subnets } = await named(ann);
    const { names, interface: own } = subnets[0]!;
    const lost = new Promise((resolve) => names.onLost(resolve));
    const socket = await stranger('127.0.0.1');
    const demand = Buffer.concat([
      Buffer.from('1002ad870000000100000000', 'hex'),
      encoded('ANN-PC<00>'),
      Buffer.from('00200001000000000006000000000000', 'hex'),
    ]);
    socket.send(demand, loopback.ports.name, own.address);
    expect(String(await lost)).toBe('ANN-PC<00>');
    await until(() => ann.problems.length > 0);
    expect(ann.problems[0]).toContain('and no longer used there');
  });
});

describe('a message', () => {
  test('may be as large as Windows takes it, and is refused before it is sent', async () => {
    const [ann, bob] = [await join('ANN-PC'), await join('BOB-PC')];
    for (const [slot, most] of [
      ['four', 428],
      ['lobby', 424],
      ['nine-char', 420],
      ['\\\\.\\mailslot\\a\\b', 428],
    ] as const) {
      const name = `\\\\*\\mailslot\\${slot.replace('\\\\.\\mailslot\\', '')}`;
      const reader = await bob.createMailslot(slot);
      expect(ann.maxMessageSize(name)).toBe(most);
      await ann.send(name, 'x'.repeat(most));
      expect((await reader.read()).data).toHaveLength(most);
      await expect(ann.send(name, 'x'.repeat(most + 1))).rejects.toMatchObject({
        code: 'ERROR_BAD_NETPATH',
        message: expect.stringContaining(`${most} is the most`),
      });
    }
  });

  test('to a slot whose name the wire has no bytes for is refused', async () => {
    const ann = await join('ANN-PC');
    await expect(ann.send('\\\\*\\mailslot\\漢字', 'x')).rejects.toMatchObject({
      code: 'ERROR_BAD_NETPATH',
      message: expect.stringContaining('code page 850'),
    });
  });

  test('of another program is one of its own each time, but for copies of its datagram', async () => {
    const ann = await join('ANN-PC');
    const { subnets } = await named(ann);
    const slot = await ann.createMailslot('lobby');
    const socket = await stranger('127.0.0.1');
    socket.setBroadcast(true);
    for (const id of [1, 1, 2]) {
      const [packet] = fragments(oldWrite('hello'), id, []);
      socket.send(packet!, loopback.ports.datagram, subnets[0]!.interface.broadcastAddress);
    }
    for (let count = 0; count < 2; count++) {
      expect(await slot.read()).toMatchObject({ from: 'OLD-PC', to: '\\\\*\\mailslot\\lobby' });
    }
    expect(ann.stats()['netbios']!.drops).toMatchObject({ duplicate: 1 });
  });

  test('in fragments is made whole; half of one is not', async () => {
    const ann = await join('ANN-PC');
    const { subnets } = await named(ann);
    const slot = await ann.createMailslot('lobby');
    const socket = await stranger('127.0.0.1');
    const send = (bytes: Uint8Array): void =>
      socket.send(bytes, loopback.ports.datagram, subnets[0]!.interface.address);
    const [lost] = fragments(oldWrite('half'), 1, [100]);
    const [, late] = fragments(oldWrite('second without a first'), 2, [100]);
    for (const bytes of [lost!, late!, ...fragments(oldWrite('whole'), 3, [100])]) send(bytes);
    expect((await slot.read()).text()).toBe('whole');
    expect(ann.stats()['netbios']!.drops).toMatchObject({ incomplete: 1 });
  });

  test('goes back to where one came from', async () => {
    const [ann, bob] = [await join('ANN-PC'), await join('BOB-PC')];
    const switchboard = switchboardOf(ann);
    const slot = await bob.createMailslot('answers');
    await switchboard.subscribe(slotPath('questions'), ({ source }) => {
      void switchboard.reply(source, slotPath('answers')).write(Buffer.from('42'));
    });
    await bob.send('\\\\*\\mailslot\\questions', '?');
    expect((await slot.read()).text()).toBe('42');
  });
});

describe('a protocol of the classic network', () => {
  test('sends from any of its names to any other, and sees what came as it came', async () => {
    const [ann, bob] = [await join('ANN-PC'), await join('BOB-PC')];
    const [from, to] = [await named(ann), await named(bob)];
    const elections = NetbiosName.parse('WORKGROUP<1e>');
    await to.subnets[0]!.names.register(elections, { group: true });
    const heard: MailslotDatagram[] = [];
    const stop = to.receive('browse', (datagram) => heard.push(datagram));
    const write = {
      from: NetbiosName.parse('ANN-PC<20>'),
      to: elections,
      group: true,
      slot: 'BROWSE',
      alignment: 1,
    } as const;
    await from.subnets[0]!.send({ ...write, data: Buffer.from([8]) });
    await until(() => heard.length > 0);
    expect(heard[0]).toMatchObject({
      kind: 'group',
      from: write.from,
      to: elections,
      slot: 'BROWSE',
      data: new Uint8Array([8]),
      source: { address: from.subnets[0]!.interface.address, port: loopback.ports.datagram },
    });

    const answered: MailslotDatagram[] = [];
    from.receive('BROWSE', (datagram) => answered.push(datagram));
    const back = { from: NetbiosName.parse('BOB-PC<00>'), to: NetbiosName.parse('ANN-PC<00>') };
    await heard[0]!.subnet.send({
      ...write,
      ...back,
      group: false,
      data: Buffer.from([10]),
      at: heard[0]!.source,
    });
    await until(() => answered.length > 0);
    expect(answered[0]).toMatchObject({ kind: 'unique', data: new Uint8Array([10]) });

    stop();
    await to.subnets[0]!.names.release(elections);
    await from.subnets[0]!.send({ ...write, data: Buffer.from([8]) });
    await until(() => (bob.stats()['netbios']!.drops.elsewhere ?? 0) > 0);
    expect(heard).toHaveLength(1);
  });
});

describe('the ports', () => {
  test('of another program are shared with it: broadcasts are heard, and its own answers', async () => {
    const first = loopback.station();
    const [ann, cleo] = [await join('ANN-PC', [first]), await join('CLEO-PC')];
    const { address } = (await named(ann)).subnets[0]!.interface;
    const bob = await join('BOB-PC', [loopback.stationAt(address)]);
    const beside = await named(bob);
    expect([first.subnets[0]!.beside, beside.subnets[0]!.beside]).toEqual([false, true]);

    const slots = [await ann.createMailslot('lobby'), await bob.createMailslot('lobby')];
    await cleo.send('\\\\*\\mailslot\\lobby', 'to all');
    for (const slot of slots) expect((await slot.read()).text()).toBe('to all');
    await bob.send('\\\\ANN-PC\\mailslot\\lobby', 'from beside');
    expect((await slots[0]!.read()).text()).toBe('from beside');
    await cleo.send('\\\\ANN-PC\\mailslot\\lobby', 'to the first');
    expect((await slots[0]!.read()).text()).toBe('to the first');
  });
});
