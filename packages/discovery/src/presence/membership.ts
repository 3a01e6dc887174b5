/**
 * Who is listed: the only place where peers come and go. {@link Hearing} and {@link Reconciliation} bring them,
 * {@link Vigil}, a goodbye or a later life takes them away, and whoever keeps something of a peer is told of both.
 */

import type { Agenda } from '@mailslot/core/internal';

import type { Announcer } from './announcer.ts';
import { isLaterLife } from './bound-id.ts';
import { HELD_BYE_MS, HELD_BYES_MAX } from './constants.ts';
import type { Correspondence } from './correspondence.ts';
import { type DepartureReason, type PresenceEffect, viewOf } from './effects.ts';
import { intervalMsOf } from './interval.ts';
import type { PeerKey } from './peer-id.ts';
import type { Adoptee, Reconciliation } from './reconciliation.ts';
import type { PeerRecord } from './record.ts';
import type { Peer, Roster } from './roster.ts';
import type { Verdict } from './sequence-window.ts';
import { Signers } from './signers.ts';
import { type Task, TaskTable } from './task-table.ts';
import { Tombstones } from './tombstones.ts';
import type { Vigil } from './vigil.ts';

export interface MembershipOptions {
  readonly roster: Roster;
  readonly announcer: Announcer;
  readonly correspondence: Correspondence;
  readonly vigil: Vigil;
  readonly reconciliation: Reconciliation;
  readonly agenda: Agenda<Task>;
  /** The monotonic clock, never 0. */
  readonly now: () => number;
  readonly emit: (effect: PresenceEffect) => void;
}

/** How a peer is listed. */
interface Listed {
  readonly standing: 'stranger' | 'vouched';
  readonly intervalCode: number;
  /** How long ago it was heard, by us or by whoever told us of it. */
  readonly heardAgoMs: number;
}

