/**
 * One of the processes of local-takeover.test.ts: creates mailslots, each at its appointed time, and says how that went.
 *
 * Argument: the directory of the `local` transport.
 */

import { setImmediate } from 'node:timers/promises';

import { joinNetwork, local, MailslotError } from '@mailslot/core';

/** Create these, one each `stepNs`, the first at `startNs` of the clock that all processes share. */
export interface Order {
  readonly names: readonly string[];
  readonly startNs: string;
  readonly stepNs: number;
}

/** `won`, or the code of the error, for each name. */
export type Outcomes = readonly string[];

const [, , directory = ''] = process.argv;
const network = await joinNetwork({ transports: [local({ directory })] });

async function claim(name: string): Promise<string> {
  try {
    await network.createMailslot(name);
    return 'won';
  } catch (error) {
    return error instanceof MailslotError ? error.code : String(error);
  }
}

async function claimAll({ names, startNs, stepNs }: Order): Promise<Outcomes> {
  const outcomes: Promise<string>[] = [];
  for (const [index, name] of names.entries()) {
    const dueNs = BigInt(startNs) + BigInt(index * stepNs);
    while (process.hrtime.bigint() < dueNs) await setImmediate();
    outcomes.push(claim(name));
  }
  return Promise.all(outcomes);
}

process.on('message', (order: Order) => {
  void claimAll(order).then((outcomes) => process.send!(outcomes));
});
process.once('disconnect', () => process.exit());
process.send!('ready');
