/** One program's place on the network, with Windows' rules on top of a {@link Switchboard}. */

import { hostname } from 'node:os';

import { EventEmitter } from 'eventemitter3';

import { systemClock, type Clock } from './clock.ts';
import { type CallOptions, MailslotError, throwIfAborted, untilAborted } from './errors.ts';
import { checkTimeout, Mailslot, type MailslotOptions } from './mailslot.ts';
import { Message, STATION_ID_BYTES } from './message.ts';
import { formatName, parseHostName, parseName, type SlotPath } from './name.ts';
import { systemRandom, type Random } from './random.ts';
import type { Receiver } from './route.ts';
import { Slot } from './slot.ts';
import { Switchboard } from './switchboard.ts';
import { local } from './transports/local/local.ts';
import type { Transport, TransportInterface, TransportStats } from './transports/transport.ts';
import { udp } from './transports/udp/udp.ts';
import { Writer } from './writer.ts';

export interface NetworkOptions {
  /** What others address as `\\NAME\`. Default: the host name up to its first dot. Compared without case. */
  readonly computerName?: string;
  /** Whom `\\*\` reaches. Default `WORKGROUP`. Compared without case. */
  readonly domain?: string;
  /** Default `[local(), udp()]`. */
  readonly transports?: readonly Transport[];
  /** Cancels joining, not the network that was joined. */
  readonly signal?: AbortSignal;
  /** Default: the computer's own. */
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface NetworkEvents {
  /** The interfaces in use have changed. */
  interfaces: [interfaces: ReturnType<Network['interfaces']>];
  /** The computer slept, and is awake again. */
  wake: [];
  /** Something does not work as it might, and what to do about it. The network goes on. */
  problem: [error: MailslotError];
  close: [];
}

/** A domain's name if nobody chose one, as in Windows. */
export const DEFAULT_DOMAIN = 'WORKGROUP';

/** SetMailslotInfo and CreateMailslot hold sizes in 32 bits. */
const UINT32_MAX = 2 ** 32 - 1;

/** The floor below, for sister packages: see internal.ts. */
const switchboards = new WeakMap<Network, Switchboard>();

/** The switchboard that a network is built on. */
export function switchboardOf(network: Network): Switchboard {
  return switchboards.get(network)!;
}

/**
 * Takes a place on the network. Resolves as soon as the transports listen; no network need be there yet.
 *
 * Rejects with `ERROR_INVALID_NAME` for a malformed computer or domain name, `ERROR_ACCESS_DENIED` if a transport may
 * not have what it needs, `ERROR_OPERATION_ABORTED` on the signal.
 */
export async function joinNetwork(options: NetworkOptions = {}): Promise<Network> {
  throwIfAborted(options.signal, 'Joining the network');
  const { clock = systemClock, random = systemRandom } = options;
  const transports = options.transports ?? [local(), udp()];
  claimTransports(transports);
  const station = {
    id: String.fromCharCode(...random.bytes(STATION_ID_BYTES)),
    computerName: parseHostName(options.computerName ?? defaultComputerName(), 'The computer name'),
    domain: parseHostName(options.domain ?? DEFAULT_DOMAIN, 'The domain'),
  };
  const network = new Network();
  const switchboard = new Switchboard(
    station,
    transports,
    { clock, random },
    {
      interfacesChanged: () => network.emit('interfaces', network.interfaces()),
      woke: () => network.emit('wake'),
      // What is told while joining waits until the caller can listen.
      problem: (error) => clock.schedule(0, () => network.emit('problem', error)),
    },
  );
  switchboards.set(network, switchboard);
  await switchboard.start();
  if (options.signal?.aborted) {
    await network.close();
    throwIfAborted(options.signal, 'Joining the network');
  }
  return network;
}

/** Made by {@link joinNetwork}. */
export class Network extends EventEmitter<NetworkEvents> implements AsyncDisposable {
  readonly #mailslots = new Set<Mailslot>();
  readonly #writers = new Set<Writer>();
  #closing: Promise<void> | undefined;

  get computerName(): string {
    return switchboardOf(this).station.computerName;
  }

  get domain(): string {
    return switchboardOf(this).station.domain;
  }

  /**
   * Creates a mailslot on this computer, as `\\.\mailslot\name` or just `name`. It is the only one of that name
   * among this user's programs here, provided the network has the `local` transport.
   *
   * Rejects with `ERROR_ALREADY_EXISTS`, `ERROR_INVALID_NAME`, `ERROR_PATH_NOT_FOUND` for an empty name,
   * `ERROR_FILENAME_EXCED_RANGE`, `ERROR_INVALID_PARAMETER` for options out of range, `ERROR_BUSY` or
   * `ERROR_ACCESS_DENIED` if a transport cannot have the port it receives on.
   */
  async createMailslot(
    name: string,
    options: MailslotOptions & CallOptions = {},
  ): Promise<Mailslot> {
    const { scope, path } = parseName(name);
    if (scope.kind !== 'local') {
      throw new MailslotError(
        'ERROR_INVALID_NAME',
        `A mailslot is created on this computer only: write \\\\.\\mailslot\\${path.text}.`,
      );
    }
    const maxMessageSize = checkSize(options.maxMessageSize ?? 0);
    const readTimeoutMs = checkTimeout(options.readTimeoutMs ?? Infinity);
    return this.#acquire('Creating the mailslot', options.signal, async (switchboard) => {
      const slot = new Slot(switchboard.clock, maxMessageSize, readTimeoutMs);
      const receive = receiverFor(slot, path, switchboard.clock);
      const subscription = await switchboard.own(path, { receive, maxMessageSize });
      const release = (): Promise<void> => subscription.close();
      return new Mailslot(formatName(scope, path), slot, this.#mailslots, release);
    });
  }

