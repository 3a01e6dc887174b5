/** A writer's connection to the owner of a slot. */

import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Clock } from '../../clock.ts';
import { MailslotError } from '../../errors.ts';
import type { OutgoingMessage } from '../transport.ts';
import { encodeFrame, FRAME_HEADER_BYTES, FrameParser, writeFrame } from './frame.ts';
import {
  decodeOwnerHello,
  encodeWriterHello,
  HELLO_BYTES_MAX,
  type OwnerHello,
  type WriterHello,
} from './hello.ts';

/** What goes to the system in one call: enough to make the call cheap, little enough to keep the reader busy meanwhile. */
const BATCH_BYTES = 64 * 1024;

/** What may wait for a reader that does not keep up: as much as a slot holds. Only who ignores `room()` gets here. */
const BACKLOG_BYTES_MAX = 64 * 1024 * 1024;

/** An owner that lives says hello within microseconds, a very busy one within a second. */
const GREETING_MS_MAX = 5000;

/** `lost`: the owner is gone, and the message has not reached it. `full`: too much waits already. */
export type WriteResult = 'taken' | 'lost' | 'full';

/** Connections that may hold unsent messages when the process ends. */
const open = new Set<Connection>();

/** A message that was taken is sent, even if the next statement is `process.exit()`. */
function flushAll(): void {
  for (const connection of open) connection.flush();
}

/**
 * Messages of one turn of the event loop go together, but the first of them at once: if it is alone it need not wait,
 * and it shows whether the owner is still there.
 *
 * The socket does not keep the process alive. What waits to be sent does.
 */
export class Connection {
  /** Resolves when the socket is closed. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  #batch: Buffer | undefined;
  #batchLength = 0;
  /** The first message of this turn was sent; the others go when it ends. */
  #turnBegun = false;
  /** A batch was filled since the event loop last turned. */
  #batchFilled = false;
  #lost = false;
  #room: Promise<void> | undefined;
  #makeRoom: () => void = () => {};

  constructor(path: string, hello: WriterHello) {
    const socket = connect(path).unref();
    this.#socket = socket;
    const lose = (): void => {
      this.#lost = true;
    };
    socket.on('error', lose).on('end', lose);
    socket.on('drain', () => this.#endWait()).on('finish', () => this.#endWait());
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        lose();
        this.#endWait();
        open.delete(this);
        if (open.size === 0) process.off('exit', flushAll);
        resolve();
      });
    });
    if (open.size === 0) process.on('exit', flushAll);
    open.add(this);
    // The owner says hello and nothing else; who wants to know calls greeting().
    socket.resume();
    socket.write(encodeFrame('hello', 0, encodeWriterHello(hello)));
  }

  /** The owner closed the slot, or its process ended. */
  get lost(): boolean {
    return this.#lost || this.#socket.errored !== null;
  }

  /** What the owner says first. Rejects with the reason if the connection is closed instead. */
  greeting(clock: Clock): Promise<OwnerHello> {
    const socket = this.#socket.ref();
    return new Promise((resolve, reject) => {
      const timer = clock.schedule(GREETING_MS_MAX, () => socket.destroy(silent()));
      const parser = new FrameParser(HELLO_BYTES_MAX, (_kind, _sequence, data) => {
        resolve(decodeOwnerHello(data));
        timer.cancel();
        socket.unref();
      });
      socket.on('data', (chunk) => {
        try {
          parser.push(chunk);
        } catch (error) {
          reject(error);
          socket.destroy();
        }
      });
      socket.once('error', reject);
      socket.once('close', () => {
        timer.cancel();
        reject(new MailslotError('ERROR_HANDLE_EOF', 'The owner closed the connection.'));
      });
    });
  }

  write({ sequence, data, anonymous }: OutgoingMessage): WriteResult {
    if (this.lost) return 'lost';
    const socket = this.#socket;
    if (socket.writableLength > BACKLOG_BYTES_MAX) return 'full';
    const kind = anonymous ? 'anonymous' : 'message';
    const frameLength = FRAME_HEADER_BYTES + data.length;
    if (this.#batchLength + frameLength > BATCH_BYTES) {
      this.flush();
      this.#batchFilled = true;
    }
    if (frameLength > BATCH_BYTES) {
      socket.write(encodeFrame(kind, sequence, data));
    } else {
      this.#batch ??= Buffer.allocUnsafeSlow(BATCH_BYTES);
      this.#batchLength = writeFrame(this.#batch, this.#batchLength, kind, sequence, data);
    }
    if (!this.#turnBegun) this.#beginTurn();
    // A write that fails leaves its error at once, and emits it later.
    return socket.errored === null ? 'taken' : 'lost';
  }

  /** What to wait for before the next message, if anything. It resolves, too, when the connection is lost. */
  room(): Promise<void> | undefined {
    if (this.#socket.writableNeedDrain) {
      this.#room ??= new Promise((resolve) => {
        this.#makeRoom = resolve;
      });
      return this.#room;
    }
    if (!this.#batchFilled) return undefined;
    this.#batchFilled = false;
    // Who awaits only what is there already would keep the event loop from turning.
    return nextTurn();
  }

  /** Sends what has gathered. */
  flush(): void {
    const batch = this.#batch?.subarray(0, this.#batchLength);
    this.#batchLength = 0;
    if (batch === undefined || batch.length === 0) return;
    if (this.#socket.writableLength > 0) {
      // It has to wait its turn, in no more memory than it needs.
      this.#socket.write(Buffer.from(batch));
      return;
    }
    this.#socket.write(batch);
    // What the system did not take at once, it will take from there.
    if (this.#socket.writableLength > 0) this.#batch = undefined;
  }

  /** Closes once everything is sent. */
  close(): void {
    this.flush();
    this.#socket.destroySoon();
  }

  /** Closes at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  #beginTurn(): void {
    this.#turnBegun = true;
    this.flush();
    process.nextTick(() => {
      this.#turnBegun = false;
      this.flush();
    });
  }

  #endWait(): void {
    this.#room = undefined;
    this.#makeRoom();
  }
}

function silent(): MailslotError {
  return new MailslotError(
    'ERROR_BUSY',
    `The owner of the mailslot lives but has not answered for ${GREETING_MS_MAX} ms. Try again.`,
  );
}
