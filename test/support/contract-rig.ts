/** What the contract of transports needs: stations on a medium, with a fake network above each. */

import { type Clock, type MailslotError, seededRandom, type Transport } from '@mailslot/core';
import {
  type Channel,
  type Datagram,
  type Listening,
  type SlotPath,
  slotPath,
  type Source,
  type Station,
  type TransportHost,
} from '@mailslot/core/internal';

type Scope = Parameters<Transport['open']>[0];

/** What carries the datagrams of one test, and of no other. */
export interface ContractMedium {
  readonly clock: Clock;
  /** A transport for one more station. */
  transport(): Transport;
  /** The same, where there is no network. Needed with reach `network`. */
  offline?(): Transport;
  /** The longest computer name, in ASCII. Default 63. */
  readonly computerNameLengthMax?: number;
  /** Lets time pass until the condition holds, or fails. */
  until(condition: () => boolean): Promise<unknown>;
  dispose(): Promise<void>;
}

/** A network as its transport sees it: takes what comes for the slots it listens to, and says why it drops the rest. */
class ContractStation implements TransportHost {
  readonly station: Station;
  readonly clock: Clock;
  readonly random: TransportHost['random'];
  readonly transport: Transport;
  /** What came for slots that it listens to. */
  readonly received: Datagram[] = [];
  /** What it says of everything that comes for such a slot. */
  verdict: ReturnType<TransportHost['receive']>;
  readonly #slots = new Set<string>();
  /** Where there is no network, a transport may say so. */
  readonly #isOffline: boolean;
  #sequence = 1000;

  constructor(transport: Transport, computerName: string, clock: Clock, isOffline: boolean) {
    this.#isOffline = isOffline;
    this.transport = transport;
    this.station = { id: computerName.slice(0, 6), computerName, domain: 'WORKGROUP' };
    this.clock = clock;
    this.random = seededRandom(Buffer.from(computerName).readUInt32BE());
  }

  /** What it received, as text. */
  get texts(): string[] {
    return this.received.map(({ data }) => Buffer.from(data).toString());
  }

  receive(datagram: Datagram): ReturnType<TransportHost['receive']> {
    if (!this.#slots.has(datagram.slot)) return 'no-slot';
    this.received.push(datagram);
    return this.verdict;
  }

  interfacesChanged(): void {}

  woke(): void {}

  problem(error: MailslotError): void {
    if (!this.#isOffline) throw error;
  }

  async listen(slot: SlotPath): Promise<Listening> {
    const listening = await this.transport.listen(slot, { maxMessageSize: 0 });
    this.#slots.add(slot.key);
    return {
      close: () => {
        this.#slots.delete(slot.key);
        return listening.close();
      },
    };
  }

  /** Opens, sends each message in turn and closes. */
  async send(scope: Scope, slot: SlotPath, ...messages: (string | Uint8Array)[]): Promise<void> {
    const channel = await this.transport.open(scope, slot);
    for (const message of messages) await this.sendOn(channel, message);
    channel.close();
  }

  /** Sends under the station's next sequence number. */
  sendOn(
    channel: Channel,
    message: string | Uint8Array,
    { anonymous = false } = {},
  ): Promise<void> | undefined {
    return channel.send({ sequence: this.#sequence++, data: bytesOf(message), anonymous });
  }

  /** Knocks under the station's next sequence number. Only where the transport can. */
  knock(to: Source, slot: SlotPath, message: string | Uint8Array, refused: () => void): void {
    const outgoing = { sequence: this.#sequence++, data: bytesOf(message), anonymous: true };
    this.transport.knock!(to, slot, outgoing, refused);
  }
}

function bytesOf(message: string | Uint8Array): Uint8Array {
  return typeof message === 'string' ? Buffer.from(message) : message;
}

/** Sent last and received last: what has not come before it will not come. */
const END = slotPath('end');

/** A medium and the stations on it: two at first, newly made for each test. */
export class ContractRig {
  /** Whom a message is for that is to reach every other station. */
  readonly everyone: Scope;
  medium!: ContractMedium;
  ann!: ContractStation;
  bob!: ContractStation;
  readonly #createMedium: () => Promise<ContractMedium>;
  readonly #stations: ContractStation[] = [];

  constructor(everyone: Scope, createMedium: () => Promise<ContractMedium>) {
    this.everyone = everyone;
    this.#createMedium = createMedium;
  }

  async open(): Promise<void> {
    this.medium = await this.#createMedium();
    this.ann = await this.start('ANN-PC');
    this.bob = await this.start('BOB-PC');
  }

  async close(): Promise<void> {
    await Promise.all(this.#stations.splice(0).map(({ transport }) => transport.stop()));
    await this.medium.dispose();
  }

  /** One more station, not yet started. */
  station(computerName: string, { offline = false } = {}): ContractStation {
    const { clock } = this.medium;
    const transport = offline ? this.medium.offline!() : this.medium.transport();
    const station = new ContractStation(transport, computerName, clock, offline);
    this.#stations.push(station);
    return station;
  }

  async start(computerName: string, where?: { offline: boolean }): Promise<ContractStation> {
    const station = this.station(computerName, where);
    await station.transport.start(station);
    return station;
  }

  /** So many messages have arrived. */
  arrived(count: number, at = this.ann): Promise<unknown> {
    return this.medium.until(() => at.received.length >= count);
  }

  /** Whatever `from` sent has arrived at `to`, if it arrives at all. */
  async settled(from: ContractStation, to: ContractStation): Promise<void> {
    const listening = await to.listen(END);
    const index = (): number => to.received.findIndex(({ slot }) => slot === END.key);
    await from.send(this.everyone, END, 'end');
    await this.medium.until(() => index() >= 0);
    to.received.splice(index(), 1);
    await listening.close();
  }
}
