/** The record in words. */

import { styleText } from 'node:util';

import type { PresenceEvent } from '@mailslot/discovery';

import type { Judgement, Verdict } from './judge.ts';
import type { Cue, Exit, Happening, Seen } from './record.ts';
import type { Info } from './story.ts';

export const HEADLINE = 'Mailslot: processes on this machine, and what a watcher sees of them';

/** One line, without the time. */
export function describe(happening: Happening, verdicts: readonly Verdict[]): string {
  switch (happening.type) {
    case 'scene':
      return happening.scene.title;
    case 'cue':
      return describeCue(happening);
    case 'seen':
      return describeSeen(happening, verdicts);
    case 'exit':
      return describeExit(happening);
    case 'end':
      return `still listed: ${enumerate(happening.listed)}`;
  }
}

function describeCue({ step: { player, action }, pid }: Cue): string {
  switch (action.type) {
    case 'enter':
      return `${player}, process ${pid}, enters`;
    case 'change':
      return `${player} changes to ${describeInfo(action.info)}`;
    case 'leave':
      return `${player} leaves`;
    case 'kill':
      return `${player}, process ${pid}, is killed`;
  }
}

function describeSeen(seen: Seen, verdicts: readonly Verdict[]): string {
  const tookMs = verdicts.find((verdict) => verdict.seen === seen)?.tookMs;
  const after = tookMs === undefined ? '' : `, ${formatMs(tookMs)} later`;
  return `seen: ${describeEvent(seen.event)}${after}`;
}

function describeEvent(event: PresenceEvent<Info>): string {
  switch (event.type) {
    case 'up':
    case 'update':
      return `${event.peer.name} ${event.type}, ${describeInfo(event.peer.info)}`;
    case 'down':
      return `${event.peer.name} down, ${event.reason}`;
    case 'suspect':
      return `${event.peer.name} is silent`;
    case 'clear':
      return `${event.peer.name} answers again`;
    case 'isolated':
      return 'nobody can be heard';
    case 'online':
      return 'somebody can be heard again';
  }
}

function describeExit({ player, code, signal }: Exit): string {
  return `${player}'s process has ended (${signal ?? `exit status ${code}`})`;
}

export function describeInfo({ map, seats }: Info): string {
  return `${map}, ${seats} seats`;
}

/** The last page: each expectation and whether it came true. */
export function finale(judgement: Judgement): string[] {
  const { verdicts, survivors, strays, undisturbed, passed } = judgement;
  const rest = `${enumerate(survivors)} are listed to the end; nobody else came or went`;
  return [
    ...verdicts.map(describeVerdict),
    `${mark(undisturbed)} ${rest}`,
    ...strays.map((stray) => `    but ${describe(stray, verdicts)}`),
    '',
    passed
      ? 'All of it was really seen, on the loopback interface, by a watcher told nothing.'
      : 'Not all of it was seen as it was played.',
  ];
}

function describeVerdict({ step, tookMs, passed }: Verdict): string {
  const { player, action, withinMs } = step;
  const what = `${mark(passed)} ${`${player} ${PAST[action.type]}`.padEnd(16)}`;
  if (tookMs === undefined) return `${what} not seen within ${formatMs(withinMs)}`;
  const seen = `${what} seen after ${formatMs(tookMs).padStart(8)}`;
  if (passed) return seen;
  return tookMs > withinMs
    ? `${seen}, later than ${formatMs(withinMs)}`
    : `${seen}, but the process was not killed`;
}

const PAST = {
  enter: 'came up',
  change: 'changed',
  leave: 'said goodbye',
  kill: 'was killed',
} as const;

export function mark(passed: boolean): string {
  return passed ? styleText('green', '✓') : styleText('red', '✗');
}

/** Whole milliseconds, thousands apart: 3 102 ms. Below 10 ms with a tenth, since that is where most of them are. */
export function formatMs(ms: number): string {
  const digits = ms < 10 ? ms.toFixed(1) : ms.toFixed(0).replace(/\B(?=(?:\d{3})+$)/g, '\u00A0');
  return `${digits} ms`;
}

function enumerate(names: readonly string[]): string {
  if (names.length < 2) return names[0] ?? 'nobody';
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
