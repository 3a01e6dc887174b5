/** Keeps watch over the silent: when to suspect whom, and when we are the deaf one ourselves. */

import type { Random } from '@mailslot/core';
import type { Agenda, Source } from '@mailslot/core/internal';

import { LivenessClock } from './liveness-clock.ts';
import { LossEstimate } from './loss-estimate.ts';
import {
  fallbackBeats,
  patienceMs,
  ROUNDS_MAX,
  roundsNeeded,
  watcherBeats,
  WATCHERS,
} from './patience.ts';
import type { PeerKey } from './peer-id.ts';
import type { Peer, Roster } from './roster.ts';
import { Suspicions, SUSPICIONS_MAX } from './suspicions.ts';
import { type Task, TaskTable } from './task-table.ts';
import type { Tuning } from './tuning.ts';
import { isWatcher } from './watchers.ts';

/** How often silence is looked at, at least and at most. In between the next look is when somebody may be overdue. */
const TICK_MS_MIN = 20;
const TICK_MS_MAX = 2000;

/**
 * Where beats are further apart than this, each peer knocks at the next one in the order of the list that often: a host
 * tells at once if a process has gone. It costs one datagram each, to one peer, and no answer.
 */
const KNOCK_MS = 2000;

/** An answer to somebody else's question comes within this time; then we look ourselves, so often at the most. */
const DOUBT_MS = 90;
const LOOKS_MAX = 3;

/** Strangers that are asked after at a time: of many invented ones each would cost dozens of questions. */
const STRANGE_SUSPECTS_MAX = 8;

/** Peers knocked at whose refusal would be understood, and peers that live though their hosts refuse. */
export const KNOCKED_MAX = 1024;

/** Within this time one of the watchers begins to ask, or else one of all. */
const WATCHERS_SPREAD_MS = 50;
const FALLBACK_SPREAD_MS = 250;

export interface VigilOptions {
  /** Ourselves: candidates for watching are those that are listed by others. */
  readonly self: PeerKey;
  readonly roster: Roster;
  readonly agenda: Agenda<Task>;
  readonly random: Random;
  readonly tuning: Tuning;
  /** The interval that suits the group as it is now. */
  readonly intervalMs: () => number;
  readonly ask: (subject: Peer, round: number) => void;
  readonly knock: (subject: Peer, round: number) => void;
  /** The peer that follows us in the order of the list. */
  readonly successor: () => PeerKey | undefined;
  readonly onSuspect: (subject: Peer) => void;
  readonly onClear: (subject: Peer) => void;
  readonly onDead: (subject: Peer, now: number) => void;
  /** Nobody is heard though somebody should be, for as long as we can doubt ourselves; or somebody is again. */
  readonly onIsolated: (isolated: boolean, now: number) => void;
}

export class Vigil {
  readonly #options: VigilOptions;
  readonly #clock = new LivenessClock();
  readonly #loss = new LossEstimate();
  readonly #suspicions: Suspicions;
  /** Peers that somebody else suspects. */
  readonly #doubts: TaskTable;
  /** Peers that we have knocked at without suspecting them. */
  readonly #knocked = new Set<PeerKey>();
  /** Peers that have shown that they live after their hosts refused a knock: a firewall may do that. */
  readonly #immune = new Set<PeerKey>();
  #ticking = false;
  #knockAt = 0;
  #isolated = false;

