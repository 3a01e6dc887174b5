/**
 * The presence protocol of one peer, or of an observer, in one service: what happens goes into
 * {@link PresenceMachine.step}, what is to be done about it comes out.
 *
 * It is pure. It knows no socket, timer or stream: a rim delivers datagrams, carries out effects and wakes it at
 * {@link PresenceMachine.nextWakeAt}. The same seed and the same steps give the same effects.
 */

import type { Random } from '@mailslot/core';
import { Agenda, DecodeError, type Source } from '@mailslot/core/internal';

import { Announcer } from './announcer.ts';
import { ANSWER_PEERS, HELD_BYE_MS, HELD_BYES_MAX, LATE_WAKE_MS, TICK_MS } from './constants.ts';
import { Correspondence } from './correspondence.ts';
import type {
  DepartureReason,
  PeerView,
  PresenceDropReason,
  PresenceEffect,
  PresenceInput,
  PresenceStats,
} from './effects.ts';
import {
  BEAT_BYTES_INITIAL,
  budgetIntervalMs,
  intervalMsOf,
  nextBeatBytes,
  timeToLiveMs,
} from './interval.ts';
import { LivenessClock } from './liveness-clock.ts';
import { decodeMessage, FLAG, HEADER_BYTES, type Message, screenMessage, TYPE } from './message.ts';
import { peerIdOf, type PeerKey, peerKeyOf } from './peer-id.ts';
import { decodeRecord, type PeerRecord } from './record.ts';
import { Peer, Roster } from './roster.ts';
import { type Task, TaskTable } from './task-table.ts';
import { Tombstones } from './tombstones.ts';
import { tune, type Tuning } from './tuning.ts';

export type * from './effects.ts';

export interface PresenceOptions extends Partial<Tuning> {
  /** From `drawPeerId`, new for every machine. */
  readonly id: string;
  /** From `realmOf`. */
  readonly realm: number;
  /** Undefined for an observer: it sees and is not seen. */
  readonly record: PeerRecord | undefined;
  readonly random: Random;
}

const NOTHING: readonly PresenceEffect[] = [];

export class PresenceMachine {
  readonly #key: PeerKey;
  readonly #realm: number;
  readonly #tuning: Tuning;
  readonly #roster: Roster;
  readonly #agenda = new Agenda<Task>();
  readonly #heldByes = new TaskTable(this.#agenda, HELD_BYES_MAX);
  readonly #liveness = new LivenessClock();
  readonly #tombstones = new Tombstones(() => this.#now);
  readonly #announcer: Announcer;
  readonly #correspondence: Correspondence;
  readonly #drops: Partial<Record<PresenceDropReason, number>> = {};
  /** Ourselves among the peers: 1, or 0 for an observer. */
  readonly #self: number;
  #received = 0;
  #state: 'new' | 'present' | 'leaving' | 'closed' = 'new';
  #now = 1;
  #beatBytes = BEAT_BYTES_INITIAL;
  #ticking = false;
  #effects: PresenceEffect[] = [];

