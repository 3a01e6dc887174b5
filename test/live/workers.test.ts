/** Workers of a cluster and worker threads: each receives everything, unicast included. */

import type { ChildProcess } from 'node:child_process';

import { afterEach, expect, test } from 'vitest';

import { forkSource } from '../support/fork-source.ts';
import { until } from '../support/real-time.ts';

const SCRIPT = new URL('children/workers.ts', import.meta.url);
/** Below those that the system gives away. */
const port = 18_000 + (process.pid % 1_000);

let child: ChildProcess | undefined;

afterEach(() => void child?.kill('SIGKILL'));

test.each([
  ['workers of a cluster', 'cluster', ['worker 1', 'worker 2', 'worker 3']],
  ['worker threads', 'threads', ['thread 0', 'thread 1', 'thread 2']],
])('%s hear one another, and are answered each', async (_, kind, names) => {
  const heard = new Set<string>();
  child = forkSource(SCRIPT, [kind, String(port + names[0]!.length)]);
  child.on('message', (report: { readonly heard: string }) => heard.add(report.heard));
  const expected = names.flatMap((name) =>
    names.flatMap((other) =>
      name === other ? [] : [`${name} heard: ${other}`, `${name} heard: ${other} answers ${name}`],
    ),
  );
  await until(() => expected.every((line) => heard.has(line)), 20_000);
  expect([...heard].toSorted()).toEqual(expected.toSorted());
});
