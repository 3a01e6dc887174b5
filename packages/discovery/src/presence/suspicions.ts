/**
 * From "it is silent" to "it is gone": rounds of questions that all can hear, and that the suspect answers if it lives.
 *
 * A question heard from another peer counts as one's own, so one question a round goes to all however many suspect.
 * Nobody takes another's word for the outcome: each counts the rounds that it heard no answer in, each knocks itself.
 */

import type { Random } from '@mailslot/core';
import type { Agenda, Source } from '@mailslot/core/internal';

import { backoffMs } from './backoff.ts';
import type { PeerKey } from './peer-id.ts';
import type { Peer } from './roster.ts';
import { type Task, TaskTable } from './task-table.ts';

/** Peers suspected at a time, at most; further ones wait for their turn. */
export const SUSPICIONS_MAX = 1024;

/** Each question is asked twice: the second copy comes when a short outage may be over. */
const COPY_DELAY_MS = 30;

/** Within this time one of the watchers asks, the others hear it and keep still. */
const ASK_SPREAD_MS = 50;

/** A shorter while after the last, a question belongs to the same round. */
const ROUND_MS_MIN = 60;

/** A round is judged this much after its end if its end came late: answers may lie in the socket. */
const DRAIN_MS = 50;

/** A host that refuses says so in one of the first rounds; in later ones all ask together, by one question. */
const KNOCKING_ROUNDS = 2;

/** Unanswered rounds that suffice if its host says that nobody is there: a firewall may say so too. */
const ROUNDS_WHEN_REFUSED = 2;

export interface SuspicionsOptions {
  readonly agenda: Agenda<Task>;
  readonly random: Random;
  /** How long an answer may take. */
  readonly roundMs: number;
  /** Unanswered rounds that make a peer dead. */
  readonly roundsNeeded: () => number;
  /** Within this time we hear a beat of a living peer, whether it hears our questions or not. */
  readonly beatDueMs: (subject: Peer) => number;
  /** How many take part in asking after a peer. */
  readonly askers: () => number;
  /** Are we deaf at the moment? Then no round ends. */
  readonly isDeaf: () => boolean;
  /** Asks everybody, and so the suspect, for a sign of life. */
  readonly ask: (subject: Peer, round: number) => void;
  /** Asks the suspect alone. */
  readonly knock: (subject: Peer, round: number) => void;
  /** It has left a round unanswered. */
  readonly onSuspect: (subject: Peer) => void;
  /** It lives, after {@link onSuspect}. */
  readonly onClear: (subject: Peer) => void;
  readonly onDead: (subject: Peer, now: number) => void;
  /** It lives, though its host has refused a knock. */
  readonly onRefusalDisproved: (key: PeerKey) => void;
}

interface Suspicion {
  readonly subject: Peer;
  readonly strange: boolean;
  readonly since: number;
  rounds: number;
  askedAt: number;
  refused: boolean;
  reported: boolean;
}

export class Suspicions {
  readonly #options: SuspicionsOptions;
  readonly #suspicions = new Map<PeerKey, Suspicion>();
  /** The next thing to do about each, and the second copies of questions. */
  readonly #steps: TaskTable;
  readonly #copies: TaskTable;
  #strangers = 0;

  constructor(options: SuspicionsOptions) {
    this.#options = options;
    this.#steps = new TaskTable(options.agenda, SUSPICIONS_MAX);
    this.#copies = new TaskTable(options.agenda, SUSPICIONS_MAX);
  }

  get size(): number {
    return this.#suspicions.size;
  }

  /** Of those, strangers when they were suspected first. */
  get strangers(): number {
    return this.#strangers;
  }

  has(key: PeerKey): boolean {
    return this.#suspicions.has(key);
  }

