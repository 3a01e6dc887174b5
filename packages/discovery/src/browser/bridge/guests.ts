/** Hosts of the classic network as peers of a service: each has a lobby of its own. */

import { MailslotError } from '@mailslot/core';

import type { Lobby } from '../../lobby.ts';
import type { Peer } from '../../peer.ts';
import { type Rate, TokenBucket } from '../../presence/token-bucket.ts';
import type { Host } from '../host.ts';
import { guestInfoOf, hostNameOf } from './guise.ts';

/** Each is a peer with all that it costs: it hears everything that is said in the service. */
export const GUESTS_MAX = 64;

/** How many enter: whoever forges hosts shall not make a service restless. */
const ENTRY_RATE: Rate = { perSecond: 2, burst: 16 };

/** How long the list has to lack a host: after an election the new master's list fills within 30 s. */
export const ABSENT_MS = 45_000;

/** What a guest needs of a lobby. */
type GuestLobby = Pick<Lobby, 'me' | 'update' | 'close'>;

export interface GuestsParts {
  /** Joins the service as that host. */
  readonly enter: (host: Host) => Promise<GuestLobby>;
  readonly problem: (error: MailslotError) => void;
  /** Somebody has entered or left. */
  readonly changed: () => void;
}

interface Seen {
  host: Host;
  missingSince: number | undefined;
}

export class Guests {
  readonly #parts: GuestsParts;
  readonly #seen = new Map<string, Seen>();
  readonly #guests = new Map<string, Guest>();
  readonly #leaving = new Set<Promise<void>>();
  readonly #entries = new TokenBucket(ENTRY_RATE);
  /** Ids of the peers that stand for hosts, ours included, by the names of the hosts. */
  #carried: ReadonlyMap<string, readonly string[]> = new Map();

  constructor(parts: GuestsParts) {
    this.#parts = parts;
  }

  /** Those who have entered, or are about to. */
  get hosts(): readonly Host[] {
    return Array.from(this.#guests.values(), ({ host }) => host);
  }

  /** These hosts are on the list now. */
  list(hosts: readonly Host[], now: number): void {
    const listed = new Map(hosts.map((host) => [host.name, host]));
    for (const [name, seen] of this.#seen) {
      const host = listed.get(name);
      seen.host = host ?? seen.host;
      seen.missingSince = host === undefined ? (seen.missingSince ?? now) : undefined;
      if (now - (seen.missingSince ?? now) >= ABSENT_MS) this.#seen.delete(name);
    }
    for (const [name, host] of listed) {
      if (this.#seen.has(name) || this.#seen.size >= GUESTS_MAX) continue;
      this.#seen.set(name, { host, missingSince: undefined });
    }
    this.#settle(now);
  }

  /** These peers are in the service now: another bridge may carry the same hosts. */
  meet(peers: readonly Peer[], now: number): void {
    const carried = new Map<string, string[]>();
    for (const peer of peers) {
      const name = hostNameOf(peer);
      if (name !== undefined) carried.set(name, [...(carried.get(name) ?? []), peer.id]);
    }
    this.#carried = carried;
    this.#settle(now);
  }

  /** All leave. Resolves when they have said goodbye. */
  async close(): Promise<void> {
    for (const name of this.#guests.keys()) this.#dismiss(name);
    await Promise.all(this.#leaving);
  }

  #settle(now: number): void {
    for (const [name, guest] of this.#guests) {
      const seen = this.#seen.get(name);
      if (seen === undefined || this.#yields(name, guest)) this.#dismiss(name);
      else guest.update(seen.host);
    }
    for (const [name, { host }] of this.#seen) {
      if (this.#guests.has(name) || this.#carried.has(name)) continue;
      if (!this.#entries.take(now)) break;
      this.#admit(host);
    }
  }

  /** Of several bridges that carry a host, the one with the lowest id goes on. */
  #yields(name: string, { id }: Guest): boolean {
    return id !== undefined && (this.#carried.get(name) ?? []).some((other) => other < id);
  }

  #admit(host: Host): void {
    const { enter, problem, changed } = this.#parts;
    const guest = new Guest(host, enter(host), (error) => {
      if (this.#guests.get(host.name) === guest && guest.id === undefined) {
        this.#guests.delete(host.name);
      }
      problem(error);
      changed();
    });
    this.#guests.set(host.name, guest);
    changed();
  }

  #dismiss(name: string): void {
    const leaving = this.#guests.get(name)!.leave();
    const done = leaving.finally(() => this.#leaving.delete(done));
    this.#leaving.add(done);
    this.#guests.delete(name);
    this.#parts.changed();
  }
}

/** One host in the service. */
class Guest {
  host: Host;
  /** Undefined until it has entered. */
  id: string | undefined;
  readonly #failed: (error: MailslotError) => void;
  /** All that is done for it, one after the other. */
  #doing: Promise<GuestLobby | undefined>;

  constructor(host: Host, entering: Promise<GuestLobby>, failed: (error: MailslotError) => void) {
    this.host = host;
    this.#failed = failed;
    this.#doing = this.#attempt(entering).then((lobby) => {
      this.id = lobby?.me.id;
      return lobby;
    });
  }

  update(host: Host): void {
    const info = guestInfoOf(host);
    if (JSON.stringify(info) === JSON.stringify(guestInfoOf(this.host))) return;
    this.host = host;
    this.#doing = this.#doing.then(async (lobby) => {
      if (lobby !== undefined) await this.#attempt(lobby.update(info));
      return lobby;
    });
  }

  async leave(): Promise<void> {
    const lobby = await this.#doing;
    if (lobby !== undefined) await this.#attempt(lobby.close());
  }

  async #attempt<Value>(doing: Promise<Value>): Promise<Value | undefined> {
    try {
      return await doing;
    } catch (error) {
      if (!(error instanceof MailslotError)) throw error;
      this.#failed(error);
      return undefined;
    }
  }
}
