/** The owner's end: takes the connections of writers and hands their messages up. */

import { createServer, type Server, type Socket } from 'node:net';

import { DecodeError } from '../../bytes.ts';
import type { SlotPath } from '../../name.ts';
import type { Counters } from '../counters.ts';
import type { DropReason, Listening, ListenOptions, Source, TransportHost } from '../transport.ts';
import { encodeFrame, FrameParser, LOCAL_MESSAGE_BYTES_MAX } from './frame.ts';
import {
  decodeWriterHello,
  encodeOwnerHello,
  HELLO_BYTES_MAX,
  recogniseHello,
  type WriterHello,
} from './hello.ts';
import type { Claim, Rendezvous } from './rendezvous.ts';
import { close } from './sockets.ts';
import { fromSystem } from './system-error.ts';

/** Writers at one time, each a file descriptor: what a process may usually open by default. */
export const CONNECTIONS_MAX = 1024;

export class SlotServer implements Listening {
  readonly #slot: SlotPath;
  readonly #host: TransportHost;
  readonly #counters: Counters;
  readonly #hello: Uint8Array;
  readonly #server: Server;
  readonly #connections = new Set<Socket>();
  #claim: Claim | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    slot: SlotPath,
    { maxMessageSize }: ListenOptions,
    host: TransportHost,
    counters: Counters,
  ) {
    this.#slot = slot;
    this.#host = host;
    this.#counters = counters;
    this.#hello = encodeFrame('hello', 0, encodeOwnerHello({ maxMessageSize }));
    this.#server = createServer((socket) => this.#welcome(socket));
    this.#server.maxConnections = CONNECTIONS_MAX;
    // Each is reported where it matters.
    this.#server.on('error', () => {});
  }

  /** Connected now. */
  get writers(): number {
    return this.#connections.size;
  }

  /** Rejects with `ERROR_ALREADY_EXISTS` if the slot has an owner. */
  async claim(rendezvous: Rendezvous): Promise<void> {
    this.#claim = await rendezvous.claim(this.#slot, this.#server, this.#host.random);
    // That there are no more file descriptors, say. Told once, because whoever connects would cause it again.
    this.#server.once('error', (error) => {
      const failed = `The mailslot ${this.#slot.text} cannot take a writer`;
      this.#host.problem(fromSystem(error, failed, 'Others may try again.'));
    });
  }

  /** Lets the process end although this listens. */
  unref(): void {
    this.#server.unref();
  }

  /** The name is free before this returns, the rest is done when it resolves. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#claim?.release();
    const closed = close(this.#server);
    for (const socket of this.#connections) socket.destroy();
    await closed;
  }

  #welcome(socket: Socket): void {
    const inlet = new Inlet(this.#slot, this.#host, this.#counters);
    this.#connections.add(socket);
    // It is for the server to keep the process alive, not for those who happen to write.
    socket.unref();
    // A writer that was killed.
    socket.on('error', () => {});
    let greeted = false;
    socket.on('data', (chunk) => {
      if (!inlet.push(chunk)) {
        socket.destroy();
        return;
      }
      // A writer may have written and gone before we have time for it. To write to it then is an error, after which Node
      // reads no more of what it left: so it is greeted once that has been read.
      if (greeted || chunk.length >= READ_BYTES_MAX) return;
      greeted = true;
      socket.write(this.#hello);
    });
    socket.on('close', () => {
      this.#connections.delete(socket);
      if (this.#closing === undefined) inlet.end();
    });
  }
}

/** As much as Node reads from a socket at a time: less, and nothing is left. */
const READ_BYTES_MAX = 65_536;

/** What comes in from one writer. */
class Inlet {
  readonly #slot: SlotPath;
  readonly #host: TransportHost;
  readonly #counters: Counters;
  readonly #parser = new FrameParser(HELLO_BYTES_MAX, (kind, sequence, data) => {
    if (this.#writer === undefined) this.#meet(data);
    else if (kind === 'hello') throw new DecodeError('a message', 0);
    else this.#deliver(sequence, data, kind === 'anonymous' ? '' : this.#writer.from);
  });
  #writer: WriterHello | undefined;
  #source!: Source;
  #refusal: DropReason | undefined;

  constructor(slot: SlotPath, host: TransportHost, counters: Counters) {
    this.#slot = slot;
    this.#host = host;
    this.#counters = counters;
  }

  /** False if these are no bytes of a writer; they are counted, and nothing after them makes sense. */
  push(chunk: Uint8Array): boolean {
    try {
      this.#parser.push(chunk);
      return true;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#refusal ??= 'malformed';
      this.#counters.drop(this.#refusal);
      return false;
    }
  }

  /** No more will come. */
  end(): void {
    if (this.#parser.incomplete && this.#refusal === undefined) this.#counters.drop('incomplete');
  }

  #meet(hello: Uint8Array): void {
    this.#refusal = recogniseHello(hello);
    this.#writer = decodeWriterHello(hello);
    this.#source = {
      transport: 'local',
      id: `local:${Buffer.from(this.#writer.station, 'latin1').toString('hex')}`,
      trust: 'local',
      address: undefined,
      interfaces: [],
    };
    this.#parser.dataBytesMax = LOCAL_MESSAGE_BYTES_MAX;
  }

  #deliver(sequence: number, data: Uint8Array, from: string): void {
    const { address, station } = this.#writer!;
    this.#counters.received(data.length);
    const dropped = this.#host.receive({
      slot: this.#slot.key,
      address,
      station,
      sequence,
      from,
      source: this.#source,
      data,
    });
    if (dropped !== undefined) this.#counters.drop(dropped);
  }
}
