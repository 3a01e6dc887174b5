/**
 * Elections: who of the browsers of a segment becomes its master. [MS-BRWS] 3.3.5.8 and 3.3.6.
 *
 * A candidate says four times what speaks for it, and has won if nobody better says anything meanwhile. Whoever hears a
 * better one is silent; whoever hears a worse one stands itself, after a delay that is shorter the better its chances.
 *
 * One rule is ours. "Better" is not transitive as long as small differences of uptime count as none, so three browsers
 * that started within seconds could beat each other in a circle, forever. Whoever has lost therefore stays out until the
 * election is over: each leaves once, and the last one wins.
 */

import { type Random } from '@mailslot/core';
import { type Agenda, uniform } from '@mailslot/core/internal';

import { type Rate, TokenBucket } from '../presence/token-bucket.ts';
import { Alarm, type Task } from './alarm.ts';
import { beats, type Candidacy, compare } from './criteria.ts';
import type { BrowserTimers } from './timers.ts';

/** How often a candidate says what speaks for it. */
const ELECTION_FRAMES = 4;

/**
 * How often a browser that is not master lets itself be drawn into elections. A storm of them dies down by that; the
 * master answers in any case, at the most one frame a second.
 */
const ELECTIONS_RATE: Rate = { perSecond: 1 / 15, burst: 8 };

/** An election is over after so many rounds in any case, or somebody who keeps calling could keep us out. */
const ELECTION_ROUNDS_MAX = 8;

/** Collisions with one rival belong together if they come within so many rounds: Samba needs 20 s to be master again. */
const COLLISION_ROUNDS = 15;

export interface ElectionParts {
  readonly agenda: Agenda<Task>;
  readonly timers: BrowserTimers;
  readonly random: Random;
  /** What speaks for us now. */
  readonly candidacy: (now: number) => Candidacy;
  /** Our role: the nearer to being master, the sooner we speak. */
  readonly rank: () => 'master' | 'backup' | 'potential';
  readonly speak: (candidacy: Candidacy) => void;
  /** Nobody better has spoken. */
  readonly won: (now: number) => void;
  /** Somebody better speaks. */
  readonly lost: (now: number) => void;
}

export class Election {
  readonly #parts: ElectionParts;
  readonly #alarm: Alarm;
  readonly #limit = new TokenBucket(ELECTIONS_RATE);
  /** Frames said in this run. */
  #frames = 0;
  /** When the election that we lost began, and when its last frame was heard. */
  #lostAt = -Infinity;
  #heardAt = -Infinity;
  #rival: string | undefined;
  #rivalUntil = -Infinity;
  #yields = false;

  constructor(parts: ElectionParts) {
    this.#parts = parts;
    this.#alarm = new Alarm(parts.agenda, (now) => this.#next(now));
  }

  /** Are we standing? */
  get isRunning(): boolean {
    return this.#alarm.isSet;
  }

  /** Somebody else stands, or calls for an election. */
  hear(other: Candidacy, now: number): void {
    const own = this.#parts.candidacy(now);
    if (other.name === own.name) return;
    const isCall = other.version === 0 || other.criteria === 0;
    const isOut = !isCall && this.#isOut(now);
    this.#heardAt = now;
    if (!this.#beats(own, other, now)) {
      this.stop();
      if (!isOut) this.#lostAt = now;
      this.#parts.lost(now);
    } else if (!this.isRunning && !isOut) {
      if (isCall) this.#lostAt = -Infinity;
      if (this.#parts.rank() === 'master' || this.#limit.take(now)) this.stand(now);
    }
  }

  /** Stands for election, unless we do already. */
  stand(now: number): void {
    if (this.isRunning) return;
    this.#frames = 0;
    const { least, most } = this.#parts.timers.electionDelayMs[this.#parts.rank()];
    this.#alarm.set(now + uniform(this.#parts.random, least, most));
  }

  stop(): void {
    this.#alarm.cancel();
  }

  /**
   * Somebody else is master as well. If that happens twice, both believe that they have won, by what each makes of the
   * other's uptime: then we give way where nothing else tells us apart.
   */
  collided(rival: string, now: number): void {
    if (rival === this.#rival && now < this.#rivalUntil) this.#yields = true;
    else this.#yields = false;
    this.#rival = rival;
    this.#rivalUntil = now + COLLISION_ROUNDS * this.#parts.timers.electionRoundMs;
  }

  /** Have we lost an election that is not over? */
  #isOut(now: number): boolean {
    const { electionRoundMs } = this.#parts.timers;
    return (
      now - this.#heardAt < electionRoundMs &&
      now - this.#lostAt < ELECTION_ROUNDS_MAX * electionRoundMs
    );
  }

  #beats(own: Candidacy, other: Candidacy, now: number): boolean {
    const yields = this.#yields && other.name === this.#rival && now < this.#rivalUntil;
    return yields ? compare(own, other) === 'better' : beats(own, other);
  }

  #next(now: number): void {
    if (this.#frames === ELECTION_FRAMES) return this.#parts.won(now);
    this.#frames++;
    this.#alarm.set(now + this.#parts.timers.electionSpacingMs);
    this.#parts.speak(this.#parts.candidacy(now));
  }
}
