/** The time of all processes, and waiting. */

import { setTimeout } from 'node:timers/promises';

const POLL_MS = 20;

/** CLOCK_MONOTONIC in milliseconds: the same for every process of the machine. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Whether it came true in time. What is measured is timed where it happens, not here. */
export async function until(condition: () => boolean, patienceMs: number): Promise<boolean> {
  for (const end = monotonicMs() + patienceMs; !condition(); await setTimeout(POLL_MS)) {
    if (monotonicMs() > end) return false;
  }
  return true;
}
