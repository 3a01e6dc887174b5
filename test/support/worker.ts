/** The processes that take the steps of a case: the end that calls, and the end that answers. */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { forkSource } from './fork-source.ts';
import type { Args, Outcome } from './windows-cases.ts';

interface Call {
  readonly id: number;
  readonly op: string;
  readonly args: Args;
}

interface Reply {
  readonly id: number;
  readonly outcome: Outcome;
}

/** A process that runs {@link answerCalls}. */
export class Worker {
  readonly #child: ChildProcess;
  readonly #calls = new Map<number, (outcome: Outcome) => void>();
  #nextId = 0;
  /** Resolves with its exit status, null if a signal ended it. */
  readonly exited: Promise<number | null>;

  /** Resolves once the process answers calls. */
  static async start(script: URL, args: readonly string[]): Promise<Worker> {
    const child = forkSource(script, args);
    const worker = new Worker(child);
    await Promise.race([once(child, 'message'), worker.exited]);
    return worker;
  }

  constructor(child: ChildProcess) {
    this.#child = child;
    this.exited = new Promise((resolve) => {
      child.once('exit', resolve);
    });
    child.on('message', ({ id, outcome }: Reply) => {
      this.#calls.get(id)?.(outcome);
      this.#calls.delete(id);
    });
  }

  /** Lets the process take one step. It never rejects: how the step ended is the outcome. */
  call(op: string, args: Args): Promise<Outcome> {
    const id = this.#nextId++;
    const outcome = new Promise<Outcome>((resolve) => {
      this.#calls.set(id, resolve);
    });
    this.#child.send({ id, op, args } satisfies Call, () => {});
    return Promise.race([outcome, this.exited.then(processGone)]);
  }

  /** Ends the process, however busy it is. */
  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }
}

function processGone(): Outcome {
  return { errorCode: 'ProcessGone', value: {}, ms: 0 };
}

/** Answers the calls of the process that started this one, and ends with it. */
export function answerCalls(answer: (op: string, args: Args) => Promise<Outcome>): void {
  process.on('message', ({ id, op, args }: Call) => {
    void answer(op, args).then((outcome) => process.send!({ id, outcome } satisfies Reply));
  });
  process.once('disconnect', () => process.exit());
  process.send!('ready');
}
