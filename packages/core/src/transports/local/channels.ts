/** The ways to write to a slot of this computer. */

import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Clock } from '../../clock.ts';
import { MailslotError } from '../../errors.ts';
import type { SlotPath } from '../../name.ts';
import type { Counters } from '../counters.ts';
import type { Channel, DropReason, OutgoingMessage } from '../transport.ts';
import type { Connection } from './connection.ts';
import { LOCAL_MESSAGE_BYTES_MAX } from './frame.ts';

/** How long a message to many waits for one local reader before it goes on without it. */
const PATIENCE_MS = 100;

/** To one very slot, while it lives: never to a later one of the same name. */
export class BoundChannel implements Channel {
  readonly maxMessageSize: number;
  readonly #slot: SlotPath;
  readonly #connection: Connection;
  readonly #counters: Counters;
  #closed = false;

  /** `limit` is the slot's own, 0 for none. */
  constructor(slot: SlotPath, limit: number, connection: Connection, counters: Counters) {
    this.maxMessageSize = Math.min(limit === 0 ? Infinity : limit, LOCAL_MESSAGE_BYTES_MAX);
    this.#slot = slot;
    this.#connection = connection;
    this.#counters = counters;
  }

  send(message: OutgoingMessage): Promise<void> | undefined {
    if (this.#closed) return Promise.reject(closed(this.#slot));
    const { length } = message.data;
    if (length > this.maxMessageSize) return Promise.reject(tooLarge(length, this.maxMessageSize));
    const connection = this.#connection;
    switch (connection.write(message)) {
      case 'lost':
        return Promise.reject(gone(this.#slot));
      case 'full':
        return Promise.reject(full(this.#slot));
      case 'taken':
        this.#counters.sent(length);
    }
    const room = connection.room();
    return room && this.#unlessLost(room);
  }

  close(): void {
    this.#closed = true;
    this.#connection.close();
  }

  async #unlessLost(room: Promise<void>): Promise<void> {
    await room;
    if (this.#connection.lost) throw gone(this.#slot);
  }
}

/**
 * To whoever owns the slot when a message is sent, or to nobody. The same message may go other ways as well, so a
 * reader that hangs does not hold it up for long.
 */
export class RoamingChannel implements Channel {
  readonly maxMessageSize: number = LOCAL_MESSAGE_BYTES_MAX;
  readonly #slot: SlotPath;
  readonly #connect: () => Connection | undefined;
  readonly #clock: Clock;
  readonly #counters: Counters;
  #connection: Connection | undefined;
  /** The owner has not read for {@link PATIENCE_MS}; until it does, messages pass it by. */
  #hangs = false;
  #closed = false;

  /** `connect` looks for the owner; undefined if there is none. */
  constructor(
    slot: SlotPath,
    connect: () => Connection | undefined,
    clock: Clock,
    counters: Counters,
  ) {
    this.#slot = slot;
    this.#connect = connect;
    this.#clock = clock;
    this.#counters = counters;
  }

  send(message: OutgoingMessage): Promise<void> | undefined {
    if (this.#closed) return Promise.reject(closed(this.#slot));
    const { length } = message.data;
    if (length > this.maxMessageSize) return Promise.reject(tooLarge(length, this.maxMessageSize));
    const obstacle = this.#hangs ? 'unsent' : this.#write(message);
    if (obstacle !== undefined) {
      this.#counters.drop(obstacle);
      // Who writes on and on to nobody must not keep the event loop from turning.
      return nextTurn();
    }
    this.#counters.sent(length);
    const room = this.#connection!.room();
    return room && this.#patiently(room);
  }

  close(): void {
    this.#closed = true;
    this.#connection?.close();
  }

  /** If the owner that was connected has gone, there may be another. */
  #write(message: OutgoingMessage): DropReason | undefined {
    let result = this.#connection?.write(message) ?? 'lost';
    if (result === 'lost') {
      this.#connection = this.#connect();
      result = this.#connection?.write(message) ?? 'lost';
    }
    return ({ taken: undefined, lost: 'no-slot', full: 'unsent' } as const)[result];
  }

  #patiently(room: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.schedule(PATIENCE_MS, () => {
        this.#hangs = true;
        resolve();
      });
      void room.finally(() => {
        timer.cancel();
        this.#hangs = false;
        resolve();
      });
    });
  }
}

function closed(slot: SlotPath): MailslotError {
  return new MailslotError('ERROR_INVALID_HANDLE', `The channel to ${slot.text} is closed.`);
}

function gone(slot: SlotPath): MailslotError {
  return new MailslotError(
    'ERROR_HANDLE_EOF',
    `The mailslot ${slot.text} was closed, or its process ended. Open it again once there is a new one.`,
  );
}

function full(slot: SlotPath): MailslotError {
  return new MailslotError(
    'ERROR_NOT_ENOUGH_MEMORY',
    `The reader of ${slot.text} does not keep up and no more messages can wait. Await each write.`,
  );
}

function tooLarge(size: number, most: number): MailslotError {
  return new MailslotError(
    'ERROR_INVALID_PARAMETER',
    `A message of ${size} bytes is too large here: ${most} is the most.`,
  );
}
