/** The transport between the processes of one user on this computer. */

import { DecodeError } from '../../bytes.ts';
import type { Clock } from '../../clock.ts';
import { MailslotError } from '../../errors.ts';
import { domainTag, type Scope, type SlotPath } from '../../name.ts';
import { Counters } from '../counters.ts';
import {
  type Channel,
  type Listening,
  type ListenOptions,
  type Source,
  type Station,
  type Transport,
  type TransportHost,
  type TransportInterface,
  type TransportStats,
} from '../transport.ts';
import { BoundChannel, RoamingChannel } from './channels.ts';
import { Connection } from './connection.ts';
import { LOCAL_MESSAGE_BYTES_MAX } from './frame.ts';
import { Generations } from './generations.ts';
import type { LocalAddress, WriterHello } from './hello.ts';
import { NamedPipes } from './named-pipes.ts';
import type { Rendezvous } from './rendezvous.ts';
import { defaultDirectory } from './runtime-directory.ts';
import { CONNECTIONS_MAX, SlotServer } from './slot-server.ts';
import { fromSystem, systemCode } from './system-error.ts';

export interface LocalOptions {
  /**
   * Where the sockets are. Processes meet if they use the same directory. It is made if it is missing, and must be the
   * user's own with mode 700 and a path of at most 68 bytes. Windows needs none.
   *
   * Default: `$XDG_RUNTIME_DIR/mailslot`, or `mailslot-<uid>` in the directory for temporary files.
   */
  readonly directory?: string;
}

/** An owner that closes just as one connects leaves the name to another, or to nobody. */
const OPEN_ATTEMPTS_MAX = 3;

/** What a reader that hangs may cost a network that closes. */
const FAREWELL_MS_MAX = 2000;

/**
 * Mailslots of this computer: any process of the user may write to those of any other, over a Unix socket or a named
 * pipe. A name has one owner among them; it is free again when that one closes it or dies, however it dies.
 */
export function local(options: LocalOptions = {}): Transport {
  return new LocalTransport(
    process.platform === 'win32'
      ? new NamedPipes()
      : new Generations(options.directory ?? defaultDirectory()),
  );
}

class LocalTransport implements Transport {
  readonly name: string = 'local';
  readonly reach = 'computer' as const;
  readonly #rendezvous: Rendezvous;
  readonly #counters = new Counters('local');
  readonly #servers = new Set<SlotServer>();
  readonly #connections = new Set<Connection>();
  #host: TransportHost | undefined;
  #referenced = true;

  constructor(rendezvous: Rendezvous) {
    this.#rendezvous = rendezvous;
  }

  /** Rejects with `ERROR_ACCESS_DENIED` or `ERROR_FILENAME_EXCED_RANGE` if the directory will not do. */
  async start(host: TransportHost): Promise<void> {
    this.#rendezvous.prepare();
    this.#host = host;
  }

