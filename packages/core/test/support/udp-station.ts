/** One udp transport with everything around it faked: time, the operating system, the network above. */

import assert from 'node:assert/strict';

import type { MailslotError, SlotPath, UdpOptions } from '@mailslot/core';
import { type Channel, type Datagram, slotPath, type TransportHost } from '@mailslot/core/internal';
import { VirtualClock } from '@mailslot/core/testing';

import { seededRandom } from '../../src/random.ts';
import type { DropReason } from '../../src/transports/transport.ts';
import { encodeFrames } from '../../src/transports/udp/fragments.ts';
import { encodeHeader, type FrameHeader } from '../../src/transports/udp/frame.ts';
import type { InterfaceTable } from '../../src/transports/udp/interfaces.ts';
import { INTERFACE_POLL_MS } from '../../src/transports/udp/interface-follower.ts';
import { UdpTransport } from '../../src/transports/udp/udp-transport.ts';
import { type FakeSocket, FakeSystem } from './fake-sockets.ts';

export const LOBBY: SlotPath = slotPath('lobby');
export const GROUP = '239.255.77.83';
export const GROUP6 = 'ff12::8000:4d53';

export class UdpStation {
  readonly clock = new VirtualClock();
  readonly system: FakeSystem;
  readonly transport: UdpTransport;
  readonly received: Datagram[] = [];
  readonly problems: MailslotError[] = [];
  interfaceChanges = 0;
  wakes = 0;
  /** What the network above answers to each datagram. */
  verdict: DropReason | undefined;
  #sequence = 0;

  constructor(table: InterfaceTable, options: UdpOptions = {}) {
    this.system = new FakeSystem(table);
    // Tests of the ladder ask for it; in all others one message is one datagram an interface.
    this.transport = new UdpTransport({ broadcast: false, ...options }, this.system);
  }

  /** A station that has started, and listens. */
  static async listening(table: InterfaceTable, options: UdpOptions = {}): Promise<UdpStation> {
    const station = new UdpStation(table, options);
    await station.start();
    await station.transport.listen();
    return station;
  }

  start(): Promise<void> {
    const host: TransportHost = {
      station: { id: 'self--', computerName: 'ANN-PC', domain: 'WORKGROUP' },
      clock: this.clock,
      random: seededRandom(1),
      receive: (datagram) => {
        this.received.push(datagram);
        return this.verdict;
      },
      interfacesChanged: () => this.interfaceChanges++,
      woke: () => this.wakes++,
      problem: (error) => this.problems.push(error),
    };
    return this.transport.start(host);
  }

  /** Gives the computer other interfaces and lets the transport notice. */
  async moveTo(table: InterfaceTable): Promise<void> {
    this.system.table = table;
    await this.poll();
  }

  poll(): Promise<void> {
    return this.clock.advanceAsync(INTERFACE_POLL_MS);
  }

  /** Writes one message and lets it leave. */
  async write(channel: Channel, data: Uint8Array = new Uint8Array(10)): Promise<void> {
    await channel.send({ sequence: this.#sequence++, data, anonymous: false });
    await Promise.resolve();
  }

  /** Where one message to everyone goes. */
  async routes(): Promise<string[]> {
    this.system.takeSent();
    await this.write(await this.transport.open({ kind: 'domain' }, LOBBY));
    return this.system.takeSent();
  }

  /** Lets a message of another station arrive, at the shared socket of the address' family or at another. */
  hear(
    address: string,
    header: Partial<FrameHeader> = {},
    {
      port = 40_000,
      sequence = this.#sequence++,
      data = new Uint8Array([1, 2, 3]),
      at = this.#sharedSocket(address),
    }: { port?: number; sequence?: number; data?: Uint8Array; at?: FakeSocket } = {},
  ): Datagram | undefined {
    const whole: FrameHeader = {
      slot: LOBBY.key,
      address: { kind: 'domain', tag: 0x8c0312d1 },
      station: 'other-',
      from: 'BOB-PC',
      ...header,
    };
    const before = this.received.length;
    for (const frame of encodeFrames(encodeHeader(whole), sequence, data)) {
      this.hearBytes(frame, address, { port, at });
    }
    return this.received[before];
  }

  hearBytes(
    bytes: Uint8Array,
    address: string,
    { port = 40_000, at = this.#sharedSocket(address) } = {},
  ): void {
    at.emit('message', Buffer.from(bytes), { address, port, size: bytes.length });
  }

  /** The fakes watch for what must never happen. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.transport.stop();
    assert.deepEqual(this.system.open, []);
    assert.deepEqual(this.system.violations, []);
  }

  #sharedSocket(address: string): FakeSocket {
    const type = address.includes(':') ? 'udp6' : 'udp4';
    const socket = this.system.shared.find(({ options }) => options.type === type);
    if (socket === undefined) throw new Error(`Nobody listens for ${address}.`);
    return socket;
  }
}
