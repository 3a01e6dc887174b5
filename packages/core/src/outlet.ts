/** Ways out: what a writer writes through, one for each kind of target. */

import { MailslotError } from './errors.ts';
import type { Scope, SlotPath } from './name.ts';
import type { Owner } from './route.ts';
import type { Switchboard } from './switchboard.ts';
import type { Channel, Transport } from './transports/transport.ts';

export interface SendOptions {
  /** Leave the computer name out of frames: the payload says who sent it. */
  readonly anonymous?: boolean;
}

export interface Outlet {
  /** The most bytes a message may have. */
  readonly maxMessageSize: number;
  /** Hands a message over. A promise means "wait before the next". Throws or rejects only for what is known here. */
  write(data: Uint8Array, options?: SendOptions): Promise<void> | undefined;
  close(): void;
}

/** To a mailslot of this very process. */
export class OwnOutlet implements Outlet {
  readonly maxMessageSize: number;
  readonly #switchboard: Switchboard;
  readonly #path: SlotPath;
  readonly #owner: Owner;

  constructor(switchboard: Switchboard, path: SlotPath, owner: Owner) {
    this.#switchboard = switchboard;
    this.#path = path;
    this.#owner = owner;
    this.maxMessageSize = owner.maxMessageSize || Infinity;
  }

  write(data: Uint8Array): undefined {
    // A mailslot made later under the same name is another: this writer never reaches it.
    if (this.#switchboard.ownerOf(this.#path) !== this.#owner) throw gone(this.#path);
    if (data.length > this.maxMessageSize) {
      throw tooLarge('ERROR_INVALID_PARAMETER', data, this.#path, this.maxMessageSize);
    }
    const { sequence } = this.#switchboard.compose(this.#path, data, false);
    this.#owner.receive(
      this.#switchboard.ownDatagram({ kind: 'local' }, this.#path, sequence, data),
    );
  }

  close(): void {}
}

/** A channel and how far its transport reaches. */
export interface Branch {
  readonly reach: Transport['reach'];
  readonly channel: Channel;
}

/** To other processes and stations, over every transport that reaches them. */
export class SharedOutlet implements Outlet {
  readonly maxMessageSize: number;
  readonly #switchboard: Switchboard;
  readonly #scope: Scope;
  readonly #path: SlotPath;
  readonly #branches: readonly Branch[];
  readonly #includesSelf: boolean;

  constructor(switchboard: Switchboard, scope: Scope, path: SlotPath, branches: readonly Branch[]) {
    this.#switchboard = switchboard;
    this.#scope = scope;
    this.#path = path;
    this.#branches = branches;
    this.#includesSelf = scope.kind !== 'local' && switchboard.includesSelf(scope);
    this.maxMessageSize = Math.min(...branches.map((branch) => branch.channel.maxMessageSize));
  }

  write(data: Uint8Array, { anonymous = false }: SendOptions = {}): Promise<void> | undefined {
    if (data.length > this.maxMessageSize) {
      const code = this.#scope.kind === 'local' ? 'ERROR_INVALID_PARAMETER' : 'ERROR_BAD_NETPATH';
      throw tooLarge(code, data, this.#path, this.maxMessageSize);
    }
    const message = this.#switchboard.compose(this.#path, data, anonymous);
    let owned = false;
    if (this.#includesSelf) {
      owned = this.#switchboard.ownerOf(this.#path) !== undefined;
      this.#switchboard.deliverToSelf(this.#scope, this.#path, message);
    }
    let waits: Promise<void> | undefined;
    for (const { reach, channel } of this.#branches) {
      // The name's one owner on this computer is this process: nobody else here is to be reached.
      if (owned && reach === 'computer') continue;
      const sent = channel.send(message);
      const wait = this.#branches.length > 1 && sent !== undefined ? perhaps(sent) : sent;
      if (wait !== undefined) waits = waits === undefined ? wait : both(waits, wait);
    }
    return waits;
  }

  close(): void {
    for (const { channel } of this.#branches) channel.close();
  }
}

/** To the one station that a datagram came from; this one, if there is no channel. */
export class ReplyOutlet implements Outlet {
  readonly maxMessageSize: number;
  readonly #switchboard: Switchboard;
  readonly #path: SlotPath;
  readonly #channel: Channel | undefined;

  constructor(switchboard: Switchboard, path: SlotPath, channel: Channel | undefined) {
    this.#switchboard = switchboard;
    this.#path = path;
    this.#channel = channel;
    this.maxMessageSize = channel?.maxMessageSize ?? Infinity;
  }

  write(data: Uint8Array, { anonymous = false }: SendOptions = {}): Promise<void> | undefined {
    if (data.length > this.maxMessageSize) {
      throw tooLarge('ERROR_BAD_NETPATH', data, this.#path, this.maxMessageSize);
    }
    const message = this.#switchboard.compose(this.#path, data, anonymous);
    if (this.#channel !== undefined) return this.#channel.send(message);
    this.#switchboard.deliverToSelf({ kind: 'local' }, this.#path, message);
    return undefined;
  }

  close(): void {
    this.#channel?.close();
  }
}

/** One transport knows that nobody on its network has the name: on those of the others somebody may. */
async function perhaps(sent: Promise<void>): Promise<void> {
  try {
    await sent;
  } catch (error) {
    if (!(error instanceof MailslotError) || error.code !== 'ERROR_BAD_NETPATH') throw error;
  }
}

async function both(first: Promise<void>, second: Promise<void>): Promise<void> {
  await Promise.all([first, second]);
}

/** The error for a message that the slot, or the way to it, does not take. */
function tooLarge(
  code: 'ERROR_INVALID_PARAMETER' | 'ERROR_BAD_NETPATH',
  data: Uint8Array,
  path: SlotPath,
  bytesMax: number,
): MailslotError {
  return new MailslotError(
    code,
    `A message of ${data.length} bytes is too large for the mailslot ${path.text}: ${bytesMax} is the most. Send it in parts.`,
  );
}

/** The error for a writer whose mailslot has gone. */
function gone(path: SlotPath): MailslotError {
  return new MailslotError(
    'ERROR_HANDLE_EOF',
    `The mailslot ${path.text} was closed by its reader. Open it again once there is a new one.`,
  );
}
