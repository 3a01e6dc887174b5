/**
 * Gets the list of another peer, page by page. Pure: it is told the time, plans on an agenda and hands out bodies of
 * messages.
 *
 * It asks for all positions, notes which ones the pages cover, and asks again for what is missing, until nothing is. A
 * lost datagram costs a gap, and a gap is asked for like any other range: there is no window and no acknowledgement.
 */

import type { Agenda, Source } from '@mailslot/core/internal';

import type { Digest, Fingerprints } from './digest.ts';
import { decodePage, encodePull, type ListPage, type PageEntry, RANGES_MAX } from './page.ts';
import { Coverage } from './position.ts';
import { isBeyondServer } from './remoteness.ts';
import { type Task, TaskTable } from './task-table.ts';

/** How long to wait for the next page: a server with all its answers in progress sends one in 16 ms. */
const PATIENCE_MS = 20;

/**
 * The same beyond a server, or a bridge. Hardly anything is lost there, so nothing is gained by haste: whoever is slow is
 * busy, or on the other side of the world, and to ask again makes it slower.
 */
const FAR_PATIENCE_MS = 1000;

/**
 * Asks in a row that bring nothing new before the server is given up. Each waits twice as long as the one before: 300 ms
 * together, as long as Wi-Fi power saving holds a datagram back.
 */
export const FRUITLESS_ASKS_MAX = 4;

/** The same beyond a server: three seconds together, then somebody else is asked. */
const FAR_FRUITLESS_ASKS_MAX = 2;

/** For one server: at 1 000 pages a second 300 000 peers take less. */
export const TRANSFER_MS_MAX = 30_000;

/** Pieces that are covered: a server that answers what it was asked leaves fewer. */
export const PIECES_MAX = 128;

/** `silent`: it does not answer; `busy`: it answers others; `slow`: the list did not come to an end. */
export type Exhaustion = 'silent' | 'busy' | 'slow';

export interface PullerOptions {
  /** Of the own list, as it is now. */
  readonly fingerprints: () => Fingerprints;
  /** What the body of a message may have at most. */
  readonly bodyBytesMax: number;
  readonly agenda: Agenda<Task>;
  /** Sends a PULL with that body. */
  readonly send: (to: Source, body: Uint8Array, now: number) => void;
  /** Peers that the server lists, never an empty list: called before anything else that follows from the same page. */
  readonly adopt: (entries: readonly PageEntry[], server: Source, now: number) => void;
  /** All that the server lists has been adopted; `digest` is that of its list when it sent the last page. */
  readonly done: (digest: Digest, server: Source, now: number) => void;
  /** This server will not do; {@link Puller.resume} goes on with another. */
  readonly exhausted: (why: Exhaustion, server: Source, now: number) => void;
}

/** `everything`: for whoever has no list yet. `differences`: only the parts that differ from the own list. */
export type Wanted = 'everything' | 'differences';

/** What is being got from one server. */
interface Transfer {
  readonly server: Source;
  readonly wanted: Wanted;
  readonly startedAt: number;
  /** Asks since the last page that brought something new. */
  asks: number;
}

export class Puller {
  readonly #options: PullerOptions;
  readonly #timer: TaskTable;
  readonly #coverage = new Coverage();
  #transfer: Transfer | undefined;
  /** The cookie that a server gave us last, and its place. */
  #cookie: { readonly bytes: Uint8Array; readonly place: string } | undefined;

  constructor(options: PullerOptions) {
    this.#options = options;
    this.#timer = new TaskTable(options.agenda, 1);
  }

  /** Whom it is asking; undefined if nobody. */
  get server(): Source | undefined {
    return this.#transfer?.server;
  }

  /** Gets a server's list, in place of any that it is getting. */
  start(server: Source, wanted: Wanted, now: number): void {
    this.#coverage.clear();
    this.#begin(server, wanted, now);
  }

