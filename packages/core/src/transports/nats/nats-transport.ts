/** The transport itself: slots are subscriptions, writers publish, and a {@link Link} keeps the connection. */

import type {
  Msg,
  NatsConnection,
  PermissionViolationError,
  Subscription,
} from '@nats-io/transport-node';

import { DecodeError } from '../../bytes.ts';
import { MailslotError } from '../../errors.ts';
import type { Address, Datagram } from '../../message.ts';
import type { Scope, SlotPath } from '../../name.ts';
import { Counters } from '../counters.ts';
import {
  type Channel,
  type DropReason,
  type Listening,
  type OutgoingMessage,
  type Relaying,
  type Source,
  type Transport,
  type TransportHost,
  type TransportInterface,
  type TransportStats,
} from '../transport.ts';
import {
  decodeFrame,
  encodeFrame,
  encodeHeader,
  type Frame,
  FRAME_OVERHEAD_BYTES_MAX,
  recognise,
} from '../udp/frame.ts';
import { Link } from './link.ts';
import type { NatsSettings } from './options.ts';
import { Outbox } from './outbox.ts';
import { decodePlace, encodePlace, INTERFACE_NAME, NatsSource, NatsSources } from './source.ts';
import { type Audience, type Destination, Subjects } from './subjects.ts';

/** As on udp, so that what works on a LAN works beyond it. */
const MESSAGE_BYTES_MAX = 65_536;

/** Calls that are remembered as refused, so that each is told of once; further ones are counted only. */
const REFUSED_TOLD_MAX = 64;

/** A slot that somebody here listens to, and its subscriptions on the connection there is, if there is one. */
interface Topic {
  listenings: number;
  subscriptions: readonly (readonly [subject: string, Subscription])[];
}

export class NatsTransport implements Transport {
  readonly name = 'nats';
  readonly reach = 'network';
  readonly brokered = true;
  readonly #settings: NatsSettings;
  readonly #counters = new Counters('nats');
  readonly #outbox = new Outbox(this.#counters);
  readonly #topics = new Map<string, Topic>();
  /** Stations of other networks, and where what is written to them is received. */
  readonly #stoodFor = new Map<string, Subscription | undefined>();
  readonly #refused = new Set<string>();
  readonly #sources = new NatsSources();
  #host!: TransportHost;
  #subjects!: Subjects;
  #link: Link | undefined;
  #isUnreferenced = false;
  #stopping: Promise<void> | undefined;

  constructor(settings: NatsSettings) {
    this.#settings = settings;
  }