  /** Throws a {@link MailslotError} for a record that is too large and an option out of its range. */
  constructor({ id, realm, record, random, ...tuning }: PresenceOptions) {
    this.#key = peerKeyOf(id);
    this.#realm = realm;
    this.#tuning = tune(tuning);
    this.#roster = new Roster(this.#tuning.peersMax);
    this.#self = record === undefined ? 0 : 1;
    const shared = { agenda: this.#agenda, random };
    this.#announcer = new Announcer({
      ...shared,
      id: this.#key,
      realm,
      record,
      multicast: (bytes) => this.#multicast(bytes),
      intervalMs: () => this.#intervalMs(),
    });
    this.#correspondence = new Correspondence({
      ...shared,
      announcer: this.#announcer,
      unicast: (to, bytes) => this.#emit({ type: 'unicast', to, bytes }),
    });
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

  get stats(): PresenceStats {
    return { received: this.#received, drops: { ...this.#drops } };
  }

  /** When to step with `wake` if nothing happens before; `Infinity` for never. Changes with every step. */
  get nextWakeAt(): number {
    return this.#agenda.nextAt;
  }

  /** Takes what happened at `now`, of a monotonic clock that is never 0. The effects are to be carried out in order. */
  step(input: PresenceInput, now: number): readonly PresenceEffect[] {
    this.#now = now;
    this.#liveness.advance(now);
    this.#take(input, now);
    if (this.#state === 'present' && now - this.#agenda.nextAt > LATE_WAKE_MS) {
      this.#announcer.join(now);
    }
    for (let due = this.#agenda.takeDue(now); due; due = this.#agenda.takeDue(now)) due.item(now);
    if (this.#effects.length === 0) return NOTHING;
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  #take(input: PresenceInput, now: number): void {
    if (this.#state === 'new') {
      if (input.type === 'start') {
        this.#state = 'present';
        this.#announcer.join(now);
      } else if (input.type === 'close') {
        this.#closed();
      }
    } else if (this.#state === 'present') {
      if (input.type === 'datagram') this.#receive(input.bytes, input.source, now);
      else if (input.type === 'update') this.#announcer.update(input.record, now);
      else if (input.type === 'rejoin') this.#announcer.join(now);
      else if (input.type === 'close') this.#close(now);
    }
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

  #receive(bytes: Uint8Array, source: Source, now: number): void {
    this.#received++;
    const mismatch = screenMessage(bytes, this.#realm);
    if (mismatch !== undefined) return this.#drop(mismatch);
    try {
      this.#hear(decodeMessage(bytes), source, now);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#drop('malformed');
    }
  }

  #hear(message: Message, source: Source, now: number): void {
    if (message.id === this.#key) this.#hearOurselves(message, now);
    else if (message.type === TYPE.ANNOUNCE) this.#hearAnnouncement(message, source, now);
    else if (message.type === TYPE.BYE) this.#hearGoodbye(message, source, now);
    else this.#drop('unknown');
  }

  /** An echo of what we sent is nothing. What we did not send is answered, so that nobody believes it for long. */
  #hearOurselves({ type, sequence }: Message, now: number): void {
    this.#drop('echo');
    if (type === TYPE.BYE || this.#announcer.isForeign(sequence)) {
      this.#announcer.refute(sequence, now);
    }
  }

  #hearAnnouncement(message: Message, source: Source, now: number): void {
    const { id, flags } = message;
    if ((flags & FLAG.OBSERVER) === 0) {
      const peer = this.#roster.get(id);
      const first =
        peer === undefined
          ? this.#meet(message, source, now)
          : this.#refresh(peer, message, source, now);
      if (!first) return;
    }
    if ((flags & FLAG.WANT) === 0) return;
    if (!this.#correspondence.answer(source, this.#members, now)) this.#drop('limit');
  }

  /** Lists a peer that is new, if this says who it is. False if it went before this. */
  #meet(message: Message, source: Source, now: number): boolean {
    const { id, sequence, flags } = message;
    if (this.#tombstones.covers(id, sequence)) {
      this.#drop('older');
      return false;
    }
    if ((flags & FLAG.FULL) === 0) {
      this.#ask(id, source, now);
      return true;
    }
    const { revision, intervalCode } = message;
    const peer = new Peer(id, sequence, { record: decodeRecord(message.body), revision }, source);
    this.#tombstones.open(id);
    this.#settle(id, true);
    this.#noteSize(HEADER_BYTES + message.body.length);
    const evicted = this.#roster.add(peer, intervalCode, this.#liveness.now);
    if (evicted !== undefined) this.#down(evicted, 'evicted');
    this.#emit({ type: 'up', peer: viewOf(peer) });
    if (!this.#ticking) this.#scheduleTick(now);
    return true;
  }

  /** Takes an announcement of a listed peer for what it proves. False if it was heard before, or may have been. */
  #refresh(peer: Peer, message: Message, source: Source, now: number): boolean {
    const { sequence, revision, body } = message;
    const verdict = peer.judge(sequence);
    if (verdict !== 'newer') {
      this.#drop(verdict);
      if (verdict === 'duplicate') peer.copyFrom(source);
      if (verdict === 'late') peer.accept(sequence);
      return verdict === 'late';
    }
    const full = (message.flags & FLAG.FULL) !== 0;
    const changed = revision !== peer.revision;
    // Before anything is touched: a malformed record makes the whole message malformed.
    const record = full && changed ? decodeRecord(body) : peer.record;
    peer.accept(sequence);
    peer.heardFrom(source);
    this.#roster.refresh(peer, message.intervalCode, this.#liveness.now);
    this.#heldByes.cancel(peer.key);
    this.#noteSize(HEADER_BYTES + body.length);
    if (full) {
      this.#settle(peer.key, false);
      peer.record = record;
      peer.revision = revision;
      if (changed) this.#emit({ type: 'update', peer: viewOf(peer) });
    } else if (changed) {
      this.#ask(peer.key, source, now);
    }
    return true;
  }

  #hearGoodbye({ id, sequence }: Message, source: Source, now: number): void {
    const peer = this.#roster.get(id);
    if (peer === undefined) return this.#tombstones.renew(id, sequence);
    const verdict = peer.judge(sequence);
    if (verdict !== 'newer') return this.#drop(verdict);
    if (peer.isAt(source)) {
      peer.accept(sequence);
      this.#sayGoodbye(peer);
    } else if (!this.#heldByes.has(id)) {
      // Anyone may have sent it: neither does its number count, nor is it obeyed before its victim could object.
      const held = this.#heldByes.schedule(id, now + HELD_BYE_MS, () => this.#sayGoodbye(peer));
      if (!held) this.#drop('limit');
    }
  }

  #sayGoodbye(peer: Peer): void {
    this.#roster.remove(peer);
    this.#down(peer, 'goodbye');
  }

  /** A peer has left the roster. */
  #down(peer: Peer, reason: DepartureReason): void {
    this.#heldByes.cancel(peer.key);
    this.#correspondence.settle(peer.key);
    // Whoever was evicted lives, and is listed again by what it says next.
    if (reason !== 'evicted') {
      const ttlMs = this.#timeToLiveMs(intervalMsOf(peer.intervalCode), this.#intervalMs());
      this.#tombstones.bury(peer.key, peer.newest, ttlMs);
    }
    this.#emit({ type: 'down', peer: viewOf(peer), reason });
  }

  #ask(key: PeerKey, source: Source, now: number): void {
    if (!this.#correspondence.ask(key, source, now)) this.#drop('limit');
  }

  /** A record has come. */
  #settle(key: PeerKey, news: boolean): void {
    this.#correspondence.settle(key);
    this.#announcer.answered(news && this.#members <= ANSWER_PEERS);
  }

  #scheduleTick(now: number): void {
    this.#ticking = true;
    this.#agenda.add(now + TICK_MS, (now) => this.#tick(now));
  }

  /** Looks for the silent, and keeps the liveness clock going, as long as there is anybody. */
  #tick(now: number): void {
    const ownMs = this.#intervalMs();
    const silent = this.#roster.expire(this.#liveness.now, (intervalMs) =>
      this.#timeToLiveMs(intervalMs, ownMs),
    );
    for (const peer of silent) this.#down(peer, 'expired');
    this.#ticking = this.#roster.size > 0;
    if (this.#ticking) this.#scheduleTick(now);
  }

  /** Peers of the group, ourselves included. */
  get #members(): number {
    return this.#roster.size + this.#self;
  }

  /** The interval that suits the group as it is now. */
  #intervalMs(): number {
    return budgetIntervalMs(this.#members, this.#beatBytes, this.#tuning);
  }

  #timeToLiveMs(intervalMs: number, ownMs: number): number {
    return timeToLiveMs(intervalMs, ownMs, this.#tuning.missedBeatsMax);
  }

  #noteSize(messageBytes: number): void {
    this.#beatBytes = nextBeatBytes(this.#beatBytes, messageBytes);
  }

  #multicast(bytes: Uint8Array): void {
    this.#noteSize(bytes.length);
    this.#emit({ type: 'multicast', bytes });
  }

  #emit(effect: PresenceEffect): void {
    this.#effects.push(effect);
  }

  #drop(reason: PresenceDropReason): void {
    this.#drops[reason] = (this.#drops[reason] ?? 0) + 1;
  }
}

function viewOf({ key, record, paths }: Peer): PeerView {
  return { id: peerIdOf(key), record, paths };
}
