/** The asking end: one question to all, and their answers as they come. */

import { type CallOptions, MailslotError, type Network, parseName } from '@mailslot/core';
import {
  aborted,
  type Datagram,
  DecodeError,
  slotPath,
  switchboardOf,
  type Switchboard,
} from '@mailslot/core/internal';
import { lastValueFrom, Observable, type Subscriber, toArray } from 'rxjs';

import { bytesOf } from './body.ts';
import { iterate } from './iterate.ts';
import {
  type Answer,
  decodeResponderMessage,
  encodeResponderMessage,
  isResponderMessage,
  TOKEN_BYTES,
  WINDOW_MS_MIN,
} from './message.ts';
import { drawReplySlot } from './reply-slot.ts';

export interface FindRespondersOptions extends CallOptions {
  /** What to ask: whatever the responders of the slot understand. Default: nothing but who is there. */
  readonly question?: Uint8Array | string;
  /** Whom to ask: a domain, or one computer. Default: the network's own domain. */
  readonly domain?: string;
  /** Over how long the answers are to be spread, in milliseconds, at most 65 535. Default 1 500: right for 1 000 of them. */
  readonly windowMs?: number;
  /**
   * How long to listen, in milliseconds. Default: 500 longer than the window. After 1 s, and after 3 s, the question is
   * repeated if there is time for answers: datagrams get lost. Whoever has answered already does so again, and is told of
   * once.
   */
  readonly timeoutMs?: number;
}

/** An answer as it came. Nothing proves who gave it. */
export interface ResponderAnswer {
  /** As the responder calls itself. */
  readonly name: string;
  /** Where it answered from; undefined within one process. */
  readonly address: string | undefined;
  readonly body: Uint8Array;
  /** The body as UTF-8; malformed bytes become U+FFFD. */
  readonly text: () => string;
}

const WINDOW_MS = 1500;
const WINDOW_MS_MAX = 0xffff;

/**
 * When a question is repeated: the first time after a second, then after twice as long (RFC 6762 section 5.2). Where a
 * fifth of all datagrams is lost, each time finds two thirds of those that are still missing.
 */
const REPEATED_AFTER_MS: readonly number[] = [1000, 3000];

/** The last answer of the window is on its way so long at most. */
const TRAVEL_MS = 500;

/** Further ones are not taken: no LAN has as many, but one liar may send any number. */
const ANSWERS_MAX = 4096;

/**
 * Asks who answers on a slot. Nothing is asked before somebody wants to know: each subscription, loop or call of the
 * result asks anew.
 *
 * Throws `ERROR_INVALID_NAME` and the like for names, `ERROR_INVALID_PARAMETER` for options out of range.
 *
 * @example
 * ```ts
 * const servers = findResponders(network, 'HydraLsServer');
 * for await (const { name, address } of servers) console.log(name, address);
 * const chosen = await servers.pick(); // one of them, by lot
 * ```
 */
export function findResponders(
  network: Network,
  slot: string,
  options: FindRespondersOptions = {},
): Answers {
  return new Answers(network, slot, options);
}

/** Made by {@link findResponders}. */
export class Answers implements AsyncIterable<ResponderAnswer> {
  /**
   * Each responder's answer as it comes, once; completes when the time is over. Fails with
   * `ERROR_OPERATION_ABORTED` on the signal, and as `network.send()` does if nothing can be asked.
   */
  readonly answers$: Observable<ResponderAnswer>;
  readonly #switchboard: Switchboard;

  constructor(network: Network, slot: string, options: FindRespondersOptions) {
    const { windowMs = WINDOW_MS, timeoutMs = windowMs + TRAVEL_MS } = options;
    checkRange('windowMs', windowMs, WINDOW_MS_MAX);
    checkRange('timeoutMs', timeoutMs, Infinity);
    const { domain } = options;
    const named =
      domain === undefined ? `\\\\*\\mailslot\\${slot}` : `\\\\${domain}\\mailslot\\${slot}`;
    const { scope, path } = parseName(named);
    const switchboard = switchboardOf(network);
    this.#switchboard = switchboard;
    this.answers$ = new Observable((subscriber) => {
      const asking = new Asking(switchboard, subscriber);
      const body = bytesOf(options.question ?? '');
      const outlet = switchboard.open(scope, path, { networkOnly: true });
      asking.ask(outlet, { windowMs, timeoutMs, body, signal: options.signal });
      return () => asking.stop();
    });
  }

  /** Asks, and yields each answer as it comes. */
  [Symbol.asyncIterator](): AsyncGenerator<ResponderAnswer, void, void> {
    return iterate(this.answers$);
  }

