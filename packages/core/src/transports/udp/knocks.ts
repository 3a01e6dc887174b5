/** Unicasts that ask whether anybody is there: only to a connected socket the system tells that a port is closed. */

import type { Clock } from '../../clock.ts';
import { KNOCK_MS } from '../transport.ts';
import { errorCode } from './advice.ts';
import type { Place } from './interfaces.ts';
import type { Endpoint } from './options.ts';
import { bind, connect, type CreateSocket, type DatagramSocket, openSocket } from './sockets.ts';

/** Sockets open at once. A refusal takes one round trip and ends its knock, so that few are open unless many hosts are mute. */
export const KNOCKS_MAX = 16;

/** At most one of these is called, once, and never within the call that sends. */
export interface KnockOutcomes {
  /** The host answered that no socket has that port. */
  readonly refused: () => void;
  /** Anything else that the system said. */
  readonly failed: (error: unknown) => void;
}

export class Knocks {
  readonly #createSocket: CreateSocket;
  readonly #clock: Clock;
  /** How to end each, the oldest first. */
  readonly #open = new Set<(error?: unknown) => void>();

  constructor(createSocket: CreateSocket, clock: Clock) {
    this.#createSocket = createSocket;
    this.#clock = clock;
  }

  /** Sends a frame from an address of this computer. */
  send(frame: Uint8Array, from: Place, to: Endpoint, { refused, failed }: KnockOutcomes): void {
    if (this.#open.size >= KNOCKS_MAX) this.#endOldest();
    const socket = openSocket(this.#createSocket, from.family, false);
    const end = (error?: unknown): void => {
      if (!this.#open.delete(end)) return;
      timer.cancel();
      socket.close();
      if (errorCode(error) === 'ECONNREFUSED') refused();
      else if (error !== undefined) failed(error);
    };
    const timer = this.#clock.schedule(KNOCK_MS, end);
    this.#open.add(end);
    socket.unref();
    socket.on('error', end);
    sendOnce(socket, frame, from, to).catch(end);
  }

  close(): void {
    for (const end of this.#open) end();
  }

  #endOldest(): void {
    const [oldest] = this.#open;
    oldest?.();
  }
}

async function sendOnce(
  socket: DatagramSocket,
  frame: Uint8Array,
  from: Place,
  { port, address }: Endpoint,
): Promise<void> {
  await bind(socket, 0, from.address);
  await connect(socket, port, address);
  await new Promise<void>((resolve, reject) => {
    socket.send(frame, (error) => (error === null ? resolve() : reject(error)));
  });
}
