/** The answering end: it hears what is asked of all on a slot, and answers whoever asked, each after a while of its own. */

import { type CallOptions, MailslotError, type Network, type Timer } from '@mailslot/core';
import {
  type Datagram,
  DecodeError,
  slotPath,
  type Source,
  type Subscription,
  surface,
  switchboardOf,
  type Switchboard,
  throwIfAborted,
  uniform,
  utf8Bytes,
} from '@mailslot/core/internal';

import { bytesOf } from './body.ts';
import {
  decodeResponderMessage,
  encodeResponderMessage,
  isResponderMessage,
  NAME_BYTES_MAX,
  type Question,
  WINDOW_MS_MIN,
} from './message.ts';
import { REPLY_PREFIX } from './reply-slot.ts';

export interface ResponderOptions extends CallOptions {
  /**
   * What to answer; undefined for nothing. It may take its time, but whoever asked waits only so long. What it throws is
   * an uncaught exception, as from any listener.
   */
  readonly answer: (
    question: AskedQuestion,
  ) => Uint8Array | string | undefined | Promise<Uint8Array | string | undefined>;
  /** Who answers, at most 255 bytes. Default: the computer name. */
  readonly name?: string;
  /** Also says unasked that it is there: at the start, every so often, and when it leaves. Default: it does not. */
  readonly announce?: AnnounceOptions;
}

export interface AnnounceOptions {
  /** Whole seconds, 1 to 65 535. */
  readonly everySeconds: number;
  readonly body?: Uint8Array | string;
}

/** A question as it came. Nothing in it is proven. */
export interface AskedQuestion {
  readonly body: Uint8Array;
  /** The body as UTF-8; malformed bytes become U+FFFD. */
  readonly text: () => string;
  /** The computer that asks, as it says; '' if it does not. */
  readonly from: string;
  /** Where the question came from; undefined within one process. */
  readonly address: string | undefined;
}

/** What became of all that came to a responder, in messages. */
export interface ResponderStats {
  readonly asked: number;
  readonly answered: number;
  /** Questions beyond what may wait for their answer. */
  readonly refused: number;
  /** Answers that could not be sent: too large, or to a place that is gone. */
  readonly unsent: number;
  /** What others write to the slot in formats of their own, and what is damaged. */
  readonly foreign: number;
}

/** Questions that wait for their answer. With {@link WINDOW_MS_MIN}, whoever forges questions gets 256 answers a second. */
const WAITING_MAX = 64;

/** The next announcement comes this much of its period early at most, lest those that started together stay together. */
const JITTER = 0.1;

/**
 * Answers what is asked of all on a mailslot, such as `HydraLsServer`. Many may do so, also on one computer. An answer
 * goes where its question came from, and nowhere else.
 *
 * Rejects as `createMailslot()` does, except that the name may be in use; with `ERROR_INVALID_PARAMETER` for options out
 * of range.
 */
export async function createResponder(
  network: Network,
  slot: string,
  options: ResponderOptions,
): Promise<Responder> {
  throwIfAborted(options.signal, 'Creating the responder');
  checkOptions(options);
  const responder = new Responder(network, slot, options);
  await responder.start();
  return responder;
}

/** Made by {@link createResponder}. */
export class Responder implements AsyncDisposable {
  readonly name: string;
  readonly #switchboard: Switchboard;
  readonly #slot: string;
  readonly #options: ResponderOptions;
  readonly #waiting = new Map<string, Timer>();
  readonly #stats = { asked: 0, answered: 0, refused: 0, unsent: 0, foreign: 0 };
  #subscription: Subscription | undefined;
  #announcing: Timer | undefined;
  #closing: Promise<void> | undefined;

  constructor(network: Network, slot: string, options: ResponderOptions) {
    this.#switchboard = switchboardOf(network);
    this.#slot = slot;
    this.#options = options;
    this.name = options.name ?? network.computerName;
  }

