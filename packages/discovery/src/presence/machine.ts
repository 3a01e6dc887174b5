/**
 * The presence protocol of one peer, or of an observer, in one service: what happens goes into
 * {@link PresenceMachine.step}, what is to be done about it comes out.
 *
 * It is pure. It knows no socket, timer or stream: a rim delivers datagrams, carries out effects and wakes it at
 * {@link PresenceMachine.nextWakeAt}. The same seed and the same steps give the same effects.
 *
 * Its parts: {@link Gate} says which datagrams are heard, {@link Hearing} what they mean, {@link Membership} who is listed.
 * {@link Announcer} says who we are, {@link Correspondence} answers single peers, {@link Vigil} looks for the silent,
 * {@link Reconciliation} compares lists and fetches what differs, {@link Budget} says how often all may speak.
 */

import type { Random } from '@mailslot/core';
import { Agenda, DecodeError, type Source } from '@mailslot/core/internal';

import { Admission } from './admission.ts';
import { Announcer } from './announcer.ts';
import { Budget, type Way } from './budget.ts';
import { LATE_WAKE_MS } from './constants.ts';
import { Correspondence } from './correspondence.ts';
import { Drops } from './drops.ts';
import {
  type PeerView,
  type PresenceDropReason,
  type PresenceEffect,
  type PresenceInput,
  type PresenceSizes,
  type PresenceStats,
  viewOf,
} from './effects.ts';
import { Gate } from './gate.ts';
import { Hearing } from './hearing.ts';
import { LOAD_PERIOD_MS } from './load.ts';
import { Membership } from './membership.ts';
import { screenBeat, TYPE, TYPE_OFFSET } from './message.ts';
import { type PeerKey, peerKeyOf } from './peer-id.ts';
import { encodeProbe } from './probe.ts';
import { OPEN, type Protection } from './protection.ts';
import { NO_PLACES, type Places, Reconciliation } from './reconciliation.ts';
import type { PeerRecord } from './record.ts';
import { isBeyondServer } from './remoteness.ts';
import { type Peer, Roster } from './roster.ts';
import type { Task } from './task-table.ts';
import { tune, type Tuning } from './tuning.ts';
import { Vigil } from './vigil.ts';
import { isWatcher } from './watchers.ts';

export type * from './effects.ts';

export interface PresenceOptions extends Partial<Tuning> {
  /** From `drawPeerId`, new for every machine. */
  readonly id: string;
  /** From `realmOf`. */
  readonly realm: number;
  /** Undefined for an observer: it sees and is not seen. */
  readonly record: PeerRecord | undefined;
  readonly random: Random;
  /** Default: everybody is believed. */
  readonly protection?: Protection;
  /** The transports that carry it. Default: one that all hear at once. */
  readonly ways?: readonly Way[];
  /** Told of each datagram that is dropped, in the middle of a step. Default: nobody is. */
  readonly onDrop?: (reason: PresenceDropReason) => void;
  /** How places are told to others. Default: they are not, and a listed peer is reached once it was heard. */
  readonly places?: Places;
}

const NOTHING: readonly PresenceEffect[] = [];
const EMPTY = new Uint8Array();

/** Beats that wait at a time: what a group of the largest size answered at once sends in a second. */
export const BACKLOG_MAX = 64;

/** A datagram that was put aside. */
type Put = Extract<PresenceInput, { readonly type: 'datagram' }> & { readonly now: number };

export class PresenceMachine {
  readonly #self: PeerKey;
  readonly #agenda = new Agenda<Task>();
  readonly #drops: Drops;
  readonly #roster: Roster;
  readonly #budget: Budget;
  readonly #announcer: Announcer;
  readonly #vigil: Vigil;
  readonly #reconciliation: Reconciliation;
  readonly #membership: Membership;
  readonly #gate: Gate;
  readonly #hearing: Hearing;
  /** Beats that wait for the next step. */
  readonly #backlog: Put[] = [];
  #received = 0;
  #receivedBytes = 0;
  #sent = 0;
  #sentBytes = 0;
  #state: 'new' | 'present' | 'leaving' | 'closed' = 'new';
  #now = 1;
  #effects: PresenceEffect[] = [];

