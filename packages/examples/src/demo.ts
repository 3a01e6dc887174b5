/**
 * Discovery at work: real processes come up, change, leave and die, and a watcher sees it, over UDP on the loopback
 * interface only. The exit status is 0 if all of it was really seen, as src/demo/story.ts has it, and 1 if not.
 *
 *   npx pnpm demo
 */

import { constants } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { udp } from '@mailslot/core';
import { watch } from '@mailslot/discovery';

import { judge, judgeStep } from './demo/judge.ts';
import { PlainView } from './demo/plain-view.ts';
import type { Happening } from './demo/record.ts';
import { Stage } from './demo/stage.ts';
import { CAST, Info, type Scene, STORY } from './demo/story.ts';
import { canRedraw, TerminalView } from './demo/terminal-view.ts';

/** Beside the default port: whatever else runs on this machine neither sees the demo nor is seen. */
const { values } = parseArgs({ options: { port: { type: 'string', default: '19796' } } });
const port = Number(values.port);

/** Of this run alone: two demos at once are two services. */
const service = `demo-${process.pid}`;

/** Between cues, and between scenes, for people to follow. */
const CUE_MS = 400;
const SCENE_MS = 1200;

/** How often a scene looks whether all of it was seen. The times that are shown do not depend on it. */
const POLL_MS = 20;

/** All time limits of the story together are less; beyond, something hangs. */
const DEMO_MS_MAX = 28_000;

const startedAt = performance.now();
const record: Happening[] = [];
const { stdout } = process;
const view = canRedraw(stdout) ? new TerminalView(record, now) : new PlainView(record);
const stage = new Stage(CAST, {
  service,
  port,
  onExit: (player, code, signal) => note({ at: now(), type: 'exit', player, code, signal }),
});
cleanUpOnExit();

await using watcher = await watch(service, {
  schema: Info,
  transports: [udp({ interfaces: ['loopback'], port })],
});
watcher.events$.subscribe((event) => note({ at: now(), type: 'seen', event }));
await stage.ready();
for (const scene of STORY) await play(scene);
note({ at: now(), type: 'end', listed: watcher.peers.map((peer) => peer.name) });
view.finish();
process.exitCode = judge(STORY, record).passed ? 0 : 1;
stage.close();

async function play(scene: Scene): Promise<void> {
  note({ at: now(), type: 'scene', scene });
  for (const step of scene.steps) {
    note({ at: now(), type: 'cue', step, pid: stage.pid(step.player) });
    stage.play(step.player, step.action);
    await pause(CUE_MS);
  }
  const deadline = now() + Math.max(...scene.steps.map((step) => step.withinMs));
  while (now() < deadline && !scene.steps.every((step) => judgeStep(step, record).passed)) {
    await pause(POLL_MS);
  }
  await pause(SCENE_MS);
}

function note(happening: Happening): void {
  record.push(happening);
  view.show(happening);
}

function now(): number {
  return performance.now() - startedAt;
}

/** However this process ends, no player is left, and the terminal is as it was. Players of a killed one see to it. */
function cleanUpOnExit(): void {
  process.once('exit', () => {
    stage.close();
    view.close();
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
  setTimeout(() => {
    console.error(`Something hangs: the demo has not ended within ${DEMO_MS_MAX} ms.`);
    process.exit(1);
  }, DEMO_MS_MAX).unref();
}