  async start(): Promise<void> {
    const path = slotPath(this.#slot);
    this.#subscription = await this.#switchboard.subscribe(path, (datagram) =>
      this.#receive(datagram),
    );
    if (this.#options.announce !== undefined) await this.#announce(this.#options.announce);
  }

  stats(): ResponderStats {
    return { ...this.#stats };
  }

  /** Says goodbye if it announced itself, and answers no more. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#announcing?.cancel();
    for (const timer of this.#waiting.values()) timer.cancel();
    this.#waiting.clear();
    if (this.#options.announce !== undefined) await this.#say(0, new Uint8Array());
    await this.#subscription?.close();
  }

  #receive({ data, from, source }: Datagram): void {
    const question = questionIn(data);
    if (question === 'foreign') this.#stats.foreign++;
    else if (question !== undefined) this.#schedule(question, from, source);
  }

  #schedule(question: Question, from: string, source: Source): void {
    const { clock, random } = this.#switchboard;
    // A copy of a question is the same question; but nobody can silence us towards another by taking its token.
    const key = `${source.id} ${question.token}`;
    if (this.#waiting.has(key)) return;
    this.#stats.asked++;
    if (this.#waiting.size >= WAITING_MAX) {
      this.#stats.refused++;
      return;
    }
    const delayMs = uniform(random, 0, Math.max(question.windowMs, WINDOW_MS_MIN));
    const timer = clock.schedule(delayMs, () => {
      this.#waiting.delete(key);
      this.#answer(question, from, source).catch((error: unknown) => {
        surface(() => {
          throw error;
        });
      });
    });
    this.#waiting.set(key, timer);
  }

  async #answer(question: Question, from: string, source: Source): Promise<void> {
    const { token, body: asked, replySlot } = question;
    const text = (): string => new TextDecoder().decode(asked);
    const body = await this.#options.answer({ body: asked, text, from, address: source.address });
    if (body === undefined || this.#closing !== undefined) return;
    const answer = { kind: 'answer', token, name: this.name, body: bytesOf(body) } as const;
    // The asker chose the slot, and where it asks from: that this fails is no fault of whoever answers.
    const sent = await this.#attempt(async () => {
      const outlet = this.#switchboard.reply(source, slotPath(replySlot));
      try {
        await outlet.write(encodeResponderMessage(answer));
      } finally {
        outlet.close();
      }
    });
    if (sent) this.#stats.answered++;
  }

  async #announce({ everySeconds, body = '' }: AnnounceOptions): Promise<void> {
    const { clock, random, stopped } = this.#switchboard;
    if (stopped) return;
    const delayMs = everySeconds * 1000 * uniform(random, 1 - JITTER, 1);
    this.#announcing = clock.schedule(delayMs, () => void this.#announce({ everySeconds, body }));
    await this.#say(everySeconds, bytesOf(body));
  }

  async #say(periodSeconds: number, body: Uint8Array): Promise<void> {
    const path = slotPath(this.#slot);
    const announcement = { kind: 'announcement', periodSeconds, name: this.name, body } as const;
    await this.#attempt(async () => {
      const outlet = await this.#switchboard.open({ kind: 'domain' }, path, { networkOnly: true });
      try {
        await outlet.write(encodeResponderMessage(announcement));
      } finally {
        outlet.close();
      }
    });
  }

  /** Sends something, or counts that it could not be sent. */
  async #attempt(send: () => Promise<void>): Promise<boolean> {
    try {
      await send();
      return true;
    } catch (error) {
      if (!(error instanceof MailslotError)) throw error;
      this.#stats.unsent++;
      return false;
    }
  }
}

/** The question in a message; undefined for other messages of responders, which are for others. */
function questionIn(data: Uint8Array): Question | 'foreign' | undefined {
  if (!isResponderMessage(data)) return 'foreign';
  try {
    const message = decodeResponderMessage(data);
    if (message.kind !== 'question') return undefined;
    return message.replySlot.startsWith(REPLY_PREFIX) ? message : 'foreign';
  } catch (error) {
    if (error instanceof DecodeError) return 'foreign';
    throw error;
  }
}

function checkOptions({ name = '', announce }: ResponderOptions): void {
  if (utf8Bytes(name).length > NAME_BYTES_MAX) {
    throw new MailslotError('ERROR_INVALID_PARAMETER', 'A name has at most 255 bytes.');
  }
  const seconds = announce?.everySeconds ?? 1;
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 0xffff) {
    throw new MailslotError(
      'ERROR_INVALID_PARAMETER',
      `everySeconds is a whole number from 1 to 65535; it was ${seconds}.`,
    );
  }
}
