/** The answering end of a session on which messages are sent: requests in, answers out, messages to whoever wants them. */

import { DecodeError } from '@mailslot/core/internal';
import {
  decodeSmbMessage,
  encodeSmbMessage,
  type SessionService,
} from '@mailslot/core/netbios/internal';

import type { WireMessage } from './mailslot-message.ts';
import {
  BLOCK_BYTES_MAX,
  decodeMessageCommand,
  MESSAGE_COMMAND,
  type MessageCommand,
  NAME_BYTES_MAX,
} from './message-commands.ts';
import { TEXT_BYTES_MAX } from './message-text.ts';

/** Statuses of the class ERRSRV ([MS-CIFS] 2.2.2.4), as messages have them: with a class and a code. */
export const MESSAGE_STATUS = {
  SUCCESS: 0,
  /** The request makes no sense here. */
  ERROR: 0x0001_0002,
  /** This command is not spoken here. */
  BAD_COMMAND: 0x0040_0002,
  /** The message is longer than anybody will read. */
  NO_ROOM: 0x0053_0002,
} as const;

/** A header, two names and a block, with room to spare. */
const REQUEST_BYTES_MAX = 64 + 2 * (NAME_BYTES_MAX + 2) + BLOCK_BYTES_MAX;

interface Group extends Omit<WireMessage, 'text'> {
  readonly id: number;
  readonly blocks: Uint8Array[];
  bytes: number;
}

export class MessageSession implements SessionService {
  readonly messageBytesMax: number = REQUEST_BYTES_MAX;
  readonly #received: (message: WireMessage) => void;
  /** One message after the other: a sender that begins another has given up the first. */
  #group: Group | undefined;
  #groups = 0;

  constructor(received: (message: WireMessage) => void) {
    this.#received = received;
  }

  *receive(message: Uint8Array): Generator<Uint8Array, void, undefined> {
    const { header, blocks } = decodeSmbMessage(message);
    if (header.response) throw new DecodeError('a request', 9);
    const [block] = blocks;
    const request = decodeMessageCommand(block);
    const status = request === undefined ? MESSAGE_STATUS.BAD_COMMAND : this.#take(request);
    const started = block.command === MESSAGE_COMMAND.START;
    yield encodeSmbMessage(
      { ...header, flags2: 0, status, response: true },
      {
        command: block.command,
        ...(started ? { words: Uint8Array.of(this.#groups & 0xff, this.#groups >>> 8) } : {}),
      },
    );
  }

  #take(request: MessageCommand): number {
    switch (request.command) {
      case MESSAGE_COMMAND.SINGLE:
        this.#received(request);
        return MESSAGE_STATUS.SUCCESS;
      case MESSAGE_COMMAND.START: {
        const { from, to } = request;
        this.#groups = (this.#groups + 1) & 0xffff;
        this.#group = { id: this.#groups, from, to, blocks: [], bytes: 0 };
        return MESSAGE_STATUS.SUCCESS;
      }
      case MESSAGE_COMMAND.TEXT:
        return this.#append(request);
      case MESSAGE_COMMAND.END:
        return this.#end(request);
    }
  }

  #append({ group: id, text }: { readonly group: number; readonly text: Uint8Array }): number {
    const group = this.#group;
    if (group?.id !== id) return MESSAGE_STATUS.ERROR;
    if (group.bytes + text.length > TEXT_BYTES_MAX) {
      this.#group = undefined;
      return MESSAGE_STATUS.NO_ROOM;
    }
    group.bytes += text.length;
    group.blocks.push(text);
    return MESSAGE_STATUS.SUCCESS;
  }

  #end({ group: id }: { readonly group: number }): number {
    const group = this.#group;
    if (group?.id !== id) return MESSAGE_STATUS.ERROR;
    this.#group = undefined;
    const { from, to, blocks } = group;
    const text = new Uint8Array(group.bytes);
    let at = 0;
    for (const block of blocks) {
      text.set(block, at);
      at += block.length;
    }
    this.#received({ from, to, text });
    return MESSAGE_STATUS.SUCCESS;
  }
}