  /** Asks, and resolves with all answers when the time is over. */
  all(): Promise<readonly ResponderAnswer[]> {
    return lastValueFrom(this.answers$.pipe(toArray()));
  }

  /** Asks, and resolves with one of the answers, drawn by lot so that clients share themselves out; undefined if none came. */
  async pick(): Promise<ResponderAnswer | undefined> {
    const answers = await this.all();
    return answers[Math.floor(this.#switchboard.random.next() * answers.length)];
  }
}

interface Inquiry {
  readonly windowMs: number;
  readonly timeoutMs: number;
  readonly body: Uint8Array;
  readonly signal: AbortSignal | undefined;
}

/** One question and what comes of it. */
class Asking {
  readonly #switchboard: Switchboard;
  readonly #subscriber: Subscriber<ResponderAnswer>;
  readonly #token: string;
  readonly #replySlot: string;
  readonly #heard = new Set<string>();
  readonly #undo: (() => void)[] = [];
  #stopped = false;

  constructor(switchboard: Switchboard, subscriber: Subscriber<ResponderAnswer>) {
    const { random } = switchboard;
    this.#switchboard = switchboard;
    this.#subscriber = subscriber;
    this.#token = Buffer.from(random.bytes(TOKEN_BYTES)).toString('hex');
    this.#replySlot = drawReplySlot(random);
  }

  ask(opening: ReturnType<Switchboard['open']>, inquiry: Inquiry): void {
    this.#failIf(this.#ask(opening, inquiry));
  }

  stop(): void {
    this.#stopped = true;
    for (const undo of this.#undo.splice(0)) undo();
  }

  async #ask(opening: ReturnType<Switchboard['open']>, inquiry: Inquiry): Promise<void> {
    const { windowMs, timeoutMs, body, signal } = inquiry;
    this.#obey(signal);
    const outlet = await opening;
    this.#onStop(() => outlet.close());
    const subscription = await this.#switchboard.subscribe(slotPath(this.#replySlot), (datagram) =>
      this.#receive(datagram),
    );
    this.#onStop(() => void subscription.close());
    if (this.#stopped) return;
    const put = async (withinMs: number): Promise<void> =>
      outlet.write(this.#question(withinMs, body));
    this.#after(timeoutMs, () => this.#subscriber.complete());
    for (const afterMs of REPEATED_AFTER_MS) {
      const leftMs = timeoutMs - TRAVEL_MS - afterMs;
      if (leftMs < WINDOW_MS_MIN) break;
      this.#after(afterMs, () => this.#failIf(put(Math.min(windowMs, leftMs))));
    }
    await put(windowMs);
  }

  /** The same each time but for the window: whoever has yet to answer it takes it for a copy. */
  #question(windowMs: number, body: Uint8Array): Uint8Array {
    const [token, replySlot] = [this.#token, this.#replySlot];
    return encodeResponderMessage({ kind: 'question', token, windowMs, replySlot, body });
  }

  #after(delayMs: number, action: () => void): void {
    const timer = this.#switchboard.clock.schedule(delayMs, action);
    this.#onStop(() => timer.cancel());
  }

  #failIf(asked: Promise<void>): void {
    asked.catch((error: unknown) => this.#subscriber.error(error));
  }

  #obey(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const abort = (): void => this.#subscriber.error(aborted('Finding responders', signal.reason));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    this.#onStop(() => signal.removeEventListener('abort', abort));
  }

  /** Undoes something when it ends, or at once if it has. */
  #onStop(undo: () => void): void {
    if (this.#stopped) undo();
    else this.#undo.push(undo);
  }

  #receive({ data, source }: Datagram): void {
    const answer = answerIn(data);
    if (answer?.token !== this.#token) return;
    const { name, body } = answer;
    const key = `${source.id} ${name}`;
    if (this.#heard.has(key) || this.#heard.size >= ANSWERS_MAX) return;
    this.#heard.add(key);
    const text = (): string => new TextDecoder().decode(body);
    this.#subscriber.next({ name, address: source.address, body, text });
  }
}

function answerIn(data: Uint8Array): Answer | undefined {
  if (!isResponderMessage(data)) return undefined;
  try {
    const message = decodeResponderMessage(data);
    return message.kind === 'answer' ? message : undefined;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function checkRange(what: string, value: number, max: number): void {
  if (value >= 0 && value <= max) return;
  throw new MailslotError(
    'ERROR_INVALID_PARAMETER',
    `${what} is a number of milliseconds from 0 to ${max}; it was ${value}.`,
  );
}
