/**
 * Programs that share a process tree: `cluster` forks workers of a cluster, `threads` starts worker threads, and each of
 * them is a station of its own. Arguments: which, and the port.
 */

import cluster from 'node:cluster';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import { joinNetwork, udp } from '@mailslot/core';
import { slotPath, type Source, switchboardOf } from '@mailslot/core/internal';

const COUNT = 3;
const WORKERS = slotPath('workers');
const [, , kind = '', port = ''] = process.argv;

/** Node 20 does not hand the loader of TypeScript on to threads. */
const LOADER = `import('tsx/esm/api').then(({ register }) => {
  register();
  return import(${JSON.stringify(import.meta.url)});
});`;

type Report = { readonly heard: string };

/** Whoever asked for it may have gone by now. */
const tellParent = (report: Report): void => void process.send!(report, () => {});

if (kind === 'cluster' && cluster.isPrimary) {
  for (let count = 0; count < COUNT; count++) {
    cluster.fork().on('message', tellParent);
  }
} else if (kind === 'threads' && isMainThread) {
  for (let count = 0; count < COUNT; count++) {
    const data = { name: `thread ${count}`, port };
    const thread = new Worker(LOADER, { eval: true, workerData: data });
    thread.on('message', tellParent);
  }
} else if (isMainThread) {
  await takePart(`worker ${cluster.worker?.id}`, Number(port), tellParent);
} else {
  const { name, port } = workerData as { readonly name: string; readonly port: string };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port to the main thread has no origin
  await takePart(name, Number(port), (report) => parentPort!.postMessage(report));
}
process.once('disconnect', () => process.exit());

/** Says to everyone that it is there, answers whoever says so, by unicast, and reports what it heard. */
async function takePart(name: string, port: number, tell: (report: Report) => void): Promise<void> {
  const network = await joinNetwork({ transports: [udp({ interfaces: ['loopback'], port })] });
  const switchboard = switchboardOf(network);
  const answered = new Set<string>();
  const answer = (source: Source, whom: string): void => {
    if (answered.has(whom)) return;
    answered.add(whom);
    void switchboard.reply(source, WORKERS).write(Buffer.from(`${name} answers ${whom}`));
  };
  await switchboard.subscribe(WORKERS, ({ data, source }) => {
    const text = Buffer.from(data).toString();
    if (source.transport !== 'udp') return;
    tell({ heard: `${name} heard: ${text}` });
    if (!text.includes(' answers ')) answer(source, text);
  });
  const speak = (): void => void network.send('\\\\*\\mailslot\\workers', name);
  speak();
  setInterval(speak, 200);
}
