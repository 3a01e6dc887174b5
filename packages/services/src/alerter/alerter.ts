/** The Alerter: services of this computer tell it what is the matter, and it tells people by the Messenger. */

import {
  type CallOptions,
  type Mailslot,
  MailslotError,
  type Message,
  type Network,
} from '@mailslot/core';
import { DecodeError, switchboardOf, throwIfAborted } from '@mailslot/core/internal';
import { type Observable, Subject } from 'rxjs';

import type { CodePage } from '../code-page.ts';
import { netSend, sendingOptions } from '../messenger/net-send.ts';
import { type Alert, ALERT_BYTES_MAX, type AlertBody, decodeAlert, encodeAlert } from './alert.ts';
import { alertText } from './alert-text.ts';

export const ALERTER_SLOT = 'Alerter';

/** Alerts that wait to be forwarded. A service that raises more at once says nothing new. */
export const FORWARDS_PENDING_MAX = 16;

/** How long an Alerter that closes goes on telling people: a name that nobody has takes 750 ms to find out about. */
const CLOSING_MS_MAX = 2000;

/** What to raise: the time is now unless it says otherwise. */
export type RaisedAlert = AlertBody & { readonly service: string; readonly raisedAt?: number };

/**
 * Tells the Alerter on this computer. Rejects with `ERROR_FILE_NOT_FOUND` if there is none, `ERROR_INVALID_PARAMETER` for
 * an alert of more than 512 bytes.
 */
export async function raiseAlert(
  network: Network,
  alert: RaisedAlert,
  options: CallOptions = {},
): Promise<void> {
  const raisedAt = alert.raisedAt ?? switchboardOf(network).clock.wallTime();
  await network.send(ALERTER_SLOT, encodeAlert({ ...alert, raisedAt }), options);
}

export interface AlerterOptions extends CallOptions {
  /** The Messenger names that alerts go to: computers, users, domains. Default none. */
  readonly alertNames?: readonly string[];
  /** Of the messages. Default 850. */
  readonly codePage?: CodePage;
  /** The TCP port of the Messenger's sessions. Default 139. */
  readonly sessionPort?: number;
}

export interface AlerterStats {
  readonly received: number;
  /** Dropped: no alert. */
  readonly malformed: number;
  /** Messages that went out. */
  readonly forwarded: number;
  /** Messages that did not; `problems$` says why. */
  readonly failed: number;
  /** Alerts that were not forwarded, because {@link FORWARDS_PENDING_MAX} were waiting. */
  readonly dropped: number;
}

/**
 * Starts the Alerter of this computer: it takes what {@link raiseAlert} raises here, shows it, and forwards it as a
 * message to the names that it is given. The signal ends it, as `close()` does.
 *
 * Rejects with `ERROR_ALREADY_EXISTS` if this computer has one, `ERROR_OPERATION_ABORTED` on the signal.
 */
export async function createAlerter(
  network: Network,
  options: AlerterOptions = {},
): Promise<Alerter> {
  const { signal } = options;
  const slot = await network.createMailslot(ALERTER_SLOT, {
    maxMessageSize: ALERT_BYTES_MAX,
    ...(signal === undefined ? {} : { signal }),
  });
  const alerter = new Alerter(network, slot, options);
  if (signal?.aborted) await alerter.close();
  throwIfAborted(signal, 'Starting the Alerter');
  return alerter;
}

/** Made by {@link createAlerter}. */
export class Alerter implements AsyncDisposable {
  /** The alerts, as they are raised. Completes when the Alerter is closed. */
  readonly alerts$: Observable<Alert>;
  /** Why somebody was not told. */
  readonly problems$: Observable<MailslotError>;
  readonly #network: Network;
  readonly #slot: Mailslot;
  readonly #options: AlerterOptions;
  readonly #alerts = new Subject<Alert>();
  readonly #problems = new Subject<MailslotError>();
  readonly #stats = { received: 0, malformed: 0, forwarded: 0, failed: 0, dropped: 0 };
  readonly #ended = new AbortController();
  readonly #onAbort = (): void => void this.close();
  #pending = 0;
  #forwarding: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(network: Network, slot: Mailslot, options: AlerterOptions) {
    this.#network = network;
    this.#slot = slot;
    this.#options = options;
    this.alerts$ = this.#alerts.asObservable();
    this.problems$ = this.#problems.asObservable();
    slot.on('message', (message) => this.#receive(message));
    slot.once('close', this.#onAbort);
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  stats(): AlerterStats {
    return { ...this.#stats };
  }

  /** Takes no more alerts; those that wait to be forwarded have two seconds yet. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    await this.#slot.close();
    const { clock } = switchboardOf(this.#network);
    const patience = clock.schedule(CLOSING_MS_MAX, () => this.#ended.abort());
    await this.#forwarding;
    patience.cancel();
    this.#alerts.complete();
    this.#problems.complete();
  }

  #receive({ data }: Message): void {
    let alert: Alert;
    try {
      alert = decodeAlert(data);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#stats.malformed++;
      return;
    }
    this.#stats.received++;
    this.#alerts.next(alert);
    const { alertNames = [] } = this.#options;
    if (alertNames.length === 0) return;
    if (this.#pending === FORWARDS_PENDING_MAX) {
      this.#stats.dropped++;
      return;
    }
    this.#pending++;
    this.#forwarding = this.#forwarding
      .then(() => this.#forward(alert, alertNames))
      .finally(() => this.#pending--);
  }

  async #forward(alert: Alert, alertNames: readonly string[]): Promise<void> {
    const text = alertText(alert, this.#network.computerName);
    await Promise.all(alertNames.map((name) => this.#tell(name, text)));
  }

  async #tell(name: string, text: string): Promise<void> {
    const { signal } = this.#ended;
    try {
      await netSend(this.#network, name, text, { ...sendingOptions(this.#options), signal });
      this.#stats.forwarded++;
    } catch (error) {
      if (!(error instanceof MailslotError)) throw error;
      if (signal.aborted) return;
      this.#stats.failed++;
      this.#problems.next(error);
    }
  }
}