export class Membership {
  readonly #options: MembershipOptions;
  readonly #tombstones: Tombstones;
  readonly #signers = new Signers();
  /** Goodbyes that anyone may have sent, by whom they are said to be of. */
  readonly #heldByes: TaskTable;

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#tombstones = new Tombstones(options.now);
    this.#heldByes = new TaskTable(options.agenda, HELD_BYES_MAX);
  }

  /** How many are remembered that went. */
  get tombstones(): number {
    return this.#tombstones.size;
  }

  /** Tells users of a listed peer. */
  tell(type: 'up' | 'update' | 'suspect' | 'clear', peer: Peer): void {
    this.#options.emit({ type, peer: viewOf(peer) });
  }

  /** Lists a peer that has introduced itself just now. */
  meet(peer: Peer, intervalCode: number, now: number): void {
    this.#list(peer, { standing: 'stranger', intervalCode, heardAgoMs: 0 }, now);
  }

  /** Lists a peer that another has told us of, unless we know better. */
  adopt({ peer, intervalCode, strange, ageMs }: Adoptee, now: number): void {
    if (this.#tombstones.covers(peer.key, peer.newest)) return;
    // Nobody who went is listed again because another has heard a beat that we missed before we gave it up.
    if (now - ageMs <= this.#tombstones.buriedAt(peer.key)) return;
    // A stranger has to come from somewhere: there are limits on how many come from one place.
    if (strange && peer.path === undefined) return;
    const standing = strange ? 'stranger' : 'vouched';
    this.#list(peer, { standing, intervalCode, heardAgoMs: ageMs }, now);
  }

  /**
   * What a datagram with this number says of a listed peer. What others tell of it is their word: its first own datagram
   * counts whatever its number, unless it is a ghost's.
   */
  judge(peer: Peer, sequence: number): Verdict {
    if (!peer.isHearsay) return peer.judge(sequence);
    return this.#tombstones.covers(peer.key, sequence) ? 'older' : 'newer';
  }

  /** A listed peer lives: a datagram came that is newer than all before. */
  confirm(peer: Peer, sequence: number, intervalCode: number, now: number): void {
    const { roster, vigil } = this.#options;
    if (peer.isHearsay) {
      peer.restart(sequence);
      this.#tombstones.open(peer.key);
    } else {
      peer.accept(sequence);
    }
    const evicted = roster.refresh(peer, intervalCode, vigil.now);
    peer.heardLagMs = Math.trunc(now - peer.heardAt);
    if (evicted !== undefined) this.#forget(evicted, 'evicted');
    this.#heldByes.cancel(peer.key);
    vigil.clear(peer.key);
  }

  /** A listed peer has another record. */
  revise(peer: Peer, record: PeerRecord, revision: number): void {
    const { correspondence, reconciliation } = this.#options;
    correspondence.settle(peer.key);
    peer.record = record;
    peer.revision = revision;
    reconciliation.list(peer.key, revision);
  }

  /** Notes who signed an announcement of a peer. An earlier life of the same identity has ended with it. */
  sign(peer: Peer, signer: Uint8Array, announcement: Uint8Array, now: number): void {
    peer.publicKey = signer;
    peer.signed = new Uint8Array(announcement);
    const other = this.#signers.get(signer);
    if (other !== undefined && other !== peer.key) {
      // These may be old words of an earlier life, sent again by somebody else.
      if (!isLaterLife(peer.key, other)) return;
      const earlier = this.#options.roster.get(other);
      if (earlier !== undefined) this.lose(earlier, 'replaced', now);
    }
    this.#signers.set(signer, peer.key);
  }

  /** A peer has gone. */
  lose(peer: Peer, reason: DepartureReason, now: number): void {
    const { roster, vigil, announcer } = this.#options;
    const ttlMs = vigil.remembranceMs(peer.intervalMs);
    this.#tombstones.bury(peer.key, peer.newest, ttlMs, peer.standing === 'stranger');
    roster.remove(peer);
    this.#forget(peer, reason);
    announcer.hurry(now);
  }

  /** Lets a peer go, unless it is heard before: anyone may have sent its goodbye. False if too many are held. */
  holdGoodbye(peer: Peer, now: number): boolean {
    if (this.#heldByes.has(peer.key)) return true;
    return this.#heldByes.schedule(peer.key, now + HELD_BYE_MS, (now) =>
      this.lose(peer, 'goodbye', now),
    );
  }

  /** True if a peer that is not listed went after it had sent this. */
  isGhost(key: PeerKey, sequence: number): boolean {
    return this.#tombstones.covers(key, sequence);
  }

  /** A peer that went says goodbye once more. */
  leaveAgain(key: PeerKey, sequence: number): void {
    this.#tombstones.renew(key, sequence);
  }

  #list(peer: Peer, { standing, intervalCode, heardAgoMs }: Listed, now: number): void {
    const { roster, correspondence, vigil, reconciliation } = this.#options;
    // Whoever others have not heard for long is to have the time for one beat before we ask after it.
    const silentMs = Math.min(heardAgoMs, vigil.leewayMs(intervalMsOf(intervalCode)));
    const evicted = roster.add(peer, intervalCode, vigil.now - silentMs, standing);
    if (evicted === peer) return;
    peer.heardLagMs = Math.trunc(now - heardAgoMs - peer.heardAt);
    if (evicted !== undefined) this.#forget(evicted, 'evicted');
    // What others say does not make us believe what we know to be old.
    if (!peer.isHearsay) this.#tombstones.open(peer.key);
    correspondence.settle(peer.key);
    reconciliation.list(peer.key, peer.revision);
    this.tell('up', peer);
    vigil.watch(now);
  }

  /** A peer has left the roster. Whoever was evicted lives, and is listed again by what it says next. */
  #forget(peer: Peer, reason: DepartureReason): void {
    const { correspondence, vigil, reconciliation, emit } = this.#options;
    this.#heldByes.cancel(peer.key);
    correspondence.settle(peer.key);
    vigil.forget(peer.key);
    reconciliation.unlist(peer.key);
    if (peer.publicKey !== undefined) this.#signers.delete(peer.publicKey, peer.key);
    emit({ type: 'down', peer: viewOf(peer), reason });
  }
}
