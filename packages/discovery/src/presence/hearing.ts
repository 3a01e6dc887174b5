/** What each kind of message means to us. Whoever speaks has passed the {@link Gate}, and may still be a stranger. */

import type { Source } from '@mailslot/core/internal';

import type { Announcer } from './announcer.ts';
import type { Budget } from './budget.ts';
import type { Correspondence } from './correspondence.ts';
import type { Digest } from './digest.ts';
import type { Drops } from './drops.ts';
import type { Heard } from './gate.ts';
import type { Membership } from './membership.ts';
import { FLAG, HEADER_BYTES, type Message, TYPE } from './message.ts';
import type { PeerKey } from './peer-id.ts';
import { decodeProbe } from './probe.ts';
import type { Protection } from './protection.ts';
import type { Reconciliation } from './reconciliation.ts';
import { decodeRecord, digestIn } from './record.ts';
import { Peer, type Roster } from './roster.ts';
import type { Vigil } from './vigil.ts';

export interface HearingOptions {
  readonly self: PeerKey;
  readonly protection: Protection;
  readonly roster: Roster;
  readonly budget: Budget;
  readonly announcer: Announcer;
  readonly correspondence: Correspondence;
  readonly vigil: Vigil;
  readonly reconciliation: Reconciliation;
  readonly membership: Membership;
  readonly drops: Drops;
  readonly unicast: (to: Source, bytes: Uint8Array) => void;
}

export class Hearing {
  readonly #options: HearingOptions;

  constructor(options: HearingOptions) {
    this.#options = options;
  }

  /** Throws only a `DecodeError`. */
  hear(heard: Heard, now: number): void {
    const { self, vigil, drops } = this.#options;
    const { id, type } = heard.message;
    if (id === self) return this.#hearOurselves(heard.message, now);
    vigil.heard(now);
    switch (type) {
      case TYPE.ANNOUNCE:
        return this.#hearAnnouncement(heard, now);
      case TYPE.BYE:
        return this.#hearGoodbye(heard, now);
      case TYPE.PROBE:
        return this.#hearProbe(heard, now);
      case TYPE.PULL:
        return this.#hearPull(heard, now);
      case TYPE.PAGE:
        return this.#hearPage(heard, now);
      default:
        return drops.count('unknown');
    }
  }

