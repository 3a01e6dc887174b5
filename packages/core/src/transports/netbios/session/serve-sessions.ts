/** Sessions over TCP, answered: the rim around {@link SessionServer}. */

import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';

import { type Clock, systemClock } from '../../../clock.ts';
import { throwIfAborted } from '../../../errors.ts';
import { systemError } from './session-error.ts';
import { SESSION_PORT, type SessionRequest } from './session-packet.ts';
import { SessionServer, type SessionService } from './session-server.ts';

/** Sessions at once. A list takes milliseconds, so that this many serve a large network; each holds one answer at most. */
export const SESSIONS_MAX = 64;

/** Sessions at once of one host, so that none takes the places of all others. */
export const SESSIONS_PER_HOST_MAX = 8;

/** A session on which no message has been complete for so long is closed; a client that still wants something comes again. */
export const SESSION_IDLE_MS_MAX = 30_000;

export interface ServeSessionsOptions {
  /** The IPv4 address to listen on; `0.0.0.0` for all of this computer's. */
  readonly host: string;
  /** Default 139, where all clients look. 0 for any that is free. */
  readonly port?: number;
  /** Who answers a session; or, if nobody does, one of `SESSION_ERRORS`. */
  readonly accept: (request: SessionRequest, peer: SessionPeer) => SessionService | number;
  /** Default: the computer's own. */
  readonly clock?: Clock;
  /** Stops it, as {@link SessionListener.close} does. */
  readonly signal?: AbortSignal;
}

/** Who connected. */
export interface SessionPeer {
  readonly address: string;
  readonly port: number;
}

/** How many connections there were, by how they ended. */
export interface SessionStats {
  readonly open: number;
  /** By their client, or refused with an answer. */
  readonly ended: number;
  /** Turned away at once: there were too many. */
  readonly turnedAway: number;
  /** Closed by us: nothing came for {@link SESSION_IDLE_MS_MAX}. */
  readonly idle: number;
  /** Closed by us, or broken: what came was malformed, or too much. */
  readonly failed: number;
}

/**
 * Listens for sessions. Rejects with `ERROR_ACCESS_DENIED` if this process may not have the port, with `ERROR_BUSY` if
 * another program has it.
 */
export async function serveSessions(options: ServeSessionsOptions): Promise<SessionListener> {
  const { host, port = SESSION_PORT, signal } = options;
  throwIfAborted(signal, 'Serving sessions');
  const server = createServer({ allowHalfOpen: true });
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (error) {
    throw systemError(`Listening on ${host}:${port}`, error);
  }
  const listener = new SessionListener(server, options);
  if (signal?.aborted) await listener.close();
  return listener;
}

/** Of a server that listens on TCP. */
function boundTo(server: Server): SessionPeer {
  const bound = server.address();
  if (bound === null || typeof bound === 'string')
    throw new TypeError('The server listens nowhere.');
  return { address: bound.address, port: bound.port };
}

export class SessionListener implements AsyncDisposable {
  /** Where it listens. */
  readonly address: SessionPeer;
  readonly #server: Server;
  readonly #options: ServeSessionsOptions;
  readonly #clock: Clock;
  readonly #sockets = new Set<Socket>();
  readonly #closed: Promise<unknown>;
  readonly #stats = { ended: 0, turnedAway: 0, idle: 0, failed: 0 };

  /** @internal */
  constructor(server: Server, options: ServeSessionsOptions) {
    this.address = boundTo(server);
    this.#server = server;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const onAbort = (): void => void this.close();
    options.signal?.addEventListener('abort', onAbort, { once: true });
    this.#closed = new Promise<void>((resolve) => server.once('close', resolve)).then(() =>
      options.signal?.removeEventListener('abort', onAbort),
    );
    server.on('connection', (socket) => this.#admit(socket));
    // A connection that the system could not accept is its client's trouble: it comes again.
    server.on('error', () => this.#stats.failed++);
  }

  get stats(): SessionStats {
    return { open: this.#sockets.size, ...this.#stats };
  }

  /** Ends every session at once, and listens no more. */
  async close(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #admit(socket: Socket): void {
    // Whatever becomes of the connection is told by the end of the conversation on it.
    socket.on('error', () => {});
    const { remoteAddress: address, remotePort: port } = socket;
    if (address === undefined || port === undefined || this.#crowded(address)) {
      this.#stats.turnedAway++;
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    void this.#serve(socket, { address, port });
  }

  #crowded(address: string): boolean {
    if (this.#sockets.size >= SESSIONS_MAX) return true;
    let ofHost = 0;
    for (const { remoteAddress } of this.#sockets) if (remoteAddress === address) ofHost++;
    return ofHost >= SESSIONS_PER_HOST_MAX;
  }

  async #serve(socket: Socket, peer: SessionPeer): Promise<void> {
    const session = new SessionServer((request) => this.#options.accept(request, peer));
    let idle = false;
    const giveUp = (): void => {
      idle = true;
      socket.destroy();
    };
    let timer = this.#clock.schedule(SESSION_IDLE_MS_MAX, giveUp);
    const answer = async function* (this: SessionListener, chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        const { messages } = session;
        for (const packet of session.receive(chunk)) {
          yield packet;
          // Whoever asks for a hundred things at once waits while others are answered.
          await setImmediate();
        }
        if (session.refused) return;
        if (session.messages === messages) continue;
        timer.cancel();
        timer = this.#clock.schedule(SESSION_IDLE_MS_MAX, giveUp);
      }
    };
    try {
      // Node reads on only when what was answered has been taken: a client that does not read is not read either.
      const chunks = socket.iterator({ destroyOnReturn: false });
      await pipeline(chunks, answer.bind(this), socket);
      this.#stats.ended++;
    } catch {
      this.#stats[idle ? 'idle' : 'failed']++;
    } finally {
      timer.cancel();
      socket.destroy();
    }
  }
}
