/** Tells of a cause once, however often it strikes. */

import { isIP } from 'node:net';

import { LRUCache } from 'lru-cache';

import { MailslotError } from '../../errors.ts';
import type { TransportHost } from '../transport.ts';
import { errorCode, systemError } from './advice.ts';
import type { InterfaceTable } from './interfaces.ts';

/** A cause that persists is told again after so long. */
const PROBLEM_REPEAT_MS = 600_000;

/** Causes remembered: some for each interface. */
const PROBLEMS_MAX = 64;

export class Problems {
  readonly #host: TransportHost;
  readonly #transport: string;
  /** Made for the first problem: most programs never have one, and a first cache takes milliseconds. */
  #told: LRUCache<string, true> | undefined;

  /** `transport` is what its options are given to. */
  constructor(host: TransportHost, transport: string) {
    this.#host = host;
    this.#transport = transport;
  }

  /** `what` failed, by the system's error `cause`. */
  tell(what: string, cause: unknown): void {
    this.#tell(`${what} ${errorCode(cause)}`, () => systemError(what, cause));
  }

  /** The user named interfaces, or addresses of one, that are not among those that are up: misspelt, or yet to come. */
  missing(names: readonly string[], table: InterfaceTable): void {
    const there = Object.keys(table).join(', ') || 'none';
    const advice = `It is used as soon as it comes; those that are up now: ${there}.`;
    for (const name of names) {
      const what =
        isIP(name) === 0 ? `There is no interface ${name}` : `No interface has the address ${name}`;
      const message = `${this.#transport}({ interfaces }): ${what}. ${advice}`;
      this.#tell(what, () => new MailslotError('ERROR_BAD_NETPATH', message));
    }
  }

  #tell(key: string, problem: () => MailslotError): void {
    this.#told ??= new LRUCache({
      max: PROBLEMS_MAX,
      ttl: PROBLEM_REPEAT_MS,
      ttlResolution: 0,
      perf: this.#host.clock,
    });
    if (this.#told.has(key)) return;
    this.#told.set(key, true);
    this.#host.problem(problem());
  }
}