  /** Throws a {@link MailslotError} for a record that is too large and an option out of its range. */
  constructor(options: PresenceOptions) {
    const { id, realm, record, random, onDrop = () => {}, ...rest } = options;
    const { protection = OPEN, places = NO_PLACES, ways = [{}], ...tuned } = rest;
    const drops = new Drops(onDrop);
    const self = peerKeyOf(id);
    const tuning = tune(tuned);
    const roster = new Roster({ max: tuning.peersMax, provenAtOnce: protection.mode !== 0 });
    const budget = new Budget({ roster, tuning, ways, self: record === undefined ? 0 : 1 });
    const admission = new Admission();
    // Each part takes of these what it needs.
    const shared = {
      self,
      realm,
      random,
      protection,
      tuning,
      roster,
      budget,
      admission,
      agenda: this.#agenda,
      drops,
      intervalMs: (): number => budget.intervalMs,
      emit: (effect: PresenceEffect): void => this.#emit(effect),
      unicast: (to: Source, bytes: Uint8Array): void => this.#emit({ type: 'unicast', to, bytes }),
    };
    const announcer = new Announcer({
      ...shared,
      id: self,
      record,
      lossless: ways.every(({ brokered }) => brokered === true),
      isServed: () => this.#reconciliation.isServed,
      digest: () => this.#reconciliation.digest(),
      multicast: (bytes) => this.#multicast(bytes),
    });
    const correspondence = new Correspondence({
      ...shared,
      announcer,
      isChosen: (asker) => isWatcher(self, asker, roster.keys()),
    });
    const vigil = new Vigil({
      ...shared,
      ask: (subject, round) => this.#multicast(this.#probe(subject, round, true)),
      knock: (subject, round) => this.#knock(subject, round),
      successor: () => this.#reconciliation.successor(self),
      onSuspect: (peer) => this.#membership.tell('suspect', peer),
      onClear: (peer) => this.#membership.tell('clear', peer),
      onDead: (peer, now) => this.#membership.lose(peer, 'expired', now),
      onIsolated: (isolated, now) => this.#onIsolated(isolated, now),
    });
    const reconciliation = new Reconciliation({
      ...shared,
      announcer,
      places,
      expect: (source, datagrams, now) => admission.expect(source, datagrams, now),
      adopt: (adoptee, now) => this.#membership.adopt(adoptee, now),
      onRecord: (peer) => this.#membership.tell('update', peer),
    });
    const parts = { ...shared, announcer, correspondence, vigil, reconciliation };
    const membership = new Membership({ ...parts, now: () => this.#now });
    this.#self = self;
    this.#drops = drops;
    this.#roster = roster;
    this.#budget = budget;
    this.#announcer = announcer;
    this.#vigil = vigil;
    this.#reconciliation = reconciliation;
    this.#membership = membership;
    this.#gate = new Gate(parts);
    this.#hearing = new Hearing({ ...parts, membership });
  }

  /** Everybody who is listed now, in the order in which they were first heard. */
  get peers(): readonly PeerView[] {
    return Array.from(this.#roster, viewOf);
  }

  /** One peer, if it is listed. */
  peer(id: string): PeerView | undefined {
    const peer = this.#roster.get(peerKeyOf(id));
    return peer && viewOf(peer);
  }

  /** The newest number heard of a listed peer. */
  evidence(key: PeerKey): number | undefined {
    return this.#roster.get(key)?.newest;
  }

  get stats(): PresenceStats {
    return {
      received: this.#received,
      receivedBytes: this.#receivedBytes,
      sent: this.#sent,
      sentBytes: this.#sentBytes,
      drops: this.#drops.snapshot(),
      strangers: this.#gate.strangers,
      loss: this.#vigil.loss,
      intervalMs: this.#budget.intervalMs,
      sizes: this.sizes,
    };
  }

  get sizes(): PresenceSizes {
    return {
      peers: this.#roster.size,
      strangers: this.#roster.strangerCount,
      suspects: this.#vigil.suspects,
      tombstones: this.#membership.tombstones,
      timers: this.#agenda.size,
    };
  }

  /** When to step with `wake` if nothing happens before; `Infinity` for never. Changes with every step. */
  get nextWakeAt(): number {
    return this.#agenda.nextAt;
  }

  /** Takes what happened at `now`, of a monotonic clock that is never 0. The effects are to be carried out in order. */
  step(input: PresenceInput, now: number): readonly PresenceEffect[] {
    if (input.type === 'datagram' && this.#canWait(input.bytes, input.source)) {
      this.#backlog.push({ ...input, now });
      return NOTHING;
    }
    for (const datagram of this.#backlog.splice(0)) this.#step(datagram, datagram.now);
    this.#step(input, now);
    if (this.#effects.length === 0) return NOTHING;
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  #step(input: PresenceInput, now: number): void {
    this.#now = now;
    this.#vigil.advance(now, this.#agenda.nextAt);
    this.#take(input, now);
    if (this.#state === 'present' && now - this.#agenda.nextAt > LATE_WAKE_MS) {
      this.#announcer.join(now);
    }
    for (let due = this.#agenda.takeDue(now); due; due = this.#agenda.takeDue(now)) due.item(now);
  }

  /**
   * A beat of a peer that is well known is evidence, not news. While nobody is waited for, and the next look is near, it
   * is put aside with the time at which it came: to run cold code for each costs several times as much as for a few.
   */
  #canWait(bytes: Uint8Array, source: Source): boolean {
    if (!this.#vigil.calm || !this.#announcer.settled) return false;
    if (this.#backlog.length >= BACKLOG_MAX) return false;
    const beat = screenBeat(bytes);
    const peer = beat?.id && this.#roster.get(beat.id);
    if (!peer || peer.revision !== beat?.revision) return false;
    return peer.standing === 'proven' && peer.path?.id === source.id;
  }

  #take(input: PresenceInput, now: number): void {
    if (this.#state === 'new') {
      if (input.type === 'start') this.#start(now);
      else if (input.type === 'close') this.#closed();
    } else if (this.#state === 'present') {
      if (input.type === 'datagram') this.#receive(input.bytes, input.source, now);
      else if (input.type === 'update') this.#update(input.record, now);
      else if (input.type === 'refused') this.#vigil.refused(input.source, now);
      else if (input.type === 'rejoin') this.#announcer.join(now);
      else if (input.type === 'close') this.#close(now);
    }
  }

  #start(now: number): void {
    this.#state = 'present';
    if (!this.#announcer.isObserver) this.#listOurselves();
    this.#announcer.join(now);
    this.#scheduleMeasuring(now);
  }

  #scheduleMeasuring(now: number): void {
    this.#agenda.add(now + LOAD_PERIOD_MS, (now) => {
      this.#budget.measure(this.#announcer.intervalMs, this.#vigil.loss);
      this.#scheduleMeasuring(now);
    });
  }

  #receive(bytes: Uint8Array, source: Source, now: number): void {
    this.#received++;
    this.#receivedBytes += bytes.length;
    try {
      const heard = this.#gate.pass(bytes, source, now);
      if (heard !== undefined) this.#hearing.hear(heard, now);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#drops.count('malformed');
    }
  }

  #update(record: PeerRecord, now: number): void {
    this.#announcer.update(record, now);
    this.#listOurselves();
  }

  #listOurselves(): void {
    this.#reconciliation.list(this.#self, this.#announcer.revision);
  }