  constructor(options: VigilOptions) {
    this.#options = options;
    this.#doubts = new TaskTable(options.agenda, SUSPICIONS_MAX);
    this.#suspicions = new Suspicions({
      ...options,
      roundMs: options.tuning.roundMs,
      roundsNeeded: () => this.#roundsNeeded(),
      beatDueMs: ({ intervalMs }) => this.#watcherPatience()(intervalMs) - options.tuning.graceMs,
      isDeaf: () => this.#clock.standing,
      askers: () => Math.max(WATCHERS, options.roster.size),
      onRefusalDisproved: (key) => this.#excuse(key),
    });
  }

  /** Liveness time, in milliseconds. */
  get now(): number {
    return this.#clock.now;
  }

  /** The share of group datagrams that we miss. */
  get loss(): number {
    return this.#loss.loss;
  }

  get suspects(): number {
    return this.#suspicions.size;
  }

  /** Nobody is waited for, and the next look comes soon. */
  get calm(): boolean {
    const waiting = this.#suspicions.size > 0 || this.#doubts.size > 0;
    return this.#ticking && !waiting && !this.#isolated;
  }

  /** Takes a step that was due at `dueAt` at the latest. */
  advance(now: number, dueAt: number): void {
    this.#clock.advance(now, dueAt);
  }

  /** A member of the service was heard, whoever it is. */
  heard(now: number): void {
    this.#clock.heard(now);
    if (!this.#isolated) return;
    this.#isolated = false;
    this.#options.onIsolated(false, now);
  }

  /** A group datagram came after `lost` of the same peer that did not. */
  count(lost: number): void {
    this.#loss.note(lost);
  }

  /** A peer has shown that it lives. */
  clear(key: PeerKey): void {
    this.#suspicions.clear(key);
  }

  /** Somebody is listed: begins to look, if that is not done already. */
  watch(now: number): void {
    if (!this.#ticking) this.#schedule(now, TICK_MS_MIN);
  }

  /** A peer is no longer listed. */
  forget(key: PeerKey): void {
    this.#suspicions.forget(key);
    this.#doubts.cancel(key);
    this.#knocked.delete(key);
    this.#immune.delete(key);
  }

  /**
   * Another peer asks after this one. Nobody believes ill of a peer that it has heard itself within its time; but if we
   * hear no answer either, we ask ourselves.
   */
  asked(peer: Peer, now: number): void {
    const overdue = !this.isPatient(this.#clock.now - peer.heardAt, peer.intervalMs);
    if (overdue || this.#suspicions.has(peer.key)) this.#join(peer, now);
    else if (!this.#doubts.has(peer.key)) this.#doubt(peer, { heard: peer.newest, looks: 0 }, now);
  }

  /** There is reason to believe that a peer has gone: asks after it at once. */
  suspect(peer: Peer, now: number): void {
    const { roster } = this.#options;
    if (this.#suspicions.begin(peer, roster.size, WATCHERS_SPREAD_MS, now)) roster.park(peer);
  }

  /** True if a peer of that interval may well live, though it was silent for so long. */
  isPatient(silentMs: number, intervalMs: number): boolean {
    return silentMs < this.#watcherPatience()(intervalMs);
  }

  /** How long a peer may have been silent that we are to hear a beat of before we ask after it. */
  leewayMs(intervalMs: number): number {
    const patience = this.#watcherPatience();
    return Math.max(0, patience(intervalMs) - this.#patience(1)(intervalMs));
  }

  /** The host at that place says that nobody is there. */
  refused(at: Source, now: number): void {
    for (const key of this.#knocked) {
      const peer = this.#options.roster.get(key);
      if (peer?.isAt(at) && !this.#immune.has(key)) this.suspect(peer, now);
    }
    this.#suspicions.refused(at);
  }

  /** How long a peer of that interval is remembered after it went: as long as others may take to notice. */
  remembranceMs(intervalMs: number): number {
    return this.#fallbackPatience()(intervalMs);
  }

  #schedule(now: number, delayMs: number): void {
    this.#ticking = true;
    this.#options.agenda.add(now + delayMs, (now) => this.#tick(now));
  }

  #tick(now: number): void {
    const { roster } = this.#options;
    this.#clock.expect(roster.size, roster.beatsPerMs);
    if (this.#clock.isolated && !this.#isolated) {
      this.#isolated = true;
      this.#options.onIsolated(true, now);
    }
    this.#ticking = roster.size > 0;
    if (!this.#ticking) return;
    const patience = this.#watcherPatience();
    if (!this.#clock.standing) this.#lookForSilent(patience, now);
    this.#knockAtSuccessor(now);
    const untilNextMs = roster.nextOverdueAt(this.#clock.now, patience) - this.#clock.now;
    this.#schedule(now, Math.min(Math.max(TICK_MS_MIN, Math.ceil(untilNextMs)), TICK_MS_MAX));
  }

  #knockAtSuccessor(now: number): void {
    if (now < this.#knockAt || this.#options.intervalMs() <= KNOCK_MS) return;
    this.#knockAt = now + KNOCK_MS;
    const key = this.#options.successor();
    const peer = key === undefined ? undefined : this.#options.roster.get(key);
    if (peer !== undefined) this.#look(peer, 0);
  }

  /** Somebody else suspects a peer: if it stays silent for us too, looks a few times, then suspects it as well. */
  #doubt(peer: Peer, { heard, looks }: { heard: number; looks: number }, now: number): void {
    this.#doubts.schedule(peer.key, now + DOUBT_MS, (now) => {
      if (peer.newest !== heard || this.#suspicions.has(peer.key)) return;
      if (looks === LOOKS_MAX) return this.suspect(peer, now);
      this.#look(peer, 1);
      this.#doubt(peer, { heard, looks: looks + 1 }, now);
    });
  }

  /** Knocks at a peer that is not suspected, unless a refusal would tell nothing. */
  #look(peer: Peer, round: number): void {
    if (this.#immune.has(peer.key)) return;
    this.#knocked.add(peer.key);
    trim(this.#knocked);
    this.#options.knock(peer, round);
  }

  #join(peer: Peer, now: number): void {
    if (!this.#suspicions.has(peer.key) && !this.#mayBeSuspected(peer)) return;
    if (this.#suspicions.join(peer, now)) this.#options.roster.park(peer);
  }

  #excuse(key: PeerKey): void {
    this.#immune.add(key);
    trim(this.#immune);
  }

  #lookForSilent(patience: (intervalMs: number) => number, now: number): void {
    const { roster, self } = this.#options;
    const longer = this.#fallbackPatience();
    for (const peer of roster.overdue(this.#clock.now, patience)) {
      const silentMs = this.#clock.now - peer.heardAt;
      if (!this.#mayBeSuspected(peer)) {
        if (silentMs >= longer(peer.intervalMs)) this.#options.onDead(peer, now);
        continue;
      }
      const watcher = isWatcher(self, peer.key, roster.keys());
      if (!watcher && silentMs < longer(peer.intervalMs)) continue;
      const suspected = watcher
        ? this.#suspicions.begin(peer, WATCHERS, WATCHERS_SPREAD_MS, now)
        : this.#suspicions.begin(peer, roster.size, FALLBACK_SPREAD_MS, now);
      if (suspected) roster.park(peer);
    }
  }

  /**
   * So many that a living peer answers one of them, and that we would have noticed meanwhile if we were deaf. With one
   * other peer there is no telling: nobody else could be heard.
   */
  #roundsNeeded(): number {
    const { roster, tuning } = this.#options;
    const rounds = roundsNeeded(this.#loss.loss);
    if (roster.size < 2) return rounds;
    const deafRounds = Math.ceil(this.#clock.quietMs / tuning.roundMs) + 1;
    return Math.min(Math.max(rounds, deafRounds), ROUNDS_MAX);
  }

  #mayBeSuspected(peer: Peer): boolean {
    return peer.standing !== 'stranger' || this.#suspicions.strangers < STRANGE_SUSPECTS_MAX;
  }

  #watcherPatience(): (intervalMs: number) => number {
    return this.#patience(watcherBeats(this.#loss.loss));
  }

  #fallbackPatience(): (intervalMs: number) => number {
    return this.#patience(fallbackBeats(this.#loss.loss, this.#options.roster.size));
  }

  #patience(beats: number): (intervalMs: number) => number {
    const ownMs = this.#options.intervalMs();
    const { graceMs } = this.#options.tuning;
    return (intervalMs) => patienceMs(beats, intervalMs, ownMs, graceMs);
  }
}

function trim(known: Set<PeerKey>): void {
  if (known.size <= KNOCKED_MAX) return;
  const [oldest] = known;
  known.delete(oldest!);
}
