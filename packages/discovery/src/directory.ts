/** The peers as users see them: checked, snapshotted, sorted. */

import { formatPublicKey } from './identity.ts';
import type { DownReason, Peer, PresenceEvent, PresenceProblem } from './peer.ts';
import type { PeerView, PresenceEffect } from './presence/machine.ts';
import { checkForeign, type InfoCheck, misfit } from './schema.ts';

/** What came of a change: an event for users, or a problem that kept a peer off the list. */
export interface Outcome<Info> {
  readonly event?: PresenceEvent<Info>;
  readonly problem?: PresenceProblem;
}

/** What a machine reports of a peer. */
export type PeerNews = Extract<PresenceEffect, { readonly peer: PeerView }>;

export class Directory<Info> {
  readonly #check: InfoCheck<Info>;
  readonly #peers = new Map<string, Peer<Info>>();
  #sorted: readonly Peer<Info>[] | undefined;

  constructor(check: InfoCheck<Info>) {
    this.#check = check;
  }

  /** By name, then by id. The same array until something changes. */
  get list(): readonly Peer<Info>[] {
    this.#sorted ??= Array.from(this.#peers.values()).toSorted(byNameThenId);
    return this.#sorted;
  }

  get size(): number {
    return this.#peers.size;
  }

  get(id: string): Peer<Info> | undefined {
    return this.#peers.get(id);
  }

  /** Takes in what became of a peer. */
  take(news: PeerNews): Outcome<Info> {
    if (news.type === 'down') return this.#remove(news.peer.id, news.reason);
    if (news.type === 'up' || news.type === 'update') return this.#put(news.peer);
    const peer = this.#peers.get(news.peer.id);
    return peer === undefined ? {} : { event: { type: news.type, peer } };
  }

  #put(view: PeerView): Outcome<Info> {
    const checked = checkForeign(this.#check, view.record.info);
    if (checked.issues !== undefined) {
      const error = misfit(`Peer ${view.record.name}'s`, checked.issues);
      return { ...this.#remove(view.id, 'invalid'), problem: { error, peerId: view.id } };
    }
    const known = this.#peers.has(view.id);
    const peer: Peer<Info> = Object.freeze({
      id: view.id,
      name: view.record.name,
      port: view.record.endpoints[0]?.port,
      info: checked.value,
      addresses: unique(view.paths.map(({ address }) => address)),
      interfaces: unique(view.paths.flatMap(({ interfaces }) => interfaces)),
      ...(view.publicKey && { key: formatPublicKey(view.publicKey) }),
    });
    this.#peers.set(view.id, peer);
    this.#sorted = undefined;
    return { event: { type: known ? 'update' : 'up', peer } };
  }

  /** Takes a peer off the list; nothing happens if it was never on it. */
  #remove(id: string, reason: DownReason): Outcome<Info> {
    const peer = this.#peers.get(id);
    if (peer === undefined) return {};
    this.#peers.delete(id);
    this.#sorted = undefined;
    return { event: { type: 'down', peer, reason } };
  }
}

function unique(values: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(values.filter((value) => value !== undefined))];
}

function byNameThenId(a: Peer, b: Peer): number {
  return compare(a.name, b.name) || compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