  /**
   * Opens a mailslot for writing: `\\.\mailslot\name` (or just `name`) on this computer, `\\*\…` on every computer of
   * the domain, `\\NAME\…` on one computer or in another domain.
   *
   * Rejects with `ERROR_FILE_NOT_FOUND` if the name is of this computer and nobody has created it; elsewhere nothing
   * is checked. `ERROR_INVALID_NAME` and the like as for {@link createMailslot}.
   */
  async openMailslot(name: string, { signal }: CallOptions = {}): Promise<Writer> {
    const { scope, path } = parseName(name);
    return this.#acquire('Opening the mailslot', signal, async (switchboard) => {
      const outlet = await switchboard.open(scope, path);
      return new Writer(formatName(scope, path), outlet, this.#writers);
    });
  }

  /** Opens, writes one message and closes. */
  async send(name: string, data: string | Uint8Array, options: CallOptions = {}): Promise<void> {
    await using writer = await this.openMailslot(name, options);
    await writer.write(data, options);
  }

  /** The most bytes one message to that name may have; `Infinity` if there is no limit. */
  maxMessageSize(name: string): number {
    const { scope, path } = parseName(name);
    return switchboardOf(this).maxMessageSize(scope, path);
  }

  /** The interfaces that the transports use now. */
  interfaces(): readonly (TransportInterface & { readonly transport: string })[] {
    return switchboardOf(this).interfaces();
  }

  /** What each transport did so far, by its name: on each interface, with drops by reason and the sizes of its tables. */
  stats(): Readonly<Record<string, TransportStats>> {
    return switchboardOf(this).stats();
  }

  /** Lets the process end while this network is still joined. */
  unref(): this {
    for (const transport of switchboardOf(this).transports) transport.unref();
    return this;
  }

  /** Closes every mailslot and writer and leaves. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Makes a call, and undoes it if its signal fires or the network closes on the way. */
  async #acquire<Resource extends { close(): unknown }>(
    what: string,
    signal: AbortSignal | undefined,
    call: (switchboard: Switchboard) => Promise<Resource>,
  ): Promise<Resource> {
    this.#assertWanted(what, signal);
    const called = call(switchboardOf(this));
    try {
      const resource = await untilAborted(called, signal, what);
      this.#assertWanted(what, signal);
      return resource;
    } catch (error) {
      // What comes all the same, or later, is given back.
      void called.then((resource) => resource.close()).catch(() => {});
      throw error;
    }
  }

  #assertWanted(what: string, signal: AbortSignal | undefined): void {
    throwIfAborted(signal, what);
    if (this.#closing === undefined) return;
    throw new MailslotError('ERROR_INVALID_HANDLE', 'The network is closed. Join it again.');
  }

  async #close(): Promise<void> {
    for (const writer of this.#writers) writer.close();
    // Whatever may fail to close, the transports stop.
    await Promise.allSettled(Array.from(this.#mailslots, (mailslot) => mailslot.close()));
    await switchboardOf(this).stop();
    this.emit('close');
    this.removeAllListeners();
  }
}

/** Turns datagrams into messages as a reader of the slot sees them. */
function receiverFor(slot: Slot, path: SlotPath, clock: Clock): Receiver {
  const here = formatName({ kind: 'local' }, path);
  const domain = formatName({ kind: 'domain' }, path);
  return ({ data, shared, from, address, source }) => {
    const to =
      address.kind === 'name'
        ? formatName(address, path)
        : address.kind === 'domain'
          ? domain
          : here;
    const own = shared ? new Uint8Array(data) : data;
    return slot.accept(new Message(own, from, to, source.transport, clock.wallTime()));
  };
}

const claimed = new WeakSet<Transport>();

/** A transport serves one network, once: a second would take the first one's datagrams away. */
function claimTransports(transports: readonly Transport[]): void {
  if (new Set(transports.map((transport) => transport.name)).size < transports.length) {
    throw new MailslotError('ERROR_INVALID_PARAMETER', 'Give each transport once.');
  }
  for (const transport of transports) {
    if (claimed.has(transport)) {
      throw new MailslotError(
        'ERROR_INVALID_PARAMETER',
        `This ${transport.name} transport belongs to another network: make one for each.`,
      );
    }
    claimed.add(transport);
  }
}

function defaultComputerName(): string {
  return hostname().split('.')[0] || 'LOCALHOST';
}

function checkSize(size: number): number {
  if (Number.isInteger(size) && size >= 0 && size <= UINT32_MAX) return size;
  throw new MailslotError(
    'ERROR_INVALID_PARAMETER',
    `maxMessageSize is a whole number of bytes from 0 (any) to ${UINT32_MAX}; it was ${size}.`,
  );
}