  /** Rejects with `ERROR_ALREADY_EXISTS` if a living process has the slot. */
  async listen(slot: SlotPath, options: ListenOptions): Promise<Listening> {
    const server = new SlotServer(slot, options, this.#running(), this.#counters);
    await server.claim(this.#rendezvous);
    if (this.#host === undefined) {
      await server.close();
      throw notRunning();
    }
    this.#servers.add(server);
    if (!this.#referenced) server.unref();
    return {
      close: async () => {
        await server.close();
        this.#servers.delete(server);
      },
    };
  }

  /** Scope `local` rejects with `ERROR_FILE_NOT_FOUND` without an owner, `ERROR_BUSY` if it hangs or has too many writers. */
  async open(scope: Scope, slot: SlotPath): Promise<Channel> {
    const { station, clock } = this.#running();
    const hello: WriterHello = {
      station: station.id,
      from: station.computerName,
      address: addressOf(scope, station),
    };
    if (scope.kind === 'local') return this.#bind(slot, hello, clock);
    return new RoamingChannel(slot, () => this.#reach(slot, hello), clock, this.#counters);
  }

  reply(source: Source): never {
    throw new MailslotError(
      'ERROR_NOT_SUPPORTED',
      `There is no way back to ${source.id}: on one computer, write to a slot by its name.`,
    );
  }

  maxMessageSize(): number {
    return LOCAL_MESSAGE_BYTES_MAX;
  }

  interfaces(): readonly TransportInterface[] {
    return [];
  }

  stats(): TransportStats {
    return this.#counters.snapshot({
      slots: this.#servers.size,
      readers: this.#connections.size,
      writers: [...this.#servers].reduce((sum, server) => sum + server.writers, 0),
    });
  }

  unref(): void {
    this.#referenced = false;
    for (const server of this.#servers) server.unref();
  }

  async stop(): Promise<void> {
    const host = this.#host;
    this.#host = undefined;
    const hangs = host?.clock.schedule(FAREWELL_MS_MAX, () => {
      for (const connection of this.#connections) connection.destroy();
    });
    for (const connection of this.#connections) connection.close();
    await Promise.all([
      ...Array.from(this.#servers, (server) => server.close()),
      ...Array.from(this.#connections, (connection) => connection.closed),
    ]);
    this.#servers.clear();
    hangs?.cancel();
  }

  #running(): TransportHost {
    if (this.#host === undefined) throw notRunning();
    return this.#host;
  }

  /** A channel to the slot that is there now, once its owner has answered. */
  async #bind(slot: SlotPath, hello: WriterHello, clock: Clock): Promise<Channel> {
    let obstacle: unknown;
    for (let attempt = 0; attempt < OPEN_ATTEMPTS_MAX; attempt++) {
      this.#running();
      const connection = this.#connect(slot, hello);
      if (connection === undefined) throw notFound(slot);
      try {
        const { maxMessageSize } = await connection.greeting(clock);
        return new BoundChannel(slot, maxMessageSize, connection, this.#counters);
      } catch (error) {
        connection.destroy();
        obstacle = error;
        if (!PASSING.has(systemCode(error) ?? '')) break;
      }
    }
    throw cannotOpen(slot, obstacle);
  }

  /** A connection to whoever owns the slot; undefined if nobody does, or nobody can tell. */
  #reach(slot: SlotPath, hello: WriterHello): Connection | undefined {
    try {
      return this.#host && this.#connect(slot, hello);
    } catch {
      return undefined;
    }
  }

  #connect(slot: SlotPath, hello: WriterHello): Connection | undefined {
    const path = this.#rendezvous.find(slot);
    if (path === undefined) return undefined;
    const connection = new Connection(path, hello);
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
    return connection;
  }
}

/** What one meets when an owner closes at that moment: it may have a successor. */
const PASSING: ReadonlySet<string> = new Set(['ENOENT', 'EPIPE', 'ECONNRESET', 'ERROR_HANDLE_EOF']);

function cannotOpen(slot: SlotPath, obstacle: unknown): MailslotError {
  const code = systemCode(obstacle);
  if (code === 'ECONNREFUSED' || code === 'ENOENT') return notFound(slot, obstacle);
  const failed = `Cannot open the mailslot ${slot.text}`;
  if (obstacle instanceof DecodeError) {
    return new MailslotError(
      'ERROR_NOT_SUPPORTED',
      `${failed}: its owner speaks another version of the protocol. Use the same on both sides.`,
      { cause: obstacle },
    );
  }
  if (PASSING.has(code ?? '')) {
    return new MailslotError(
      'ERROR_BUSY',
      `${failed}: its owner takes no more than ${CONNECTIONS_MAX} writers. Close one, or share it.`,
      { cause: obstacle },
    );
  }
  return fromSystem(obstacle, failed, 'Try again.');
}

function notFound(slot: SlotPath, cause?: unknown): MailslotError {
  return new MailslotError(
    'ERROR_FILE_NOT_FOUND',
    `No mailslot ${slot.text} is open on this computer. Its reader must create it first.`,
    { cause },
  );
}

function notRunning(): MailslotError {
  return new MailslotError('ERROR_INVALID_HANDLE', 'The transport is not running.');
}

/** For this computer alone, a message is for whoever reads it; else it says whom it is for, as on a LAN. */
function addressOf(scope: Scope, station: Station): LocalAddress {
  switch (scope.kind) {
    case 'local':
      return { kind: 'direct' };
    case 'domain':
      return { kind: 'domain', tag: domainTag(station.domain) };
    case 'name':
      return scope;
  }
}