  async start(host: TransportHost): Promise<void> {
    this.#host = host;
    this.#subjects = new Subjects(this.#settings.subject, host.station);
    this.#link = new Link(this.#settings, host, {
      up: (connection) => this.#connected(connection),
      down: () => host.interfacesChanged(),
      refused: (error) => this.#tellRefused(error),
    });
    if (this.#isUnreferenced) this.#link.unref();
    await this.#link.start();
  }

  /** Resolves when the server knows; at once if there is none now. */
  async listen({ key }: SlotPath): Promise<Listening> {
    this.#running();
    const topic = this.#topics.get(key) ?? { listenings: 0, subscriptions: [] };
    this.#topics.set(key, topic);
    topic.listenings++;
    const connection = this.#link?.connection;
    if (connection !== undefined) {
      this.#subscribe(connection, key, topic);
      // It fails if the connection does, and then another will be told.
      await connection.flush().catch(() => {});
    }
    let isOpen = true;
    return {
      close: async () => {
        if (isOpen && --topic.listenings === 0) this.#forget(key, topic);
        isOpen = false;
      },
    };
  }

  async open(scope: Scope, slot: SlotPath): Promise<Channel> {
    this.#running();
    return this.#channel(slot, this.#subjects.toScope(scope, slot));
  }

  reply(source: Source, slot: SlotPath): Channel {
    this.#running();
    if (!(source instanceof NatsSource)) {
      throw new MailslotError('ERROR_NOT_SUPPORTED', `${source.id} was not heard over NATS.`);
    }
    return this.#channel(slot, this.#subjects.toStation(source.station, slot.key));
  }

  place(source: Source, to: Source): Uint8Array | undefined {
    if (!(source instanceof NatsSource) || !(to instanceof NatsSource)) return undefined;
    return encodePlace(source);
  }

  /** A station is written to within the own domain only, so that whoever lies leads nobody out of it. */
  locate(place: Uint8Array, toldBy: Source): Source | undefined {
    return toldBy instanceof NatsSource ? decodePlace(place) : undefined;
  }

  maxMessageSize(): number {
    const limit = this.#link?.connection?.info?.max_payload ?? Infinity;
    return Math.max(0, Math.min(MESSAGE_BYTES_MAX, limit - FRAME_OVERHEAD_BYTES_MAX));
  }

  interfaces(): readonly TransportInterface[] {
    const connection = this.#link?.connection;
    if (connection === undefined) return [];
    return [{ name: INTERFACE_NAME, address: connection.getServer(), family: 'other' }];
  }

  stats(): TransportStats {
    return this.#counters.snapshot({
      slots: this.#topics.size,
      unconfirmedBytes: this.#outbox.unconfirmedBytes,
    });
  }

  unref(): void {
    this.#isUnreferenced = true;
    this.#link?.unref();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#link?.stop() ?? Promise.resolve();
    return this.#stopping;
  }

  #running(): void {
    if (this.#link !== undefined && this.#stopping === undefined) return;
    throw new MailslotError(
      'ERROR_INVALID_HANDLE',
      'The nats transport does not run: join the network first.',
    );
  }

  // --- Subscriptions --------------------------------------------------------------------------

  #connected(connection: NatsConnection): void {
    for (const [slot, topic] of this.#topics) this.#subscribe(connection, slot, topic);
    for (const station of this.#stoodFor.keys()) this.#attend(station);
    this.#host.interfacesChanged();
  }

  /** Makes the subscriptions that the connection lacks: those of an earlier one, or refused by its server, are closed. */
  #subscribe(connection: NatsConnection, slot: string, topic: Topic): void {
    const open = new Map(topic.subscriptions.filter(([, each]) => !each.isClosed()));
    topic.subscriptions = this.#subjects.ofReader(slot).map(([audience, subject]) => {
      const callback = (error: Error | null, message: Msg): void => {
        if (error === null) this.#received(audience, slot, message.data);
      };
      return [subject, open.get(subject) ?? connection.subscribe(subject, { callback })];
    });
  }

  #forget(slot: string, { subscriptions }: Topic): void {
    this.#topics.delete(slot);
    for (const [, subscription] of subscriptions) {
      if (!subscription.isClosed()) subscription.unsubscribe();
    }
  }

  /**
   * Domains may be shut off from one another, and then each message to a name is refused half its subjects. That it does
   * not leave the own domain is no problem; that it does not get there is.
   */
  #tellRefused({ operation, subject }: PermissionViolationError): void {
    const isPublishing = operation === 'publish';
    if (isPublishing) this.#counters.drop('unsent');
    if (isPublishing && !this.#subjects.isOwn(subject)) return;
    const what = `${isPublishing ? 'publish' : 'subscribe'} to ${subject}`;
    if (this.#refused.has(what) || this.#refused.size >= REFUSED_TOLD_MAX) return;
    this.#refused.add(what);
    this.#host.problem(
      new MailslotError(
        'ERROR_ACCESS_DENIED',
        `The NATS server does not permit this user to ${what}. See the permissions of its account.`,
      ),
    );
  }

  // --- Sending --------------------------------------------------------------------------------

  #channel({ key }: SlotPath, { subjects, address }: Destination): Channel {
    const { id, computerName } = this.#host.station;
    const header = { slot: key, address, station: id, from: computerName };
    const signed = encodeHeader(header);
    const anonymous = encodeHeader({ ...header, from: '' });
    const limit = (): number => this.maxMessageSize();
    let isOpen = true;
    return {
      // Another server may take less.
      get maxMessageSize() {
        return limit();
      },
      send: (message) => {
        if (isOpen) return this.#send(message.anonymous ? anonymous : signed, subjects, message);
        this.#counters.drop('unsent');
        return undefined;
      },
      close: () => {
        isOpen = false;
      },
    };
  }

  #send(
    header: Uint8Array,
    subjects: readonly string[],
    { sequence, data }: OutgoingMessage,
  ): Promise<void> | undefined {
    const connection = this.#stopping === undefined ? this.#link?.connection : undefined;
    if (connection === undefined || data.length > this.maxMessageSize()) {
      this.#counters.drop('unsent');
      return undefined;
    }
    this.#counters.sent(data.length);
    return this.#outbox.send(connection, subjects, encodeFrame(header, sequence, data));
  }

  // --- Relaying -------------------------------------------------------------------------------

  /** Of a datagram that goes to one station its id is enough: no place is needed. */
  readonly relaying: Relaying = {
    relay: (datagram) => this.#relay(datagram),
    standFor: (station) => {
      this.#stoodFor.set(station, undefined);
      this.#attend(station);
      return () => {
        const subscription = this.#stoodFor.get(station);
        this.#stoodFor.delete(station);
        if (subscription?.isClosed() === false) subscription.unsubscribe();
      };
    },
  };

  #relay({ slot, address, station, from, sequence, data }: Datagram): void {
    const destination = this.#subjects.toAddress(address, slot);
    if (destination === undefined) return this.#counters.drop('unsent');
    const { subjects, address: whom } = destination;
    const header = encodeHeader({ slot, address: whom, station, from, relayed: true });
    void this.#send(header, subjects, { sequence, data, anonymous: from === '' });
  }

  /** Subscribes to all slots of a station, if the connection has no such subscription. */
  #attend(station: string): void {
    const connection = this.#link?.connection;
    if (connection === undefined || this.#stoodFor.get(station)?.isClosed() === false) return;
    const callback = (error: Error | null, { subject, data }: Msg): void => {
      if (error === null) this.#overhear(station, subject, data);
    };
    const subject = this.#subjects.ofStation(station);
    this.#stoodFor.set(station, connection.subscribe(subject, { callback }));
  }

  #overhear(station: string, subject: string, bytes: Uint8Array): void {
    if (this.#stopping !== undefined) return;
    const frame = recognise(bytes) ?? decode(bytes) ?? 'malformed';
    const dropped = typeof frame === 'string' ? frame : this.#acceptFor(station, subject, frame);
    if (dropped !== undefined) this.#counters.drop(dropped);
  }

  #acceptFor(station: string, subject: string, frame: Frame): DropReason | undefined {
    const { slot, address } = frame.header;
    const [expected] = this.#subjects.toStation(station, slot).subjects;
    if (subject !== expected) return 'malformed';
    if (address.kind !== 'direct') return 'elsewhere';
    return this.#pass(frame, { kind: 'station', station });
  }

  // --- Receiving ------------------------------------------------------------------------------

  #received(audience: Audience, slot: string, bytes: Uint8Array): void {
    if (this.#stopping !== undefined) return;
    this.#counters.arrived(INTERFACE_NAME, bytes.length);
    const dropped = recognise(bytes) ?? this.#accept(audience, slot, decode(bytes));
    if (dropped !== undefined) this.#counters.drop(dropped);
  }

  /** Anybody who may publish here can publish anything. */
  #accept(audience: Audience, slot: string, frame: Frame | undefined): DropReason | undefined {
    if (frame === undefined) return 'malformed';
    const { slot: said, address } = frame.header;
    if (said !== slot) return 'malformed';
    if (!this.#subjects.agrees(audience, address)) return 'elsewhere';
    return this.#pass(frame, address);
  }

  #pass(frame: Frame, address: Address): DropReason | undefined {
    if (frame.fragment !== undefined) return 'malformed';
    const { header, sequence } = frame;
    const { slot, station, from, relayed = false } = header;
    if (station === this.#host.station.id) return 'echo';
    // A copy: what the client gives is a part of all that came with it, and a queue would keep that as well.
    const data = frame.data.slice();
    this.#counters.received(data.length);
    const source = this.#sources.of(station);
    const datagram = { slot, address, station, sequence, from, source, data };
    return this.#host.receive(relayed ? { ...datagram, relayed } : datagram);
  }
}

function decode(bytes: Uint8Array): Frame | undefined {
  try {
    return decodeFrame(bytes);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
