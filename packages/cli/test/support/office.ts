/** Programs on a LAN in memory, whose time goes on only while a test waits for something. */

import { joinNetwork } from '@mailslot/core';
import { type Datagram, slotPath } from '@mailslot/core/internal';
import { Lan } from '@mailslot/core/testing';
// Commands load it when they need it. Here it is loaded before, or virtual time would run away meanwhile.
import '@mailslot/discovery';
import '@mailslot/services';
import '@mailslot/services/internal';

import { Program, type ProgramOptions } from './program.ts';

const STEP_MS = 10;

/** 20 s, which is longer than anything here takes. */
const STEPS_MAX = 2_000;

export class Office {
  readonly lan = new Lan();
  #hosts = 0;

  /** Starts the program on a host of its own. */
  start(argv: readonly string[], options: Omit<ProgramOptions, 'join'> = {}): Program {
    const host = `HOST-${++this.#hosts}`;
    const { clock, random } = this.lan;
    const join: typeof joinNetwork = (given) =>
      joinNetwork({
        computerName: host,
        ...given,
        clock,
        random,
        transports: [this.lan.transport(host)],
      });
    return new Program(argv, { ...options, join });
  }

  /** Starts the program and waits until it has begun. */
  async begin(
    argv: readonly string[],
    options: Omit<ProgramOptions, 'join'> = {},
  ): Promise<Program> {
    const program = this.start(argv, options);
    await this.until(() => program.err.includes('Ctrl-C ends'));
    return program;
  }

  /** Lets time pass until something is so. */
  async until(condition: () => boolean): Promise<void> {
    for (let step = 0; step < STEPS_MAX; step++) {
      if (condition()) return;
      await new Promise(setImmediate);
      this.lan.clock.advance(STEP_MS);
    }
    throw new Error(`What was waited for did not happen: ${condition.toString()}`);
  }

  /** Lets time pass until a program has ended. */
  async end(program: Program): Promise<number> {
    let status: number | undefined;
    void program.exited.then((value) => (status = value));
    await this.until(() => status !== undefined);
    return status!;
  }

  /** Puts a datagram on the wire as no honest station would. */
  async inject(slot: string, { from, data }: Pick<Datagram, 'from' | 'data'>): Promise<void> {
    const { clock, random } = this.lan;
    const forger = this.lan.transport('FORGER');
    await forger.start({
      station: { id: 'forger', computerName: from, domain: 'WORKGROUP' },
      clock,
      random,
      receive: () => undefined,
      interfacesChanged() {},
      woke() {},
      problem() {},
    });
    const channel = await forger.open({ kind: 'domain' }, slotPath(slot));
    await channel.send({ sequence: 1, data, anonymous: false });
    await forger.stop();
  }
}
