/**
 * Doorbell and pull: a ring is a hint of a few bytes that may be lost, forged or doubled; whoever hears it fetches what
 * there is by a way of its own. So Unimodem's helper tells its provider, and TAPI's server its clients.
 */

import type { CallOptions, Mailslot, Message, Network } from '@mailslot/core';
import { DecodeError, surface } from '@mailslot/core/internal';

import {
  decodeResponderMessage,
  encodeResponderMessage,
  isResponderMessage,
} from './responder/message.ts';

export interface DoorbellOptions extends CallOptions {
  /**
   * Fetches what there is, of all contexts that were rung for since the last time. It is called once at the start, with
   * none: rings from before were for nobody. While it runs, rings gather for the next call. What it throws is an uncaught
   * exception, as from any listener.
   */
  readonly pull: (contexts: ReadonlySet<number>) => unknown;
}

/** In messages. */
export interface DoorbellStats {
  readonly rings: number;
  readonly pulls: number;
  /** What others wrote to the slot in formats of their own. */
  readonly foreign: number;
}

/** Contexts that gather while a pull runs. Rings for more of them are as good as lost: a pull fetches all there is anyway. */
const CONTEXTS_MAX = 1024;

/**
 * Hangs up a doorbell: a mailslot on this computer, such as `\\.\mailslot\53cb31a0\UnimodemNotifyTSP`. Rejects
 * as `createMailslot()` does.
 */
export async function createDoorbell(
  network: Network,
  name: string,
  { pull, ...options }: DoorbellOptions,
): Promise<Doorbell> {
  return new Doorbell(await network.createMailslot(name, options), pull);
}

/**
 * Rings, for a context that both ends agreed on: a whole number, 0 to 2³² - 1. Rejects with `ERROR_FILE_NOT_FOUND` if the
 * bell is to be on this computer and nobody has hung one up, and otherwise as `network.send()` does.
 */
export async function ringDoorbell(
  network: Network,
  name: string,
  context: number = 0,
  options: CallOptions = {},
): Promise<void> {
  await network.send(name, encodeResponderMessage({ kind: 'ring', context }), options);
}

/** Made by {@link createDoorbell}. */
export class Doorbell implements AsyncDisposable {
  readonly #mailslot: Mailslot;
  readonly #pull: DoorbellOptions['pull'];
  readonly #stats = { rings: 0, pulls: 0, foreign: 0 };
  #rung = new Set<number>();
  #wanted = true;
  #pulling = false;

  constructor(mailslot: Mailslot, pull: DoorbellOptions['pull']) {
    this.#mailslot = mailslot;
    this.#pull = pull;
    mailslot.on('message', (message) => this.#receive(message));
    void this.#pullAll();
  }

  stats(): DoorbellStats {
    return { ...this.#stats };
  }

  /** Takes the bell down. A pull that runs is not waited for. Idempotent. */
  async close(): Promise<void> {
    this.#wanted = false;
    await this.#mailslot.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #receive({ data }: Message): void {
    const context = contextIn(data);
    if (context === undefined) {
      this.#stats.foreign++;
      return;
    }
    this.#stats.rings++;
    if (this.#rung.size < CONTEXTS_MAX) this.#rung.add(context);
    this.#wanted = true;
    void this.#pullAll();
  }

  /** One pull at a time, until nothing has been rung for since. */
  async #pullAll(): Promise<void> {
    if (this.#pulling) return;
    this.#pulling = true;
    while (this.#wanted) {
      this.#wanted = false;
      const contexts = this.#rung;
      this.#rung = new Set();
      this.#stats.pulls++;
      try {
        await this.#pull(contexts);
      } catch (error) {
        surface(() => {
          throw error;
        });
      }
    }
    this.#pulling = false;
  }
}

function contextIn(data: Uint8Array): number | undefined {
  if (!isResponderMessage(data)) return undefined;
  try {
    const message = decodeResponderMessage(data);
    return message.kind === 'ring' ? message.context : undefined;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