  /** What we did not send is answered, so that nobody believes it for long. */
  #hearOurselves(message: Message, now: number): void {
    const { self, announcer, reconciliation, drops } = this.#options;
    drops.count('echo');
    announcer.refute(message, now);
    reconciliation.list(self, announcer.revision);
  }

  #hearAnnouncement(heard: Heard, now: number): void {
    const { message, peer, source } = heard;
    const { flags } = message;
    if ((flags & FLAG.OBSERVER) === 0) {
      const first = peer === undefined ? this.#meet(heard, now) : this.#hearAgain(peer, heard, now);
      if (!first) return;
    }
    if ((flags & FLAG.WANT) === 0) return;
    const { budget, correspondence, drops } = this.#options;
    const direct = (flags & FLAG.DIRECT) !== 0;
    const known = peer !== undefined && peer.standing !== 'stranger';
    // Whoever is not known may have put a question to all, and say that it was put to one.
    const peers = direct && known ? 1 : budget.members;
    const question = { asker: message.id, to: nearest(peer, source), known, peers };
    if (!correspondence.answer(question, now)) drops.count('limit');
  }

  /** Lists a peer that is new, if this says who it is. False if it went before this. */
  #meet({ message, source, signer, bytes }: Heard, now: number): boolean {
    const { membership, drops } = this.#options;
    const { id, sequence, flags, revision, intervalCode, groupCount } = message;
    if (membership.isGhost(id, sequence)) {
      drops.count('older');
      return false;
    }
    if ((flags & FLAG.FULL) === 0) {
      this.#ask(id, source, now);
      return true;
    }
    const record = decodeRecord(message.body);
    const digest = digestIn(message.body);
    const peer = new Peer(id, sequence, { record, revision }, source);
    peer.groupCount = groupCount;
    peer.publicKey = signer;
    membership.meet(peer, intervalCode, now);
    if (signer !== undefined) membership.sign(peer, signer, bytes, now);
    if (digest !== undefined) this.#compare(digest, message, source, now);
    return true;
  }

  /** Takes an announcement of a listed peer for what it proves. False if it was heard before, or may have been. */
  #hearAgain(peer: Peer, { message, source, signer, bytes }: Heard, now: number): boolean {
    const { membership, drops } = this.#options;
    const { flags, sequence, revision } = message;
    const verdict = membership.judge(peer, sequence);
    if (verdict !== 'newer') {
      drops.count(verdict);
      if (verdict === 'duplicate' && sequence === peer.newest) peer.copyFrom(source);
      if (verdict === 'late') peer.accept(sequence);
      return verdict === 'late';
    }
    const full = (flags & FLAG.FULL) !== 0;
    const changed = revision !== peer.revision;
    // Before anything is touched: a malformed record makes the whole message malformed.
    const record = full && changed ? decodeRecord(message.body) : undefined;
    const digest = full ? digestIn(message.body) : undefined;
    const hearsay = peer.isHearsay;
    this.#believe(peer, message, now);
    const moved = peer.heardFrom(source);
    if (full && signer !== undefined) membership.sign(peer, signer, bytes, now);
    if (record !== undefined) membership.revise(peer, record, revision);
    else if (changed) this.#ask(peer.key, source, now);
    if (digest !== undefined) this.#compare(digest, message, nearest(peer, source), now);
    if (record !== undefined || hearsay || moved) membership.tell('update', peer);
    return true;
  }

  #hearGoodbye({ message, peer, source, signer }: Heard, now: number): void {
    const { protection, membership, drops } = this.#options;
    const { id, sequence } = message;
    if (peer === undefined) {
      // A goodbye of nobody in particular is no reason to be deaf to anybody.
      if (protection.mode !== 3 || signer !== undefined) membership.leaveAgain(id, sequence);
      return;
    }
    const verdict = membership.judge(peer, sequence);
    if (verdict !== 'newer') return drops.count(verdict);
    if (protection.mode === 0 && peer.path?.id !== source.id) {
      // Anyone may have sent it: neither does its number count, nor is it obeyed before its victim could object.
      if (!membership.holdGoodbye(peer, now)) drops.count('limit');
      return;
    }
    peer.accept(sequence);
    membership.lose(peer, 'goodbye', now);
  }

  #hearProbe({ message, peer: asker }: Heard, now: number): void {
    const { self, roster, announcer, vigil, unicast } = this.#options;
    if (asker !== undefined && !this.#note(asker, message, now)) return;
    const probe = decodeProbe(message.body);
    // Only somebody who looks whether our port is still open.
    if (probe === undefined) return;
    const { key, lastSequence } = probe;
    if (key === self) {
      if (announcer.isObserver) return;
      announcer.answerProbe(lastSequence, now);
      // Where multicast is lost, an answer to the asker alone may arrive.
      const [path] = asker?.paths ?? [];
      const direct = (message.flags & FLAG.DIRECT) !== 0;
      if (direct && path !== undefined) unicast(path, announcer.beat());
      return;
    }
    const subject = roster.get(key);
    // What a stranger asks is its own business: to count it would let it hurry us.
    if (asker !== undefined && subject !== undefined) vigil.asked(subject, now);
  }

  #hearPull({ message, peer, source }: Heard, now: number): void {
    const { reconciliation, drops } = this.#options;
    if (peer !== undefined && !this.#note(peer, message, now)) return;
    if (!reconciliation.serve(message, source, now)) drops.count('limit');
  }

  #hearPage({ message, peer, source }: Heard, now: number): void {
    const { reconciliation, drops } = this.#options;
    if (peer !== undefined && !this.#note(peer, message, now)) return;
    if (!reconciliation.take(message, source, now)) drops.count('unasked');
  }

  /** Takes any other message of a listed peer as a sign of life. False if it was heard before, or may have been. */
  #note(peer: Peer, message: Message, now: number): boolean {
    const { membership, drops } = this.#options;
    const verdict = membership.judge(peer, message.sequence);
    if (verdict === 'newer') this.#believe(peer, message, now);
    else drops.count(verdict);
    if (verdict === 'late') peer.accept(message.sequence);
    return verdict === 'newer' || verdict === 'late';
  }

  /** What a peer sent is newer than all before: it lives, and a gap before this tells what was lost. */
  #believe(peer: Peer, message: Message, now: number): void {
    const { protection, budget, vigil, membership } = this.#options;
    const { type, flags, sequence, intervalCode, groupCount, body } = message;
    const hearsay = peer.isHearsay;
    membership.confirm(peer, sequence, intervalCode, now);
    // What it had said to all before we first heard it is no loss, whatever that first message was.
    if (hearsay) peer.groupCount = groupCount;
    if ((flags & FLAG.DIRECT) !== 0) return;
    if (!hearsay) vigil.count((groupCount - peer.groupCount - 1) & 0xffff);
    peer.groupCount = groupCount;
    if (peer.standing === 'stranger') return;
    budget.spend(type, HEADER_BYTES + body.length + protection.overheadBytes);
  }

  #ask(key: PeerKey, at: Source, now: number): void {
    const { correspondence, drops } = this.#options;
    if (!correspondence.ask(key, at, now)) drops.count('limit');
  }

  #compare(digest: Digest, { id, flags }: Message, source: Source, now: number): void {
    const { announcer, reconciliation } = this.#options;
    const settled = (flags & FLAG.SETTLED) !== 0;
    if (settled && (flags & FLAG.DIRECT) === 0) announcer.groupAnswered();
    reconciliation.compare({ digest, key: id, settled, source }, now);
  }
}

/** Where to answer what came from a place: to a nearer one, if the peer is heard there too. */
function nearest(peer: Peer | undefined, source: Source): Source {
  return peer?.isAt(source) ? peer.paths[0]! : source;
}
