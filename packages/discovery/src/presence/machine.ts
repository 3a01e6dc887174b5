/**
 * The presence protocol of one peer, or of an observer, in one service: what happens goes into
 * {@link PresenceMachine.step}, what is to be done about it comes out.
 *
 * It is pure. It knows no socket, timer or stream: a rim delivers datagrams, carries out effects and wakes it at
 * {@link PresenceMachine.nextWakeAt}. The same seed and the same steps give the same effects.
 *
 * Its parts: {@link Admission} says who is heard at all, {@link Announcer} says who we are, {@link Correspondence}
 * answers single peers, {@link Vigil} looks for the silent, {@link Reconciliation} compares lists and fetches what differs.
 */

/* oxlint-disable max-lines -- every kind of message meets the same few tables here */

import type { Random } from '@mailslot/core';
import { Agenda, DecodeError, type Source } from '@mailslot/core/internal';

import { Admission } from './admission.ts';
import { Announcer } from './announcer.ts';
import { isLaterLife } from './bound-id.ts';
import { HELD_BYE_MS, HELD_BYES_MAX, LATE_WAKE_MS } from './constants.ts';
import { Correspondence } from './correspondence.ts';
import type {
  DepartureReason,
  PeerView,
  PresenceDropReason,
  PresenceEffect,
  PresenceInput,
  PresenceSizes,
  PresenceStats,
} from './effects.ts';
import type { Digest } from './digest.ts';
import { budgetIntervalMs, intervalMsOf } from './interval.ts';
import { Load, LOAD_PERIOD_MS } from './load.ts';
import {
  decodeMessage,
  FLAG,
  HEADER_BYTES,
  type Message,
  screenBeat,
  screenMessage,
  TYPE,
  TYPE_OFFSET,
} from './message.ts';
import { peerIdOf, type PeerKey, peerKeyOf } from './peer-id.ts';
import { decodeProbe, encodeProbe } from './probe.ts';
import { OPEN, type Protection } from './protection.ts';
import { type Adoptee, NO_PLACES, type Places, Reconciliation } from './reconciliation.ts';
import { decodeRecord, digestIn, type PeerRecord } from './record.ts';
import { Peer, Roster } from './roster.ts';
import type { Verdict } from './sequence-window.ts';
import { Signers } from './signers.ts';
import { type Task, TaskTable } from './task-table.ts';
import { Tombstones } from './tombstones.ts';
import { tune, type Tuning } from './tuning.ts';
import { Vigil } from './vigil.ts';

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
  /** How places are told to others. Default: they are not, and a listed peer is reached once it was heard. */
  readonly places?: Places;
}

const NOTHING: readonly PresenceEffect[] = [];
const EMPTY = new Uint8Array();

/** Places of strangers that are told apart, at most. */
export const REFUSED_MAX = 1024;

/** Beats that wait at a time: what a group of the largest size answered at once sends in a second. */
export const BACKLOG_MAX = 64;

/** A datagram that was put aside. */
type Put = Extract<PresenceInput, { readonly type: 'datagram' }> & { readonly now: number };

/** How an announcement came. */
interface From {
  readonly source: Source;
  /** Whose key it proved to be signed with. */
  readonly signer: Uint8Array | undefined;
  /** As it came. */
  readonly bytes: Uint8Array;
}

export class PresenceMachine {
  readonly #key: PeerKey;
  readonly #realm: number;
  readonly #tuning: Tuning;
  readonly #protection: Protection;
  readonly #roster: Roster;
  readonly #agenda = new Agenda<Task>();
  readonly #admission = new Admission();
  readonly #heldByes = new TaskTable(this.#agenda, HELD_BYES_MAX);
  readonly #tombstones = new Tombstones(() => this.#now);
  readonly #load = new Load();
  readonly #announcer: Announcer;
  readonly #correspondence: Correspondence;
  readonly #vigil: Vigil;
  readonly #reconciliation: Reconciliation;
  readonly #signers = new Signers();
  /** Places that messages came from which do not prove what they should. */
  readonly #refused = new Set<string>();
  readonly #drops: Partial<Record<PresenceDropReason, number>> = {};
  /** Ourselves among the peers: 1, or 0 for an observer. */
  readonly #self: number;
  /** Beats that wait for the next step. */
  readonly #backlog: Put[] = [];
  #received = 0;
  #state: 'new' | 'present' | 'leaving' | 'closed' = 'new';
  #now = 1;
  #effects: PresenceEffect[] = [];

