import { stripVTControlCharacters } from 'node:util';

import { expect, test } from 'vitest';

import { frame } from '../src/demo/frame.ts';
import { judge } from '../src/demo/judge.ts';
import { finale, formatMs } from '../src/demo/prose.ts';
import type { Happening } from '../src/demo/record.ts';
import type { Scene, Step } from '../src/demo/story.ts';

const INFO = { map: 'dunes', seats: 4 };
const ENTER: Step = {
  player: 'Ann',
  action: { type: 'enter', info: INFO },
  sight: { type: 'up', info: INFO },
  withinMs: 100,
};
const KILL: Step = {
  player: 'Ann',
  action: { type: 'kill' },
  sight: { type: 'down', reason: 'expired' },
  withinMs: 5000,
};
const STORY: readonly Scene[] = [
  { title: 'Ann comes up', steps: [ENTER] },
  { title: 'Ann is killed', steps: [KILL] },
];
const ANN = {
  id: 'a',
  name: 'Ann',
  port: undefined,
  info: INFO,
  addresses: ['127.0.0.1'],
  interfaces: ['lo'],
};

/** All that happens, in order. */
const RECORD: readonly Happening[] = [
  { at: 1000, type: 'scene', scene: STORY[0]! },
  { at: 1000, type: 'cue', step: ENTER, pid: 4242 },
  { at: 1003, type: 'seen', event: { type: 'up', peer: ANN } },
  { at: 2000, type: 'scene', scene: STORY[1]! },
  { at: 2000, type: 'cue', step: KILL, pid: 4242 },
  { at: 2002, type: 'exit', player: 'Ann', code: null, signal: 'SIGKILL' },
  { at: 5200, type: 'seen', event: { type: 'down', peer: ANN, reason: 'expired' } },
  { at: 6000, type: 'end', listed: [] },
];

/** The picture of the record's first part, as text. */
function picture(happenings: number, now: number): string[] {
  return frame(STORY, ['Ann'], RECORD.slice(0, happenings), now).map(stripVTControlCharacters);
}

/** The row of the table. */
function annAt(happenings: number, now: number): string | undefined {
  return picture(happenings, now).find((line) => line.startsWith('Ann'));
}

test('a picture tells where a player stands: waiting, here, silent, gone', () => {
  expect(annAt(0, 0)).toMatch(/^Ann +waiting$/);
  expect(annAt(3, 1503)).toMatch(/^Ann +● 4242 +here +dunes, 4 seats +0\.5 s$/);
  expect(annAt(6, 3200)).toMatch(/^Ann +✗ SIGKILL +silent for 1\.2 s +dunes, 4 seats +2\.2 s$/);
  expect(annAt(7, 5200)).toMatch(/^Ann +✗ SIGKILL +down, expired +dunes, 4 seats +0\.0 s$/);
});

test('a picture ticks off the scenes that were seen', () => {
  expect(picture(1, 1000).slice(2, 4)).toEqual(['▸ Ann comes up', '  Ann is killed']);
  expect(picture(4, 2000).slice(2, 4)).toEqual(['✓ Ann comes up', '▸ Ann is killed']);
  expect(picture(8, 6000).slice(2, 4)).toEqual(['✓ Ann comes up', '✓ Ann is killed']);
});

test('every picture of a play has the same height, and fits a terminal of 80 columns', () => {
  const pictures = Array.from({ length: RECORD.length + 1 }, (_, count) => picture(count, 6000));
  expect(new Set(pictures.map((lines) => lines.length)).size).toBe(1);
  expect(Math.max(...pictures.flat().map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('the last page ticks what was seen and tells how long it took', () => {
  const story = STORY.slice(0, 1);
  const record: Happening[] = [...RECORD.slice(0, 3), { at: 2000, type: 'end', listed: ['Ann'] }];
  const text = finale(judge(story, record)).map(stripVTControlCharacters);
  expect(text).toContain('✓ Ann came up      seen after   3.0 ms');
});

test('the last page tells what went wrong', () => {
  const text = finale(judge(STORY, RECORD.slice(0, 2))).map(stripVTControlCharacters);
  expect(text).toContain('✗ Ann came up      not seen within 100 ms');
  const late: Happening[] = [RECORD[1]!, { ...RECORD[2]!, at: 1150 }];
  const lateText = finale(judge(STORY, late)).map(stripVTControlCharacters);
  expect(lateText).toContain('✗ Ann came up      seen after   150 ms, later than 100 ms');
  const stray = RECORD.filter((happening) => happening.type === 'seen');
  const strayText = finale(judge(STORY, stray)).map(stripVTControlCharacters);
  expect(strayText).toContain('    but seen: Ann down, expired');
});

test('milliseconds are grouped in thousands, and have a tenth below ten', () => {
  expect([3.04, 9.96, 10.4, 999, 3102, 1_234_567].map(formatMs)).toEqual([
    '3.0 ms',
    '10.0 ms',
    '10 ms',
    '999 ms',
    '3\u00A0102 ms',
    '1\u00A0234\u00A0567 ms',
  ]);
});