  /**
   * Goes on with another server, right after one was exhausted. Whoever wants everything may have one part of it from
   * either; whoever wants differences begins again, since each server differs in other parts.
   */
  resume(server: Source, wanted: Wanted, now: number): void {
    if (wanted === 'differences') this.#coverage.clear();
    this.#begin(server, wanted, now);
  }

  /** Wants nothing more. */
  stop(): void {
    this.#transfer = undefined;
    this.#timer.clear();
  }

  /**
   * Takes the PAGE of a place. False if it was not asked, or if the page covers nothing new. Throws a `DecodeError` for
   * a malformed body.
   */
  receive(body: Uint8Array, from: Source, now: number): boolean {
    const transfer = this.#transfer;
    if (transfer === undefined || from.id !== transfer.server.id) return false;
    const page = decodePage(body);
    const known = this.#cookieOf(transfer);
    this.#cookie = { bytes: page.cookie.slice(), place: from.id };
    if (page.range !== undefined) return this.#turnPage(page, transfer, now);
    // Asked with the right cookie it may have time after all.
    if (known !== undefined && sameBytes(known, page.cookie)) this.#giveUp(transfer, 'busy', now);
    else this.#askOrGiveUp(transfer, now);
    return true;
  }

  #begin(server: Source, wanted: Wanted, now: number): void {
    this.#transfer = { server, wanted, startedAt: now, asks: 0 };
    this.#ask(this.#transfer, now);
  }

  #turnPage(page: ListPage<PageEntry>, transfer: Transfer, now: number): boolean {
    if (this.#coverage.pieces >= PIECES_MAX || !this.#coverage.add(page.range)) return false;
    transfer.asks = 0;
    if (page.entries.length > 0) this.#options.adopt(page.entries, transfer.server, now);
    // Adopting may have led to anything, to another start even.
    if (this.#transfer !== transfer) return true;
    if (this.#coverage.isComplete) {
      this.stop();
      this.#options.done(page.digest, transfer.server, now);
    } else if (page.pagesToCome === 0) {
      this.#askOrGiveUp(transfer, now);
    } else {
      this.#wait(transfer, now + patienceMs(transfer));
    }
    return true;
  }

  #ask(transfer: Transfer, now: number): void {
    const { fingerprints, bodyBytesMax, send } = this.#options;
    const cookie = this.#cookieOf(transfer);
    const pull = {
      cookie,
      fingerprints: transfer.wanted === 'differences' ? fingerprints() : undefined,
      ranges: this.#coverage.gaps(RANGES_MAX),
    };
    transfer.asks++;
    this.#wait(transfer, now + patienceMs(transfer) * 2 ** (transfer.asks - 1));
    // A stranger gets in proportion to what it sends: a full message is worth three pages.
    send(transfer.server, encodePull(pull, cookie === undefined ? bodyBytesMax : 0), now);
  }

  #wait(transfer: Transfer, until: number): void {
    const at = Math.min(until, transfer.startedAt + TRANSFER_MS_MAX);
    this.#timer.schedule('silence', at, (now) => this.#askOrGiveUp(transfer, now));
  }

  #askOrGiveUp(transfer: Transfer, now: number): void {
    if (transfer.asks >= fruitlessAsksMax(transfer)) this.#giveUp(transfer, 'silent', now);
    else if (now - transfer.startedAt >= TRANSFER_MS_MAX) this.#giveUp(transfer, 'slow', now);
    else this.#ask(transfer, now);
  }

  #giveUp({ server }: Transfer, why: Exhaustion, now: number): void {
    this.stop();
    this.#options.exhausted(why, server, now);
  }

  #cookieOf({ server }: Transfer): Uint8Array | undefined {
    return this.#cookie?.place === server.id ? this.#cookie.bytes : undefined;
  }
}

function patienceMs({ server }: Transfer): number {
  return isBeyondServer(server) ? FAR_PATIENCE_MS : PATIENCE_MS;
}

function fruitlessAsksMax({ server }: Transfer): number {
  return isBeyondServer(server) ? FAR_FRUITLESS_ASKS_MAX : FRUITLESS_ASKS_MAX;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, at) => byte === b[at]);
}
