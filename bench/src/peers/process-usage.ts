/** What processes take, from /proc. */

import { readdirSync, readFileSync } from 'node:fs';

const PAGE_BYTES = 4096;

/** The time that their threads ran so far, to the nanosecond; the ticks of /proc/PID/stat are too coarse. */
export function cpuSecondsOf(pids: readonly number[]): number {
  const threads = pids.flatMap((pid) =>
    readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}/schedstat`),
  );
  return threads.reduce((sum, path) => sum + Number(readFirst(path, 0)) / 1e9, 0);
}

/** What they have in memory, shared pages counted for each. */
export function residentBytesOf(pids: readonly number[]): number {
  return pids.reduce(
    (sum, pid) => sum + Number(readFirst(`/proc/${pid}/statm`, 1)) * PAGE_BYTES,
    0,
  );
}

function readFirst(path: string, field: number): string {
  return readFileSync(path, 'utf8').split(' ')[field]!;
}