  /** A peer is silent: asks after it within `spreadMs`, unless another of `askers` does. False if too many are suspected. */
  begin(subject: Peer, askers: number, spreadMs: number, now: number): boolean {
    if (this.#suspicions.has(subject.key)) return true;
    const suspicion = this.#open(subject, now);
    if (suspicion === undefined) return false;
    const delayMs = backoffMs(spreadMs, askers, this.#options.random);
    this.#schedule(suspicion, now + delayMs, (now) => this.#ask(suspicion, now));
    return true;
  }

  /** Another peer asks after one that we have not heard either. False if too many are suspected. */
  join(subject: Peer, now: number): boolean {
    const suspicion = this.#suspicions.get(subject.key) ?? this.#open(subject, now);
    if (suspicion === undefined) return false;
    if (now - suspicion.askedAt < ROUND_MS_MIN) return true;
    this.#copies.cancel(subject.key);
    this.#enterRound(suspicion, now);
    return true;
  }

  /** The host at that place says that nobody is there. */
  refused(at: Source): void {
    for (const suspicion of this.#suspicions.values()) {
      if (suspicion.subject.isAt(at)) suspicion.refused = true;
    }
  }

  /** The peer was heard. */
  clear(key: PeerKey): void {
    const suspicion = this.#suspicions.get(key);
    if (suspicion === undefined) return;
    this.#close(suspicion);
    if (suspicion.refused) this.#options.onRefusalDisproved(key);
    if (suspicion.reported) this.#options.onClear(suspicion.subject);
  }

  /** The peer is no longer listed. */
  forget(key: PeerKey): void {
    const suspicion = this.#suspicions.get(key);
    if (suspicion !== undefined) this.#close(suspicion);
  }

  #open(subject: Peer, now: number): Suspicion | undefined {
    if (this.#suspicions.size >= SUSPICIONS_MAX) return undefined;
    const suspicion = {
      subject,
      strange: subject.standing === 'stranger',
      since: now,
      rounds: 0,
      askedAt: -Infinity,
      refused: false,
      reported: false,
    };
    this.#suspicions.set(subject.key, suspicion);
    if (suspicion.strange) this.#strangers++;
    return suspicion;
  }

  #close({ subject: { key }, strange }: Suspicion): void {
    this.#suspicions.delete(key);
    if (strange) this.#strangers--;
    this.#steps.cancel(key);
    this.#copies.cancel(key);
  }

  #ask(suspicion: Suspicion, now: number): void {
    const { subject } = suspicion;
    if (this.#options.isDeaf()) {
      const later = now + this.#options.roundMs;
      return this.#schedule(suspicion, later, (now) => this.#ask(suspicion, now));
    }
    this.#enterRound(suspicion, now);
    // Strangers may be invented by the thousand: that is no reason to fill the air.
    if (suspicion.strange) return;
    const round = suspicion.rounds;
    this.#options.ask(subject, round);
    this.#copies.schedule(subject.key, now + COPY_DELAY_MS, () =>
      this.#options.ask(subject, round),
    );
  }

  #enterRound(suspicion: Suspicion, now: number): void {
    suspicion.rounds++;
    suspicion.askedAt = now;
    if (suspicion.strange || suspicion.rounds <= KNOCKING_ROUNDS) {
      this.#options.knock(suspicion.subject, suspicion.rounds);
    }
    const spreadMs = backoffMs(ASK_SPREAD_MS, this.#options.askers(), this.#options.random);
    this.#awaitEnd(suspicion, now + this.#options.roundMs + spreadMs);
  }

  #awaitEnd(suspicion: Suspicion, endAt: number): void {
    this.#schedule(suspicion, endAt, (now) => {
      if (this.#options.isDeaf()) this.#awaitEnd(suspicion, now + this.#options.roundMs);
      else if (now - endAt <= DRAIN_MS) this.#judge(suspicion, now);
      else this.#schedule(suspicion, now + DRAIN_MS, (now) => this.#judge(suspicion, now));
    });
  }

  #judge(suspicion: Suspicion, now: number): void {
    const { subject, since, rounds, refused } = suspicion;
    if (!suspicion.reported) {
      suspicion.reported = true;
      this.#options.onSuspect(subject);
    }
    const needed = refused ? ROUNDS_WHEN_REFUSED : this.#options.roundsNeeded();
    if (rounds < needed) return this.#ask(suspicion, now);
    const beatDueAt = since + this.#options.beatDueMs(subject);
    if (!refused && now < beatDueAt) {
      return this.#schedule(suspicion, beatDueAt, (now) => this.#ask(suspicion, now));
    }
    this.#close(suspicion);
    this.#options.onDead(subject, now);
  }

  #schedule({ subject }: Suspicion, at: number, task: Task): void {
    this.#steps.schedule(subject.key, at, task);
  }
}
