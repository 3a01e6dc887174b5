/**
 * Where a station's transports, slots and writers meet: outgoing messages go to every transport that reaches their
 * target, incoming ones to every receiver of their slot, once.
 *
 * It knows nothing of queues or readers; {@link Network} builds Windows' mailslots on it, presence its group slots.
 */

import type { Clock } from './clock.ts';
import { ECHO_SLOT } from './echo/echo-message.ts';
import { EchoResponder } from './echo/echo-responder.ts';
import { MailslotError } from './errors.ts';
import type { Address, Datagram } from './message.ts';
import { domainTag, type Scope, type SlotPath } from './name.ts';
import { type Outlet, OwnOutlet, ReplyOutlet, SharedOutlet } from './outlet.ts';
import type { Random } from './random.ts';
import { type Owner, type Receiver, Route, type SubscribeOptions } from './route.ts';
import { surface } from './surface.ts';
import { Tracer } from './tracer.ts';
import { NO_TRAFFIC } from './transports/counters.ts';
import type {
  DropReason,
  Listening,
  OutgoingMessage,
  Source,
  Station,
  Transport,
  TransportHost,
  TransportInterface,
  TransportStats,
} from './transports/transport.ts';

/** Something that was taken and can be given back. */
export interface Subscription {
  close(): Promise<void>;
}

export interface SwitchboardEvents {
  interfacesChanged(): void;
  woke(): void;
  problem(error: MailslotError): void;
}

export class Switchboard {
  readonly station: Station;
  readonly clock: Clock;
  readonly random: Random;
  readonly transports: readonly Transport[];
  readonly #host: TransportHost;
  readonly #domainTag: number;
  readonly #routes = new Map<string, Route>();
  readonly #taps = new Set<(datagram: Datagram) => void>();
  readonly #tracer: Tracer;
  readonly #echo = new EchoResponder(this);
  #sequence: number;
  #stopping: Promise<void> | undefined;

