/** A station of the classic transport under fire: distorted packets of real peers, at both of its ports. */

import { readFileSync } from 'node:fs';

import { type MailslotError, seededRandom } from '@mailslot/core';
import type { Datagram, TransportHost } from '@mailslot/core/internal';
import {
  MSBROWSE,
  NetbiosName,
  NetbiosTransport,
  realSystem,
} from '@mailslot/core/netbios/internal';
import { VirtualClock } from '@mailslot/core/testing';

import { QuietSockets } from './quiet-sockets.ts';
import { fuzzed } from './swarm/fuzzer.ts';

const ADDRESS = '10.77.0.9';
const BROADCAST = '10.77.0.255';
const NAME_PORT = 137;
const DATAGRAM_PORT = 138;

/** Packets that one packet may call forth: an answer, or a claim that begins anew. */
const ANSWERS_MAX = 4;

const vectors: readonly { readonly port: number; readonly hex: string }[] = JSON.parse(
  readFileSync(new URL('../vectors/netbios.json', import.meta.url), 'utf8'),
);
const seeds = (port: number): Uint8Array[] =>
  vectors
    .filter((one) => one.port === port)
    .map(({ hex }) => Uint8Array.from(Buffer.from(hex, 'hex')));
const [NAME_SEEDS, DATAGRAM_SEEDS] = [seeds(NAME_PORT), seeds(DATAGRAM_PORT)];

export interface FuzzReport {
  readonly inputs: number;
  /** Messages that came through, for they were distorted where it does not matter. */
  readonly messages: number;
  readonly malformed: number;
  readonly answers: number;
}

/** Throws if anything but what may happen happens. The same seed does the same. */
export async function fuzzNetbios(seed: number, inputs: number): Promise<FuzzReport> {
  const random = seededRandom(seed);
  const clock = new VirtualClock();
  const sockets = new QuietSockets();
  const host = hostOf(clock, seed);
  const transport = new NetbiosTransport({}, systemOf(sockets));
  await transport.start(host);
  const [subnet] = transport.subnets;
  const { names } = subnet!;
  const register = (name: NetbiosName, group: boolean): void => {
    names.register(name, { group }).catch(() => {});
  };
  for (let input = 0; input < inputs; input++) {
    const toNames = random.next() < 0.5;
    const port = toNames ? NAME_PORT : DATAGRAM_PORT;
    const bytes = fuzzed(toNames ? NAME_SEEDS : DATAGRAM_SEEDS, random);
    // Now and then it answers the last thing that was asked.
    if (toNames && bytes.length > 1 && random.next() < 0.3) {
      bytes.set(sockets.sent.at(-1)?.bytes.subarray(0, 2) ?? []);
    }
    const before = sockets.sentCount;
    const from = `10.77.0.${1 + Math.trunc(random.next() * 5)}`;
    sockets.deliver(`${random.next() < 0.5 ? BROADCAST : ADDRESS}:${port}`, bytes, from, port);
    if (sockets.sentCount - before > ANSWERS_MAX)
      throw new Error(`Input ${input} is answered too much.`);
    if (input % 16 === 0) {
      clock.advance(50 * random.next());
      void names.query(NetbiosName.of('HOST1', 0));
      void names.status(from);
    }
    // They are taken away again and again.
    if (input % 64 === 0) {
      register(NetbiosName.parse('MSLAB<1d>'), false);
      register(NetbiosName.parse('MSLAB<1e>'), true);
      register(MSBROWSE, true);
    }
    if (input % 10_000 === 0) await new Promise(setImmediate);
  }
  const report = {
    inputs,
    messages: transport.stats().receivedMessages,
    malformed: transport.stats().drops.malformed ?? 0,
    answers: sockets.sentCount,
  };
  await assertAlive(transport, sockets, clock);
  return report;
}

/** It still defends what it has, and takes what it can have. */
async function assertAlive(
  transport: NetbiosTransport,
  sockets: QuietSockets,
  clock: VirtualClock,
): Promise<void> {
  const [subnet] = transport.subnets;
  await clock.advanceAsync(60_000);
  const name = NetbiosName.of('ALIVE', 0);
  const registered = subnet!.names.register(name);
  await clock.advanceAsync(1_000);
  await registered;
  const stopped = transport.stop();
  await clock.advanceAsync(10_000);
  await stopped;
  const before = sockets.sentCount;
  for (const bytes of NAME_SEEDS) sockets.deliver(`${ADDRESS}:137`, bytes, '10.77.0.1', 137);
  if (sockets.sentCount > before) throw new Error('It speaks after it has stopped.');
}

function hostOf(clock: VirtualClock, seed: number): TransportHost {
  return {
    station: { id: 'abcdef', computerName: 'HOST9', domain: 'MSLAB' },
    clock,
    random: seededRandom(seed + 1),
    receive: (datagram: Datagram) => {
      if (datagram.slot === '' || datagram.data.length > 1_300 || datagram.station.length < 6) {
        throw new Error('A datagram that is none.');
      }
      return undefined;
    },
    interfacesChanged: () => {},
    woke: () => {},
    problem: (error: MailslotError) => {
      if (error.code !== 'ERROR_ALREADY_EXISTS') throw error;
    },
  };
}

function systemOf(sockets: QuietSockets): typeof realSystem {
  const eth0 = {
    address: ADDRESS,
    netmask: '255.255.255.0',
    family: 'IPv4',
    mac: '02:00:00:00:00:09',
    internal: false,
    cidr: `${ADDRESS}/24`,
  } as const;
  return {
    ...realSystem,
    createSocket: sockets.create,
    networkInterfaces: () => ({ eth0: [eth0] }),
  };
}
