/** Was everything that was played really seen, and nothing else? Pure: it knows only the record. */

import { isDeepStrictEqual } from 'node:util';

import type { PresenceEvent } from '@mailslot/discovery';

import type { Exit, Happening, Seen } from './record.ts';
import type { Info, Scene, Sight, Step } from './story.ts';

/** On one step. */
export interface Verdict {
  readonly step: Step;
  /** The watcher's report of it, if it came. */
  readonly seen: Seen | undefined;
  /** From the cue to the report. */
  readonly tookMs: number | undefined;
  readonly passed: boolean;
}

/** On the whole play. */
export interface Judgement {
  readonly verdicts: readonly Verdict[];
  /** Who should be on the list at the end. */
  readonly survivors: readonly string[];
  /** Who came, went or died without a cue. */
  readonly strays: readonly (Seen | Exit)[];
  /** Nobody strayed, and the list at the end is that of the survivors. */
  readonly undisturbed: boolean;
  readonly passed: boolean;
}

export function judge(story: readonly Scene[], record: readonly Happening[]): Judgement {
  const steps = story.flatMap((scene) => scene.steps);
  const verdicts = steps.map((step) => judgeStep(step, record));
  const survivors = survivorsOf(steps);
  const strays = record.filter((happening) => isStray(happening, verdicts));
  const listed = record.find((happening) => happening.type === 'end')?.listed;
  const undisturbed = strays.length === 0 && isDeepStrictEqual(listed?.toSorted(), survivors);
  const passed = undisturbed && verdicts.every((verdict) => verdict.passed);
  return { verdicts, survivors, strays, undisturbed, passed };
}

/** Only what the watcher reports after the cue counts. */
export function judgeStep(step: Step, record: readonly Happening[]): Verdict {
  const start = record.findIndex(
    (happening) => happening.type === 'cue' && happening.step === step,
  );
  const after = start === -1 ? [] : record.slice(start);
  const seen = after.find(
    (happening): happening is Seen =>
      happening.type === 'seen' && shows(happening.event, step.player, step.sight),
  );
  if (seen === undefined) return { step, seen, tookMs: undefined, passed: false };
  const tookMs = seen.at - after[0]!.at;
  const genuine = step.action.type !== 'kill' || after.some((one) => isExitBy(step, one));
  return { step, seen, tookMs, passed: genuine && tookMs <= step.withinMs };
}

function shows(event: PresenceEvent<Info>, player: string, sight: Sight): boolean {
  if (event.type === 'isolated' || event.type === 'online') return false;
  if (event.type !== sight.type || event.peer.name !== player) return false;
  if (event.type === 'down') return sight.type === 'down' && event.reason === sight.reason;
  return sight.type !== 'down' && isDeepStrictEqual(event.peer.info, sight.info);
}

function survivorsOf(steps: readonly Step[]): readonly string[] {
  const survivors = new Set<string>();
  for (const { player, sight } of steps) {
    if (sight.type === 'down') survivors.delete(player);
    else survivors.add(player);
  }
  return [...survivors].toSorted();
}

/** Exits of the killed and of those who left are as they should be; so are the reports that the verdicts rest on. */
function isStray(happening: Happening, verdicts: readonly Verdict[]): happening is Seen | Exit {
  if (happening.type === 'exit') return !verdicts.some(({ step }) => isExitBy(step, happening));
  if (happening.type !== 'seen' || !['up', 'down'].includes(happening.event.type)) return false;
  return !verdicts.some(({ seen }) => seen === happening);
}

/** A killed player dies of the signal and nothing else: a process that ends by itself says goodbye first. */
function isExitBy({ player, action }: Step, happening: Happening): boolean {
  if (happening.type !== 'exit' || happening.player !== player) return false;
  if (action.type === 'kill') return happening.signal === 'SIGKILL';
  return action.type === 'leave' && happening.code === 0;
}