  constructor(
    station: Station,
    transports: readonly Transport[],
    { clock, random }: { clock: Clock; random: Random },
    events: SwitchboardEvents,
  ) {
    this.station = station;
    this.transports = transports;
    this.#tracer = new Tracer(station);
    this.clock = clock;
    this.random = random;
    this.#host = {
      station,
      clock,
      random,
      receive: (datagram) => this.#receive(datagram),
      interfacesChanged: () => {
        this.#tracer.interfaces(() => this.interfaces());
        surface(() => events.interfacesChanged());
      },
      woke: () => {
        this.#tracer.woke();
        surface(() => events.woke());
      },
      problem: (error) => {
        this.#tracer.problem(error);
        surface(() => events.problem(error));
      },
    };
    this.#domainTag = domainTag(station.domain);
    this.#sequence = Math.floor(random.next() * 2 ** 32);
  }

  /** Starts every transport; if one cannot, none stays started. */
  async start(): Promise<void> {
    const started = await Promise.allSettled(
      this.transports.map(async (transport) => transport.start(this.#host)),
    );
    const failure = started.find((result) => result.status === 'rejected');
    if (failure === undefined) return this.#tracer.joined(this.transports);
    await this.stop();
    throw failure.reason;
  }

  get stopped(): boolean {
    return this.#stopping !== undefined;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Becomes the one owner of a slot: in this process, and on this computer if a transport arbitrates that. */
  async own(path: SlotPath, owner: Owner): Promise<Subscription> {
    this.assertRunning();
    const route = this.#route(path.key);
    if (route.owner !== undefined) {
      throw new MailslotError(
        'ERROR_ALREADY_EXISTS',
        `A mailslot ${path.text} is open in this process. Close it first, or read it through share().`,
      );
    }
    route.owner = owner;
    const release = (): void => {
      if (route.owner === owner) route.owner = undefined;
      this.#forgetIfEmpty(path.key, route);
    };
    return this.#listen(path, this.transports, owner, release);
  }

  /** Receives what reaches a slot over the network, beside any number of others and of a mailslot of that name. */
  async subscribe(
    path: SlotPath,
    receiver: Receiver,
    options: SubscribeOptions = {},
  ): Promise<Subscription> {
    this.assertRunning();
    const transports = this.transports.filter((transport) => transport.reach === 'network');
    const route = this.#route(path.key);
    const unsubscribe = route.subscribe(receiver, options);
    return this.#listen(path, transports, { maxMessageSize: 0 }, () => {
      unsubscribe();
      this.#forgetIfEmpty(path.key, route);
    });
  }

  /**
   * A way to write to a slot. Only scope `local` demands that it exists: `ERROR_FILE_NOT_FOUND`. With `networkOnly` it
   * leads to subscribers alone, past a mailslot of that name in another process of this computer.
   */
  async open(
    scope: Scope,
    path: SlotPath,
    { networkOnly = false }: { networkOnly?: boolean } = {},
  ): Promise<Outlet> {
    this.assertRunning();
    if (scope.kind === 'local') {
      const owner = this.ownerOf(path);
      if (owner !== undefined) return new OwnOutlet(this, path, owner);
    }
    const transports = this.#transportsTo(scope).filter(
      (transport) => !networkOnly || transport.reach === 'network',
    );
    if (transports.length === 0 && scope.kind === 'local') throw notFound(path);
    const branches = await Promise.all(
      transports.map(async (transport) => ({
        reach: transport.reach,
        channel: await transport.open(scope, path),
      })),
    );
    return new SharedOutlet(this, scope, path, branches);
  }

  /** A way to write to a slot of the one station that a datagram came from. */
  reply(source: Source, path: SlotPath): Outlet {
    this.assertRunning();
    if (source === SELF) return new ReplyOutlet(this, path, undefined);
    const transport = this.#transportOf(source);
    if (transport === undefined) {
      throw new MailslotError(
        'ERROR_NOT_SUPPORTED',
        `This network has no transport ${source.transport}, by which ${source.id} was heard.`,
      );
    }
    return new ReplyOutlet(this, path, transport.reply(source, path));
  }

  /** One message to where a datagram came from: see {@link Transport.knock}. Does nothing where its transport has none. */
  knock(source: Source, path: SlotPath, data: Uint8Array, refused: () => void): void {
    const transport = this.#transportOf(source);
    if (this.stopped || transport?.knock === undefined) return;
    const message = this.compose(path, data, true);
    transport.knock(source, path, message, () => surface(refused));
  }

  /** What to tell the station at `to` of where another is, if it can mean anything there: see {@link Transport.place}. */
  placeOf(source: Source, to: Source): Uint8Array | undefined {
    if (source.transport !== to.transport) return undefined;
    return this.#transportOf(source)?.place?.(source, to);
  }

  /** The place that the station at `toldBy` tells of, if it may: see {@link Transport.locate}. */
  sourceOf(place: Uint8Array, toldBy: Source): Source | undefined {
    return this.#transportOf(toldBy)?.locate?.(place, toldBy);
  }

  /** The most bytes a message to this slot may have on every transport that carries it there. */
  maxMessageSize(scope: Scope, path: SlotPath): number {
    return this.#transportsTo(scope).reduce(
      (least, transport) => Math.min(least, transport.maxMessageSize(scope, path)),
      Infinity,
    );
  }

  interfaces(): readonly (TransportInterface & { readonly transport: string })[] {
    return this.transports.flatMap((transport) =>
      transport.interfaces().map((one) => ({ ...one, transport: transport.name })),
    );
  }

  stats(): Readonly<Record<string, TransportStats>> {
    return Object.fromEntries(this.transports.map((one) => [one.name, statsOf(one)]));
  }

  /** Sees every datagram that arrives, whoever it is for. Returns the way to stop. */
  tap(listener: (datagram: Datagram) => void): () => void {
    this.#taps.add(listener);
    return () => this.#taps.delete(listener);
  }

  /** A message of this station with the next number, on its way to a slot. */
  compose(path: SlotPath, data: Uint8Array, anonymous: boolean): OutgoingMessage {
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) >>> 0;
    this.#tracer.sent(path, data.length);
    return { sequence, data, anonymous };
  }

  /** Does the scope include this computer? */
  includesSelf(scope: Scope): boolean {
    return scope.kind !== 'name' || this.#isOwnName(scope.name);
  }

  /** Who owns the slot in this process, if anyone does. */
  ownerOf(path: SlotPath): Owner | undefined {
    return this.#routes.get(path.key)?.owner;
  }

  /** Delivers a message of this station to its own receivers, since no transport brings it back to them. */
  deliverToSelf(scope: Scope, path: SlotPath, { sequence, data }: OutgoingMessage): void {
    const route = this.#routes.get(path.key);
    route?.deliver(this.ownDatagram(scope, path, sequence, data));
  }

  /** A message of this station as its own receivers see it. */
  ownDatagram(scope: Scope, path: SlotPath, sequence: number, data: Uint8Array): Datagram {
    return {
      slot: path.key,
      address: this.#addressOf(scope),
      station: this.station.id,
      sequence,
      from: this.station.computerName,
      source: SELF,
      data: new Uint8Array(data),
    };
  }

  assertRunning(): void {
    if (this.#stopping === undefined) return;
    throw new MailslotError('ERROR_INVALID_HANDLE', 'The network is closed. Join it again.');
  }

  async #stop(): Promise<void> {
    await Promise.all(this.transports.map((transport) => transport.stop()));
    this.#routes.clear();
    this.#taps.clear();
    this.#tracer.closed();
  }

  #receive(datagram: Datagram): DropReason | undefined {
    if (this.#taps.size > 0) {
      for (const tap of this.#taps) surface(() => tap(datagram));
    }
    const dropped = this.#deliver(datagram);
    this.#tracer.received(datagram, dropped);
    return dropped;
  }

  #deliver(datagram: Datagram): DropReason | undefined {
    if (datagram.station === this.station.id) return 'echo';
    if (!this.#isForUs(datagram)) return 'elsewhere';
    const route = this.#routes.get(datagram.slot);
    if (route !== undefined) return route.deliver(datagram);
    const echoed = datagram.slot === ECHO_SLOT.key && this.#echo.answer(datagram);
    return echoed ? undefined : 'no-slot';
  }

  #addressOf(scope: Scope): Address {
    if (scope.kind === 'domain') return { kind: 'domain', tag: this.#domainTag };
    return scope.kind === 'name' ? scope : { kind: 'direct' };
  }

  #isForUs({ address }: Datagram): boolean {
    if (address.kind === 'domain') return address.tag === this.#domainTag;
    if (address.kind === 'station') return address.station === this.station.id;
    return address.kind === 'direct' || this.#isOwnName(address.name);
  }

  #isOwnName(name: string): boolean {
    const { computerName, domain } = this.station;
    return name === computerName || name === domain || OWN_NAMES.has(name);
  }

  #transportOf(source: Source): Transport | undefined {
    return this.transports.find((one) => one.name === source.transport);
  }

  #transportsTo(scope: Scope): readonly Transport[] {
    const here = this.includesSelf(scope);
    const elsewhere =
      scope.kind === 'domain' || (scope.kind === 'name' && !OWN_NAMES.has(scope.name));
    return this.transports.filter(({ reach }) => (reach === 'computer' ? here : elsewhere));
  }

  /** Listens on every transport, or on none. `release` takes the receiver out of its route. */
  async #listen(
    path: SlotPath,
    transports: readonly Transport[],
    options: { maxMessageSize: number },
    release: () => void,
  ): Promise<Subscription> {
    const listenings: Listening[] = [];
    const close = async (): Promise<void> => {
      release();
      await Promise.all(listenings.map((listening) => listening.close()));
    };
    try {
      for (const transport of transports) listenings.push(await transport.listen(path, options));
      this.assertRunning();
    } catch (error) {
      await close();
      throw error;
    }
    return { close };
  }

  #route(key: string): Route {
    let route = this.#routes.get(key);
    if (route === undefined) {
      route = new Route(this.clock);
      this.#routes.set(key, route);
    }
    return route;
  }

  #forgetIfEmpty(key: string, route: Route): void {
    if (route.isEmpty && this.#routes.get(key) === route) this.#routes.delete(key);
  }
}

/** What a transport counted, with an entry also for each interface in use that nothing has passed by yet. */
function statsOf(transport: Transport): TransportStats {
  const stats = transport.stats();
  const unused = transport.interfaces().map(({ name }) => [name, NO_TRAFFIC] as const);
  return { ...stats, interfaces: { ...Object.fromEntries(unused), ...stats.interfaces } };
}

/** Where a station's messages to itself come from. */
const SELF: Source = {
  transport: 'local',
  id: 'self',
  trust: 'local',
  address: '127.0.0.1',
  interfaces: [],
};

/** Names for this computer that no one else can bear, as {@link Station.computerName} would spell them. */
const OWN_NAMES = new Set(['LOCALHOST', '127.0.0.1', '::1']);

/** The error for a slot that nobody has open on this computer. */
function notFound(path: SlotPath): MailslotError {
  return new MailslotError(
    'ERROR_FILE_NOT_FOUND',
    `No mailslot ${path.text} is open on this computer. Its reader must create it first.`,
  );
}
