/** Unicasts that ask whether anybody is there: only to a connected socket the system tells that a port is closed. */

import type { Clock, Timer } from '../../clock.ts';
import { KNOCK_MS } from '../transport.ts';
import { errorCode } from './advice.ts';
import type { Place } from './interfaces.ts';
import type { Endpoint } from './options.ts';
import { bind, connect, type CreateSocket, type DatagramSocket, openSocket } from './sockets.ts';

/** Sockets open at once. A refusal takes one round trip and ends its knock, so that few are open unless many hosts are mute. */
export const KNOCKS_MAX = 16;

/** How long a socket is kept for the next knock at the same place: to make one costs more than all else about a knock. */
export const KNOCK_KEPT_MS = 5_000;

/** At most one of these is called, once, and never within the call that sends. */
export interface KnockOutcomes {
  /** The host answered that no socket has that port. */
  readonly refused: () => void;
  /** Anything else that the system said. */
  readonly failed: (error: unknown) => void;
}

/** A socket that knocks at one place. */
interface Door {
  readonly socket: DatagramSocket;
  readonly connected: Promise<void>;
  /** Of the last knock. */
  outcomes: KnockOutcomes | undefined;
  /** From then on nothing is an answer to it. */
  forgottenAt: number;
  closing: Timer | undefined;
}

export class Knocks {
  readonly #createSocket: CreateSocket;
  readonly #clock: Clock;
  /** By both ends, the one used least recently first. */
  readonly #doors = new Map<string, Door>();

  constructor(createSocket: CreateSocket, clock: Clock) {
    this.#createSocket = createSocket;
    this.#clock = clock;
  }

  /** Sends a frame from an address of this computer. */
  send(frame: Uint8Array, from: Place, to: Endpoint, outcomes: KnockOutcomes): void {
    const key = `${from.address} ${to.address} ${to.port}`;
    let door = this.#doors.get(key);
    try {
      door ??= this.#open(key, from, to);
    } catch (error) {
      void Promise.resolve().then(() => outcomes.failed(error));
      return;
    }
    this.#doors.delete(key);
    this.#doors.set(key, door);
    door.outcomes = outcomes;
    door.forgottenAt = this.#clock.now() + KNOCK_MS;
    door.closing?.cancel();
    door.closing = this.#clock.schedule(KNOCK_KEPT_MS, () => this.#close(key, door));
    door.connected
      .then(() => (this.#doors.get(key) === door ? sendOn(door.socket, frame) : undefined))
      .catch((error: unknown) => this.#fail(key, door, error));
  }

  close(): void {
    for (const [key, door] of this.#doors) this.#close(key, door);
  }

  #open(key: string, from: Place, to: Endpoint): Door {
    const [oldest] = this.#doors;
    if (oldest !== undefined && this.#doors.size >= KNOCKS_MAX) this.#close(...oldest);
    const socket = openSocket(this.#createSocket, from.family, false);
    socket.unref();
    const door: Door = {
      socket,
      connected: connectFrom(socket, from, to),
      outcomes: undefined,
      forgottenAt: 0,
      closing: undefined,
    };
    socket.on('error', (error) => this.#fail(key, door, error));
    return door;
  }

  #fail(key: string, door: Door, error: unknown): void {
    const { outcomes, forgottenAt } = door;
    if (!this.#close(key, door) || this.#clock.now() >= forgottenAt) return;
    if (errorCode(error) === 'ECONNREFUSED') outcomes?.refused();
    else outcomes?.failed(error);
  }

  /** False if it was closed before. */
  #close(key: string, door: Door): boolean {
    if (this.#doors.get(key) !== door) return false;
    this.#doors.delete(key);
    door.closing?.cancel();
    door.socket.close();
    return true;
  }
}

async function connectFrom(socket: DatagramSocket, from: Place, to: Endpoint): Promise<void> {
  await bind(socket, 0, from.address);
  await connect(socket, to.port, to.address);
}

function sendOn(socket: DatagramSocket, frame: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(frame, (error) => (error === null ? resolve() : reject(error)));
  });
}
