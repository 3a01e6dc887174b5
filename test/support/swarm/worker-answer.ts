import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** The next message of a process that was asked something. Rejects if it ends instead. */
export async function workerAnswer<Answer>(worker: ChildProcess): Promise<Answer> {
  const done = new AbortController();
  const { signal } = done;
  const ended = once(worker, 'exit', { signal }).then(([code, killedBy]) => {
    throw new Error(`A worker has ended, with ${String(code ?? killedBy)}.`);
  });
  try {
    const [answer] = await Promise.race([once(worker, 'message', { signal }), ended]);
    return answer as Answer;
  } finally {
    done.abort();
  }
}
