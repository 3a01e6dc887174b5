import type { PresenceEvent } from '@mailslot/discovery';
import { expect, test } from 'vitest';

import { judge } from '../src/demo/judge.ts';
import type { Happening } from '../src/demo/record.ts';
import { type Info, type Scene, type Sight, type Step, STORY } from '../src/demo/story.ts';

const STEPS = STORY.flatMap((scene) => scene.steps);
const SURVIVORS = ['Ann', 'Cleo', 'Eve'];

/** Steps that fail, by player and action. */
function failures(record: readonly Happening[]): readonly string[] {
  const { verdicts } = judge(STORY, record);
  return verdicts
    .filter(({ passed }) => !passed)
    .map(({ step }) => `${step.player} ${step.action.type}`);
}

/** A record of the story as it should be: each report `tookMs` after its cue, steps a second apart. */
function goodRecord(tookMs = 5): Happening[] {
  return [
    ...STEPS.flatMap((step, index) => happeningsOf(step, index * 10_000, tookMs)),
    { at: STEPS.length * 10_000, type: 'end', listed: SURVIVORS },
  ];
}

function happeningsOf(step: Step, at: number, tookMs: number): Happening[] {
  const { player, action } = step;
  const exit = { at: at + 1, type: 'exit', player } as const;
  return [
    { at, type: 'cue', step, pid: 1 },
    ...(action.type === 'kill' ? [{ ...exit, code: null, signal: 'SIGKILL' } as const] : []),
    { at: at + tookMs, type: 'seen', event: report(player, step.sight) },
    ...(action.type === 'leave' ? [{ ...exit, code: 0, signal: null } as const] : []),
  ];
}

function report(name: string, sight: Sight): PresenceEvent<Info> {
  const info = sight.type === 'down' ? { map: 'any', seats: 1 } : sight.info;
  const peer = { id: name, name, port: undefined, info, addresses: [], interfaces: [] };
  return sight.type === 'down'
    ? { type: 'down', peer, reason: sight.reason }
    : { type: sight.type, peer };
}

function isReport(happening: Happening, name: string, type: string): boolean {
  if (happening.type !== 'seen' || !('peer' in happening.event)) return false;
  return happening.event.peer.name === name && happening.event.type === type;
}

/** The record with one report replaced. */
function replaced(name: string, type: string, by: readonly Happening[]): readonly Happening[] {
  return goodRecord().flatMap((one) => (isReport(one, name, type) ? by : [one]));
}

test('passes a play that was seen as it was played, and says how long each step took', () => {
  const judgement = judge(STORY, goodRecord());
  expect(judgement).toMatchObject({ passed: true, strays: [], survivors: SURVIVORS });
  expect(judgement.verdicts.map(({ tookMs }) => tookMs)).toEqual(STEPS.map(() => 5));
});

test('fails every step of an empty record', () => {
  expect(judge(STORY, []).passed).toBe(false);
  expect(failures([])).toHaveLength(STEPS.length);
});

test.each(STEPS.map((step) => [`${step.player} ${step.action.type}`, step] as const))(
  'fails if nobody reports this: %s',
  (name, step) => {
    const record = replaced(step.player, step.sight.type, []);
    expect(failures(record)).toEqual([name]);
    expect(judge(STORY, record).passed).toBe(false);
  },
);

test('takes a report at its time limit, and not one later', () => {
  const [least] = STEPS.map(({ withinMs }) => withinMs).toSorted((a, b) => a - b);
  expect(judge(STORY, goodRecord(least)).passed).toBe(true);
  expect(judge(STORY, goodRecord(least! + 1)).passed).toBe(false);
});

test('does not count a report from before its cue', () => {
  const early: Happening = {
    at: 0,
    type: 'seen',
    event: report('Dan', { type: 'down', reason: 'expired' }),
  };
  const record = [early, ...replaced('Dan', 'down', [])];
  expect(failures(record)).toEqual(['Dan kill']);
  expect(judge(STORY, record).strays).toEqual([early]);
});

test('fails a killed player that said goodbye, and one that was said to have expired but left', () => {
  for (const [name, reason, failure] of [
    ['Dan', 'goodbye', 'Dan kill'],
    ['Ben', 'expired', 'Ben leave'],
  ] as const) {
    const wrong: Happening = {
      at: 70_005,
      type: 'seen',
      event: report(name, { type: 'down', reason }),
    };
    expect(failures(replaced(name, 'down', [wrong]))).toEqual([failure]);
  }
});

test('fails an update that brings the wrong info', () => {
  const sight = { type: 'update', info: { map: 'canyon', seats: 8 } } as const;
  const stale: Happening = { at: 50_005, type: 'seen', event: report('Cleo', sight) };
  expect(failures(replaced('Cleo', 'update', [stale]))).toEqual(['Cleo change']);
});

test('fails a kill that did not kill', () => {
  const record = goodRecord().filter((one) => one.type !== 'exit' || one.signal === null);
  expect(failures(record)).toEqual(['Dan kill']);
});

test.each<[string, Happening]>([
  [
    'a living player is reported down',
    { at: 1, type: 'seen', event: report('Eve', { type: 'down', reason: 'expired' }) },
  ],
  [
    'a player comes up twice',
    { at: 1, type: 'seen', event: report('Eve', { type: 'up', info: { map: 'x', seats: 1 } }) },
  ],
  ['a player dies by itself', { at: 1, type: 'exit', player: 'Eve', code: 1, signal: null }],
])('fails if %s', (_, stray) => {
  const judgement = judge(STORY, goodRecord().toSpliced(-1, 0, stray));
  expect(judgement).toMatchObject({ passed: false, undisturbed: false, strays: [stray] });
});

test.each([[['Ann', 'Cleo']], [['Ann', 'Cleo', 'Dan', 'Eve']], [[]]])(
  'fails if the list at the end is %j',
  (listed) => {
    const record = goodRecord().map((one) => (one.type === 'end' ? { ...one, listed } : one));
    expect(judge(STORY, record)).toMatchObject({ passed: false, undisturbed: false });
  },
);

test('a story without scenes leaves nobody, and an unfinished play has not passed', () => {
  const nothing: readonly Scene[] = [];
  expect(judge(nothing, [{ at: 0, type: 'end', listed: [] }]).passed).toBe(true);
  expect(judge(nothing, []).passed).toBe(false);
});
