/** What we say to one other peer alone: our record to whoever asks, a question to whoever we know too little of. */

import type { Random } from '@mailslot/core';
import { type Agenda, type Source, uniform } from '@mailslot/core/internal';

import { AnswerShares } from './answer-shares.ts';
import type { Announcer } from './announcer.ts';
import {
  ANSWER_PEERS,
  ANSWER_SPACING_MS,
  ANSWERS_MAX,
  ASK_DELAY_MS,
  ASKS_MAX,
} from './constants.ts';
import { FLAG } from './message.ts';
import type { PeerKey } from './peer-id.ts';
import { isBeyondServer } from './remoteness.ts';
import { type Task, TaskTable } from './task-table.ts';

export interface CorrespondenceOptions {
  readonly announcer: Announcer;
  readonly agenda: Agenda<Task>;
  readonly random: Random;
  readonly unicast: (to: Source, bytes: Uint8Array) => void;
  /** Are we one of the few whose task it is to answer that newcomer? All agree on whose it is. */
  readonly isChosen: (asker: PeerKey) => boolean;
}

/** Who we are is asked. */
export interface Question {
  readonly asker: PeerKey;
  readonly to: Source;
  /** A peer of ours asks, that is no stranger. */
  readonly known: boolean;
  /** How many have heard it. */
  readonly peers: number;
}

export class Correspondence {
  readonly #options: CorrespondenceOptions;
  /** By place: the pause after an answer. */
  readonly #answers: TaskTable;
  readonly #shares = new AnswerShares();
  /** By peer. */
  readonly #asks: TaskTable;

  constructor(options: CorrespondenceOptions) {
    this.#options = options;
    this.#answers = new TaskTable(options.agenda, ANSWERS_MAX);
    this.#asks = new TaskTable(options.agenda, ASKS_MAX);
  }

  /** Answers a question. False if the place has had its answers, or too many ask. */
  answer({ asker, to, known, peers }: Question, now: number): boolean {
    const { announcer } = this.#options;
    if (announcer.isObserver) return true;
    if (peers > ANSWER_PEERS) {
      // Beyond a server a question may be older than the pause in which one could hear another answer it.
      const afar = isBeyondServer(to);
      if (!afar) announcer.answerGroup(peers, now);
      if (!afar || !announcer.settled || !this.#options.isChosen(asker)) return true;
    }
    if (this.#answers.has(to.id) || !this.#shares.take(to, known, now)) return false;
    if (!this.#answers.schedule(to.id, now + ANSWER_SPACING_MS, () => {})) return false;
    this.#options.unicast(to, announcer.announcement(0, false));
    return true;
  }

  /** Asks for the record of a peer that was heard at a place, unless it comes before. False for a place beyond the link, and if too many are asked. */
  ask(key: PeerKey, at: Source, now: number): boolean {
    const { announcer, random } = this.#options;
    if (at.trust === 'routed') return false;
    if (this.#asks.has(key)) return true;
    return this.#asks.schedule(key, now + uniform(random, ...ASK_DELAY_MS), () =>
      this.#options.unicast(at, announcer.beat(FLAG.WANT)),
    );
  }

  /** The record has come, or the peer has gone. */
  settle(key: PeerKey): void {
    this.#asks.cancel(key);
  }
}