  #close(now: number): void {
    this.#state = 'leaving';
    this.#agenda.clear();
    this.#announcer.leave(now, () => this.#closed());
  }

  #closed(): void {
    this.#state = 'closed';
    this.#emit({ type: 'closed' });
  }

  #onIsolated(isolated: boolean, now: number): void {
    this.#emit({ type: isolated ? 'isolated' : 'online' });
    if (!isolated) this.#announcer.join(now);
  }

  #knock(subject: Peer, round: number): void {
    const { path, paths } = subject;
    // Whoever was heard from beyond a server last may be on the link as well.
    const to = path !== undefined && isBeyondServer(path) ? paths[0] : path;
    if (to === undefined || to.trust === 'routed') return;
    // No server says that somebody has gone, and a bridge could refuse for itself alone: there is but the question to send.
    const type = isBeyondServer(to) ? 'unicast' : 'knock';
    if (type === 'unicast' && round === 0) return;
    this.#emit({ type, to, bytes: this.#probe(subject, round, false) });
  }

  #probe({ key, newest }: Peer, round: number, toAll: boolean): Uint8Array {
    const body = round === 0 ? EMPTY : encodeProbe({ key, lastSequence: newest, round });
    return this.#announcer.message(TYPE.PROBE, body, toAll);
  }

  #multicast(bytes: Uint8Array): void {
    this.#budget.spend(bytes[TYPE_OFFSET]!, bytes.length);
    this.#emit({ type: 'multicast', bytes });
  }

  #emit(effect: PresenceEffect): void {
    if ('bytes' in effect) {
      this.#sent++;
      this.#sentBytes += effect.bytes.length;
    }
    this.#effects.push(effect);
  }
}
