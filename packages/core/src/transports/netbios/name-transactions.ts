/** Requests of the name service that wait for an answer. Pure: time is told, packets are handed out. */

import type { NamePacket } from './name-packet.ts';

/** Everybody on the subnet, or one node. */
export type Destination = 'all' | Endpoint;

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface Transaction {
  readonly packet: NamePacket;
  readonly to: Destination;
  readonly tries: number;
  readonly retryMs: number;
  /** An answer with this id has come. True if it was the one. */
  answered(answer: NamePacket, from: Endpoint): boolean;
  /** The last try has had its time, or there was never an answer to wait for. */
  unanswered(): void;
}

/** Sends the packet of a transaction once more. */
export type SendPacket = (packet: NamePacket, to: Destination) => void;

interface Running {
  readonly transaction: Transaction;
  triesLeft: number;
  at: number;
}

/** Transactions at once. Each is of somebody on this computer who waits: more is an error of theirs. */
export const TRANSACTIONS_MAX = 1_024;

export class NameTransactions {
  readonly #send: SendPacket;
  readonly #running = new Map<number, Running>();

  constructor(send: SendPacket) {
    this.#send = send;
  }

  /** When something is due; `Infinity` if nothing is. */
  get nextAt(): number {
    let nextAt = Infinity;
    for (const { at } of this.#running.values()) nextAt = Math.min(nextAt, at);
    return nextAt;
  }

  isRunning(id: number): boolean {
    return this.#running.has(id);
  }

  /** Sends for the first time. Too many at once are not answered. */
  start(transaction: Transaction, now: number): void {
    if (this.#running.size >= TRANSACTIONS_MAX) return transaction.unanswered();
    const running = { transaction, triesLeft: transaction.tries, at: now };
    this.#running.set(transaction.packet.id, running);
    this.#try(running, now);
  }

  stop(id: number): void {
    this.#running.delete(id);
  }

  /** Takes an answer; true if it belongs to a transaction. */
  answer(answer: NamePacket, from: Endpoint): boolean {
    const running = this.#running.get(answer.id);
    if (running === undefined) return false;
    const { to } = running.transaction;
    // Who was not asked does not answer.
    if (to !== 'all' && to.address !== from.address) return false;
    if (!running.transaction.answered(answer, from)) return false;
    if (this.#running.get(answer.id) === running) this.#running.delete(answer.id);
    return true;
  }

  /** The one who was asked needs time: nothing is sent again until then. */
  wait(id: number, from: Endpoint, until: number): void {
    const running = this.#running.get(id);
    const to = running?.transaction.to;
    if (running !== undefined && to !== 'all' && to?.address === from.address) running.at = until;
  }

  advance(now: number): void {
    for (const [id, running] of this.#running) {
      if (running.at > now) continue;
      if (running.triesLeft > 0) {
        this.#try(running, now);
        continue;
      }
      this.#running.delete(id);
      running.transaction.unanswered();
    }
  }

  #try(running: Running, now: number): void {
    const { packet, to, retryMs } = running.transaction;
    running.triesLeft--;
    running.at = now + retryMs;
    this.#send(packet, to);
  }
}
