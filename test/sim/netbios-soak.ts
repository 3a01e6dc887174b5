/**
 * The fuzz tests of the classic network at length: its transport, both ends of its sessions, and what its services say.
 *
 *   npx pnpm test:soak:netbios                a million inputs each, seeds drawn from the clock
 *   npx pnpm test:soak:netbios 5e6 123        so many, from seed 123 on
 *   npx pnpm test:soak:netbios 1e6 123 names  of the one whose name has that in it
 */

import { fuzzNetbios } from '../support/netbios-fuzz.ts';
import { fuzzServices } from '../support/service-fuzz.ts';
import { fuzzSessionClients, fuzzSessionServers } from '../support/session-fuzz.ts';

const BATCH_INPUTS = 100_000;

/** What came of so many inputs: counts by their names. */
type Report = { readonly inputs: number } & object;
type Fuzz = (seed: number, inputs: number) => Report | Promise<Report>;

const FUZZES: Readonly<Record<string, Fuzz>> = {
  'names and datagrams': fuzzNetbios,
  'servers of sessions, SMB, RAP and messages': fuzzSessionServers,
  'clients of sessions, SMB, RAP and messages': fuzzSessionClients,
  'messages of services': fuzzServices,
};

const [wanted = '1e6', first = String(Math.trunc(Date.now() / 1000)), part = ''] =
  process.argv.slice(2);
console.log(`${Number(wanted)} inputs each, from seed ${first} on.`);
for (const [name, fuzz] of Object.entries(FUZZES)) {
  if (name.includes(part)) await soak(name, fuzz);
}

async function soak(name: string, fuzz: Fuzz): Promise<void> {
  const total = new Map<string, number>();
  const left = (): number => Number(wanted) - (total.get('inputs') ?? 0);
  const start = performance.now();
  for (let seed = Number(first); left() > 0; seed++) {
    const report = await batch(fuzz, seed, Math.min(BATCH_INPUTS, left()));
    for (const [key, count] of Object.entries(report)) {
      total.set(key, (total.get(key) ?? 0) + count);
    }
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  const counts = Array.from(total, ([key, count]) => `${count} ${key}`).join(', ');
  console.log(`${name}: ${counts} in ${seconds} s; nothing thrown.`);
}

async function batch(fuzz: Fuzz, seed: number, inputs: number): Promise<Report> {
  try {
    return await fuzz(seed, inputs);
  } catch (cause) {
    throw new Error(`Seed ${seed}`, { cause });
  }
}
