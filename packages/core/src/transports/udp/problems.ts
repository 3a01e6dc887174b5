/** Tells of a cause once, however often it strikes. */

import { LRUCache } from 'lru-cache';

import type { TransportHost } from '../transport.ts';
import { errorCode, systemError } from './advice.ts';

/** A cause that persists is told again after so long. */
const PROBLEM_REPEAT_MS = 600_000;

/** Causes remembered: some for each interface. */
const PROBLEMS_MAX = 64;

export class Problems {
  readonly #host: TransportHost;
  /** Made for the first problem: most programs never have one, and a first cache takes milliseconds. */
  #told: LRUCache<string, true> | undefined;

  constructor(host: TransportHost) {
    this.#host = host;
  }

  /** `what` failed, by the system's error `cause`. */
  tell(what: string, cause: unknown): void {
    const key = `${what} ${errorCode(cause)}`;
    this.#told ??= new LRUCache({
      max: PROBLEMS_MAX,
      ttl: PROBLEM_REPEAT_MS,
      ttlResolution: 0,
      perf: this.#host.clock,
    });
    if (this.#told.has(key)) return;
    this.#told.set(key, true);
    this.#host.problem(systemError(what, cause));
  }
}
