/**
 * The fuzz test of the classic transport at length.
 *
 *   npx pnpm test:soak:netbios           a million packets, seeds drawn from the clock
 *   npx pnpm test:soak:netbios 5e6 123   so many, from seed 123 on
 */

import { type FuzzReport, fuzzNetbios } from '../support/netbios-fuzz.ts';

const BATCH_INPUTS = 100_000;

const [inputs = '1e6', first = String(Math.trunc(Date.now() / 1000))] = process.argv.slice(2);
const total: Record<keyof FuzzReport, number> = {
  inputs: 0,
  messages: 0,
  malformed: 0,
  answers: 0,
};
const start = performance.now();
console.log(`From seed ${first} on, ${Number(inputs)} packets.`);
for (let seed = Number(first); total.inputs < Number(inputs); seed++) {
  const report = await fuzzNetbios(
    seed,
    Math.min(BATCH_INPUTS, Number(inputs) - total.inputs),
  ).catch((cause: unknown) => {
    throw new Error(`Seed ${seed}`, { cause });
  });
  for (const key of ['inputs', 'messages', 'malformed', 'answers'] as const)
    total[key] += report[key];
}
const { inputs: done, messages, malformed, answers } = total;
const seconds = (performance.now() - start) / 1000;
console.log(
  `${done} packets in ${seconds.toFixed(0)} s: ${messages} messages, ${malformed} malformed, ${answers} sent; nothing thrown.`,
);