  /** Throws a {@link MailslotError} for a record that is too large and an option out of its range. */
  constructor(options: PresenceOptions) {
    const { id, realm, record, random, protection = OPEN, places = NO_PLACES, ...tuning } = options;
    const key = peerKeyOf(id);
    this.#key = key;
    this.#realm = realm;
    this.#protection = protection;
    this.#tuning = tune(tuning);
    this.#roster = new Roster({
      max: this.#tuning.peersMax,
      provenAtOnce: protection.mode !== 0,
    });
    this.#self = record === undefined ? 0 : 1;
    const shared = { agenda: this.#agenda, random };
    const intervalMs = (): number => this.#intervalMs();
    this.#announcer = new Announcer({
      ...shared,
      id: key,
      realm,
      record,
      protection,
      intervalMs,
      digest: () => this.#reconciliation.digest(),
      multicast: (bytes) => this.#multicast(bytes),
    });
    const unicast = (to: Source, bytes: Uint8Array): void =>
      this.#emit({ type: 'unicast', to, bytes });
    this.#correspondence = new Correspondence({ ...shared, announcer: this.#announcer, unicast });
    this.#vigil = new Vigil({
      ...shared,
      self: key,
      roster: this.#roster,
      tuning: this.#tuning,
      intervalMs,
      ask: (subject, round) => this.#multicast(this.#probe(subject, round, true)),
      knock: (subject, round) => this.#knock(subject, round),
      successor: () => this.#reconciliation.successor(key),
      onSuspect: (peer) => this.#emit({ type: 'suspect', peer: viewOf(peer) }),
      onClear: (peer) => this.#emit({ type: 'clear', peer: viewOf(peer) }),
      onDead: (peer, now) => this.#lose(peer, 'expired', now),
      onIsolated: (isolated, now) => this.#onIsolated(isolated, now),
    });
    this.#reconciliation = new Reconciliation({
      ...shared,
      self: key,
      announcer: this.#announcer,
      protection,
      roster: this.#roster,
      places,
      unicast,
      expect: (source, datagrams, now) => this.#admission.expect(source, datagrams, now),
      adopt: (adoptee, now) => this.#adopt(adoptee, now),
      onRecord: (peer) => this.#emit({ type: 'update', peer: viewOf(peer) }),
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

  /** The newest number heard of a listed peer. */
  evidence(key: PeerKey): number | undefined {
    return this.#roster.get(key)?.newest;
  }

  get stats(): PresenceStats {
    const { loss } = this.#vigil;
    const intervalMs = this.#intervalMs();
    const drops = { ...this.#drops };
    return { received: this.#received, drops, strangers: this.#refused.size, loss, intervalMs };
  }

  get sizes(): PresenceSizes {
    return {
      peers: this.#roster.size,
      strangers: this.#roster.strangerCount,
      suspects: this.#vigil.suspects,
      tombstones: this.#tombstones.size,
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
    if (this.#self === 1) this.#reconciliation.list(this.#key, this.#announcer.revision);
    this.#announcer.join(now);
    this.#scheduleMeasuring(now);
  }

  #scheduleMeasuring(now: number): void {
    this.#agenda.add(now + LOAD_PERIOD_MS, (now) => {
      const beatsPerMs = this.#roster.beatsPerMs + this.#self / this.#announcer.intervalMs;
      this.#load.measure(LOAD_PERIOD_MS * beatsPerMs, this.#vigil.loss);
      this.#scheduleMeasuring(now);
    });
  }

  #update(record: PeerRecord, now: number): void {
    this.#announcer.update(record, now);
    this.#reconciliation.list(this.#key, this.#announcer.revision);
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
    const mismatch = screenMessage(bytes, this.#realm, this.#protection.mode);
    if (mismatch === 'security') this.#refuse(source);
    if (mismatch !== undefined) return this.#drop(mismatch);
    try {
      this.#judge(decodeMessage(bytes), bytes, source, now);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#drop('malformed');
    }
  }

  /** Hears what may be heard and is proven. */
  #judge(message: Message, bytes: Uint8Array, source: Source, now: number): void {
    const { id, type, sequence } = message;
    const foreign = type === TYPE.BYE || this.#announcer.isForeign(sequence);
    if (id === this.#key && !foreign) return this.#drop('echo');
    const peer = this.#roster.get(id);
    if (!this.#admission.admit(source, peer, now)) return this.#drop('limit');
    const unproven = peer === undefined || peer.standing === 'stranger';
    if (this.#protection.mode === 3 && unproven && !this.#admission.admitSignature(now)) {
      return this.#drop('limit');
    }
    const proof = this.#protection.open(message, bytes, peer?.publicKey);
    if (proof === undefined) {
      this.#refuse(source);
      return this.#drop('security');
    }
    const { body, signer } = proof;
    const proven = body === message.body ? message : { ...message, body };
    if (id === this.#key) return this.#hearOurselves(message, now);
    this.#vigil.heard(now);
    switch (type) {
      case TYPE.ANNOUNCE:
        return this.#hearAnnouncement(proven, peer, { source, signer, bytes }, now);
      case TYPE.BYE:
        return this.#hearGoodbye(proven, peer, { source, signer, bytes }, now);
      case TYPE.PROBE:
        return this.#hearProbe(proven, peer, now);
      case TYPE.PULL:
        if (peer !== undefined && !this.#note(peer, proven)) return;
        if (!this.#reconciliation.serve(proven, source, now)) this.#drop('limit');
        return;
      case TYPE.PAGE:
        if (peer !== undefined && !this.#note(peer, proven)) return;
        if (!this.#reconciliation.take(proven, source, now)) this.#drop('unasked');
        return;
      default:
        return this.#drop('unknown');
    }
  }

  /** What we did not send is answered, so that nobody believes it for long. */
  #hearOurselves(message: Message, now: number): void {
    this.#drop('echo');
    this.#announcer.refute(message, now);
    this.#reconciliation.list(this.#key, this.#announcer.revision);
  }

  #hearAnnouncement(message: Message, peer: Peer | undefined, from: From, now: number): void {
    const { flags } = message;
    const { source } = from;
    if ((flags & FLAG.OBSERVER) === 0) {
      const first =
        peer === undefined
          ? this.#meet(message, from, now)
          : this.#refresh(peer, message, from, now);
      if (!first) return;
    }
    if ((flags & FLAG.WANT) === 0) return;
    const direct = (flags & FLAG.DIRECT) !== 0;
    const known = peer !== undefined && peer.standing !== 'stranger';
    // Whoever is not known may have put a question to all, and say that it was put to one.
    const peers = direct && known ? 1 : this.#members;
    if (!this.#correspondence.answer({ to: source, known, peers }, now)) this.#drop('limit');
  }

  /** Lists a peer that is new, if this says who it is. False if it went before this. */
  #meet(message: Message, from: From, now: number): boolean {
    const { id, sequence, flags, revision, intervalCode, groupCount } = message;
    if (this.#tombstones.covers(id, sequence)) {
      this.#drop('older');
      return false;
    }
    if ((flags & FLAG.FULL) === 0) {
      this.#ask(id, from.source, now);
      return true;
    }
    const record = decodeRecord(message.body);
    const digest = digestIn(message.body);
    const peer = new Peer(id, sequence, { record, revision }, from.source);
    peer.groupCount = groupCount;
    peer.publicKey = from.signer;
    this.#list(peer, intervalCode, { standing: 'stranger', heardAgoMs: 0 }, now);
    this.#sign(peer, from, now);
    if (digest !== undefined) this.#compare(digest, message, from.source, now);
    return true;
  }

  /** Takes an announcement of a listed peer for what it proves. False if it was heard before, or may have been. */
  #refresh(peer: Peer, message: Message, from: From, now: number): boolean {
    const { flags, sequence, revision } = message;
    const { source } = from;
    const verdict = this.#verdictOn(peer, sequence);
    if (verdict !== 'newer') {
      this.#drop(verdict);
      if (verdict === 'duplicate' && sequence === peer.newest) peer.copyFrom(source);
      if (verdict === 'late') peer.accept(sequence);
      return verdict === 'late';
    }
    const full = (flags & FLAG.FULL) !== 0;
    const changed = revision !== peer.revision;
    // Before anything is touched: a malformed record makes the whole message malformed.
    const record = full && changed ? decodeRecord(message.body) : peer.record;
    const digest = full ? digestIn(message.body) : undefined;
    const hearsay = peer.isHearsay;
    this.#believe(peer, message);
    const moved = peer.heardFrom(source);
    if (full) {
      this.#sign(peer, from, now);
      if (changed) {
        this.#correspondence.settle(peer.key);
        peer.record = record;
        peer.revision = revision;
        this.#reconciliation.list(peer.key, revision);
      }
      if (digest !== undefined) this.#compare(digest, message, source, now);
    } else if (changed) {
      this.#ask(peer.key, source, now);
    }
    if ((full && changed) || hearsay || moved) this.#tellUpdate(peer);
    return true;
  }

  /** What others tell of a peer is their word: its first own datagram counts whatever its number, unless it is a ghost's. */
  #verdictOn(peer: Peer, sequence: number): Verdict {
    if (!peer.isHearsay) return peer.judge(sequence);
    return this.#tombstones.covers(peer.key, sequence) ? 'older' : 'newer';
  }

  /** Takes any other message of a listed peer as a sign of life. False if it was heard before, or may have been. */
  #note(peer: Peer, message: Message): boolean {
    const verdict = this.#verdictOn(peer, message.sequence);
    if (verdict === 'newer') this.#believe(peer, message);
    else this.#drop(verdict);
    if (verdict === 'late') peer.accept(message.sequence);
    return verdict === 'newer' || verdict === 'late';
  }

  /** What a peer sent is newer than all before: it lives. */
  #believe(peer: Peer, message: Message): void {
    const { sequence, groupCount, flags, intervalCode, body, type } = message;
    const { isHearsay } = peer;
    if (isHearsay) {
      peer.restart(sequence);
      this.#tombstones.open(peer.key);
    } else {
      peer.accept(sequence);
    }
    const evicted = this.#roster.refresh(peer, intervalCode, this.#vigil.now);
    peer.heardLagMs = Math.trunc(this.#now - peer.heardAt);
    if (evicted !== undefined) this.#forget(evicted, 'evicted');
    this.#heldByes.cancel(peer.key);
    this.#vigil.clear(peer.key);
    if ((flags & FLAG.DIRECT) !== 0) return;
    if (!isHearsay) this.#vigil.count((groupCount - peer.groupCount - 1) & 0xffff);
    peer.groupCount = groupCount;
    if (peer.standing === 'stranger') return;
    const bytes = HEADER_BYTES + body.length + this.#protection.overheadBytes;
    if (type === TYPE.ANNOUNCE) this.#load.announced(bytes);
    else this.#load.sent(bytes);
  }

  #hearGoodbye(message: Message, peer: Peer | undefined, from: From, now: number): void {
    const { id, sequence } = message;
    const { mode } = this.#protection;
    if (peer === undefined) {
      // A goodbye of nobody in particular is no reason to be deaf to anybody.
      if (mode !== 3 || from.signer !== undefined) this.#tombstones.renew(id, sequence);
      return;
    }
    const verdict = this.#verdictOn(peer, sequence);
    if (verdict !== 'newer') return this.#drop(verdict);
    if (mode !== 0 || peer.path?.id === from.source.id) {
      peer.accept(sequence);
      this.#lose(peer, 'goodbye', now);
    } else if (!this.#heldByes.has(id)) {
      // Anyone may have sent it: neither does its number count, nor is it obeyed before its victim could object.
      const held = this.#heldByes.schedule(id, now + HELD_BYE_MS, (now) =>
        this.#lose(peer, 'goodbye', now),
      );
      if (!held) this.#drop('limit');
    }
  }

  #hearProbe(message: Message, asker: Peer | undefined, now: number): void {
    if (asker !== undefined && !this.#note(asker, message)) return;
    const probe = decodeProbe(message.body);
    // Only somebody who looks whether our port is still open.
    if (probe === undefined) return;
    const { key, lastSequence } = probe;
    if (key === this.#key) {
      if (this.#announcer.isObserver) return;
      this.#announcer.answerProbe(lastSequence, now);
      // Where multicast is lost, an answer to the asker alone may arrive.
      const [path] = asker?.paths ?? [];
      const direct = (message.flags & FLAG.DIRECT) !== 0;
      if (direct && path !== undefined) this.#unicast(path, this.#announcer.beat());
      return;
    }
    const subject = this.#roster.get(key);
    // What a stranger asks is its own business: to count it would let it hurry us.
    if (asker !== undefined && subject !== undefined) this.#vigil.asked(subject, now);
  }

  /** Lists a peer that another has told us of, unless we know better. */
  #adopt({ peer, intervalCode, strange, ageMs }: Adoptee, now: number): void {
    if (this.#tombstones.covers(peer.key, peer.newest)) return;
    // Nobody who went is listed again because another has heard a beat that we missed before we gave it up.
    if (now - ageMs <= this.#tombstones.buriedAt(peer.key)) return;
    // A stranger has to come from somewhere: there are limits on how many come from one place.
    if (strange && peer.path === undefined) return;
    const standing = strange ? 'stranger' : 'vouched';
    this.#list(peer, intervalCode, { standing, heardAgoMs: ageMs }, now);
  }

  #list(
    peer: Peer,
    intervalCode: number,
    { standing, heardAgoMs }: { standing: 'stranger' | 'vouched'; heardAgoMs: number },
    now: number,
  ): void {
    // Whoever others have not heard for long is to have the time for one beat before we ask after it.
    const silentMs = Math.min(heardAgoMs, this.#vigil.leewayMs(intervalMsOf(intervalCode)));
    const evicted = this.#roster.add(peer, intervalCode, this.#vigil.now - silentMs, standing);
    if (evicted === peer) return;
    peer.heardLagMs = Math.trunc(now - heardAgoMs - peer.heardAt);
    if (evicted !== undefined) this.#forget(evicted, 'evicted');
    // What others say does not make us believe what we know to be old.
    if (!peer.isHearsay) this.#tombstones.open(peer.key);
    this.#correspondence.settle(peer.key);
    this.#reconciliation.list(peer.key, peer.revision);
    this.#emit({ type: 'up', peer: viewOf(peer) });
    this.#vigil.watch(now);
  }

  /** Notes who signed an announcement. An earlier life of the same identity has ended with it. */
  #sign(peer: Peer, { signer, bytes }: From, now: number): void {
    if (signer === undefined) return;
    peer.publicKey = signer;
    peer.signed = new Uint8Array(bytes);
    const other = this.#signers.get(signer);
    if (other !== undefined && other !== peer.key) {
      // These may be old words of an earlier life, sent again by somebody else.
      if (!isLaterLife(peer.key, other)) return;
      const earlier = this.#roster.get(other);
      if (earlier !== undefined) this.#lose(earlier, 'replaced', now);
    }
    this.#signers.set(signer, peer.key);
  }

  /** A peer has gone. */
  #lose(peer: Peer, reason: DepartureReason, now: number): void {
    const ttlMs = this.#vigil.remembranceMs(peer.intervalMs);
    this.#tombstones.bury(peer.key, peer.newest, ttlMs, peer.standing === 'stranger');
    this.#roster.remove(peer);
    this.#forget(peer, reason);
    this.#announcer.hurry(now);
  }

  /** A peer has left the roster. Whoever was evicted lives, and is listed again by what it says next. */
  #forget(peer: Peer, reason: DepartureReason): void {
    this.#heldByes.cancel(peer.key);
    this.#correspondence.settle(peer.key);
    this.#vigil.forget(peer.key);
    this.#reconciliation.unlist(peer.key);
    if (peer.publicKey !== undefined) this.#signers.delete(peer.publicKey, peer.key);
    this.#emit({ type: 'down', peer: viewOf(peer), reason });
  }

  #ask(key: PeerKey, source: Source, now: number): void {
    if (!this.#correspondence.ask(key, source, now)) this.#drop('limit');
  }

  #compare(digest: Digest, { id, flags }: Message, source: Source, now: number): void {
    const settled = (flags & FLAG.SETTLED) !== 0;
    if (settled && (flags & FLAG.DIRECT) === 0) this.#announcer.groupAnswered();
    this.#reconciliation.compare({ digest, key: id, settled, source }, now);
  }

  #onIsolated(isolated: boolean, now: number): void {
    this.#emit({ type: isolated ? 'isolated' : 'online' });
    if (!isolated) this.#announcer.join(now);
  }

  #knock(subject: Peer, round: number): void {
    const [to] = subject.paths;
    if (to === undefined || to.trust === 'routed') return;
    this.#emit({ type: 'knock', to, bytes: this.#probe(subject, round, false) });
  }

  #probe({ key, newest }: Peer, round: number, toAll: boolean): Uint8Array {
    const body = round === 0 ? EMPTY : encodeProbe({ key, lastSequence: newest, round });
    return this.#announcer.message(TYPE.PROBE, body, toAll);
  }

  /** Peers of the group, ourselves included. */
  get #members(): number {
    return this.#roster.members + this.#self;
  }

  /** The interval that suits the group as it is now. */
  #intervalMs(): number {
    const residents = this.#roster.residents + this.#self;
    const group = { members: this.#members, residents };
    return budgetIntervalMs(group, this.#load.bytesPerBeat, this.#tuning);
  }

  #multicast(bytes: Uint8Array): void {
    if (bytes[TYPE_OFFSET] === TYPE.ANNOUNCE) this.#load.announced(bytes.length);
    else this.#load.sent(bytes.length);
    this.#emit({ type: 'multicast', bytes });
  }

  #unicast(to: Source, bytes: Uint8Array): void {
    this.#emit({ type: 'unicast', to, bytes });
  }

  #tellUpdate(peer: Peer): void {
    this.#emit({ type: 'update', peer: viewOf(peer) });
  }

  #emit(effect: PresenceEffect): void {
    this.#effects.push(effect);
  }

  #refuse({ id }: Source): void {
    if (this.#refused.size < REFUSED_MAX) this.#refused.add(id);
  }

  #drop(reason: PresenceDropReason): void {
    this.#drops[reason] = (this.#drops[reason] ?? 0) + 1;
  }
}

function viewOf({ key, record, paths, publicKey }: Peer): PeerView {
  return { id: peerIdOf(key), record, paths, publicKey };
}
