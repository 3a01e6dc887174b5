/** Runs the recorded cases of Windows with processes that use Mailslot. */

import { setTimeout } from 'node:timers/promises';

import {
  type Args,
  type Deviation,
  deviationOf,
  leadsElsewhere,
  type Outcome,
  type WindowsCase,
} from './windows-cases.ts';
import type { Worker } from './worker.ts';

export interface Cast {
  readonly computerName: string;
  /** Makes the first mailslot of a case, and reads it. */
  readonly reader: Worker;
  /** Writes to it, and makes any other: so two processes meet at one name. May be the reader. */
  readonly writer: Worker;
  /** One more process, for a step that asks for it. */
  startChild(): Promise<Worker>;
}

/** These look at a queue. */
const LOOKS = new Set(['read', 'drain', 'info', 'readov', 'bgread']);

/** These tell how many messages were written. */
const WRITES = new Set(['write', 'writeov', 'openmany', 'join']);

/** A message between processes of one computer has come by then, or it never will. */
const ARRIVAL_MS_MAX = 2000;

const DONE: Outcome = { value: {}, ms: 0 };

/** One case under way. */
export class CaseRun {
  readonly #cast: Cast;
  /** The process that a handle, or a call in the background, lives in. */
  readonly #homes = new Map<string, Worker>();
  readonly #servers = new Map<string, Promise<Outcome>>();
  #created = 0;
  #sent = 0;
  #lastWriter: string | undefined;

  constructor(cast: Cast) {
    this.#cast = cast;
  }

  /** Takes the steps in turn. Gives those that went another way. */
  async take({ steps }: Pick<WindowsCase, 'steps'>): Promise<readonly Deviation[]> {
    const deviations: Deviation[] = [];
    for (const step of steps) {
      const outcome = await this.#perform(step.op, this.#addressed(step.args));
      const deviation = deviationOf(step, outcome);
      if (deviation !== undefined) deviations.push(deviation);
      else if (leadsElsewhere(step, outcome)) break;
    }
    return deviations;
  }

  #addressed(args: Args): Args {
    if (args.name === undefined) return args;
    return { ...args, name: args.name.replace('{COMPUTERNAME}', this.#cast.computerName) };
  }

  async #perform(op: string, args: Args): Promise<Outcome> {
    if (op === 'sleep') return setTimeout(args.ms, DONE);
    if (op === 'child') return this.#child(args);
    const server = op === 'join' && this.#servers.get(args.as!);
    return server || this.#call(op, args);
  }

  async #call(op: string, args: Args): Promise<Outcome> {
    const home = this.#homeFor(op, args);
    if (args.as !== undefined) this.#homes.set(args.as, home);
    if (LOOKS.has(op) || (op === 'write' && this.#isOtherWriter(args.h!))) await this.#arrival();
    const outcome = await home.call(op, args);
    if (op === 'create' && outcome.errorCode === undefined) this.#created++;
    if (WRITES.has(op)) this.#sent += Number(outcome.value['messages'] ?? 0);
    return outcome;
  }

  #homeFor(op: string, { as, h }: Args): Worker {
    const { reader, writer } = this.#cast;
    if (op === 'create') return this.#created === 0 ? reader : writer;
    if (op === 'open') return writer;
    return this.#homes.get((h ?? as)!) ?? writer;
  }

  /** Whether somebody else wrote last. Messages of several writers queue in the order in which they arrive. */
  #isOtherWriter(writer: string): boolean {
    const isOther = writer !== this.#lastWriter;
    this.#lastWriter = writer;
    return isOther;
  }

  /** Waits for what was written: when a write resolves, the kernel may still hold the message. */
  async #arrival(): Promise<void> {
    const deadline = performance.now() + ARRIVAL_MS_MAX;
    while ((await this.#received()) < this.#sent && performance.now() < deadline) {
      await setTimeout(1);
    }
  }

  async #received(): Promise<number> {
    const workers = [...new Set([this.#cast.reader, this.#cast.writer])];
    const outcomes = await Promise.all(workers.map((worker) => worker.call('received', {})));
    return outcomes.reduce((sum, { value }) => sum + Number(value['messages']), 0);
  }

  async #child({ cmd, rest = '', h, as }: Args): Promise<Outcome> {
    if (cmd === 'readinherited') return this.#call(cmd, { h: h! });
    const child = await this.#cast.startChild();
    if (this.#isOtherWriter('child')) await this.#arrival();
    const [name = '', argument = ''] = rest.split(' ');
    return cmd === 'server'
      ? this.#serve(child, as!, name, Number(argument))
      : this.#writeAndExit(child, name, argument);
  }

  /** A process that makes a mailslot and exits some time later, without closing it. */
  async #serve(child: Worker, as: string, name: string, ms: number): Promise<Outcome> {
    const created = await child.call('create', { name, as });
    this.#servers.set(
      as,
      setTimeout(ms).then(() => exit(child)),
    );
    return created;
  }

  /** A process that writes one message and exits at once, without closing anything. */
  async #writeAndExit(child: Worker, name: string, text: string): Promise<Outcome> {
    const opened = await child.call('open', { name, as: 'w' });
    if (opened.errorCode !== undefined) return opened;
    const written = await child.call('write', { h: 'w', text });
    if (written.errorCode !== undefined) return written;
    this.#sent++;
    return exit(child);
  }
}

async function exit(worker: Worker): Promise<Outcome> {
  await worker.call('exit', {});
  return { value: { exit: await worker.exited }, ms: 0 };
}
