/** One picture of the demo, as lines for a terminal. Pure: drawn from the record alone. */

import { styleText } from 'node:util';

import { judge, type Judgement, judgeStep } from './judge.ts';
import { describe, describeInfo, HEADLINE, mark } from './prose.ts';
import type { Cue, Exit, Happening, Seen } from './record.ts';
import type { Scene } from './story.ts';

type Style = Parameters<typeof styleText>[0];

/** A text of one style in a column of one width. */
type Cell = readonly [text: string, style: Style];

/** Columns of the table, in characters: 72 in all, for terminals of 80. */
const WIDTHS = [8, 12, 20, 22, 10] as const;

/** The newest lines of the log; with the rest, a frame fits a terminal of 24 lines. */
const LOG_LINES = 7;

/** What has just changed stands out for so long. */
const FRESH_MS = 1000;

export function frame(
  story: readonly Scene[],
  cast: readonly string[],
  record: readonly Happening[],
  now: number,
): string[] {
  const judgement = judge(story, record);
  return [
    styleText('bold', HEADLINE),
    '',
    ...story.map((scene) => sceneLine(scene, record)),
    '',
    row(['PLAYER', 'PROCESS', 'SEEN AS', 'INFO', 'FOR'].map((title) => [title, 'dim'])),
    ...cast.map((player) => row(playerCells(player, record, now))),
    '',
    ...logLines(record, judgement),
  ];
}

function sceneLine(scene: Scene, record: readonly Happening[]): string {
  const begun = record.some((one) => one.type === 'scene' && one.scene === scene);
  const seen = scene.steps.every((step) => judgeStep(step, record).passed);
  if (seen) return `${mark(true)} ${scene.title}`;
  return begun ? styleText('bold', `▸ ${scene.title}`) : styleText('dim', `  ${scene.title}`);
}

function playerCells(player: string, record: readonly Happening[], now: number): Cell[] {
  const cue = record.findLast(
    (one): one is Cue => one.type === 'cue' && one.step.player === player,
  );
  const seen = record.findLast((one): one is Seen => one.type === 'seen' && isAbout(one, player));
  const exit = record.findLast((one): one is Exit => one.type === 'exit' && one.player === player);
  const age = now - (seen?.at ?? now);
  return [
    [player, 'bold'],
    processCell(cue, exit),
    presenceCell(cue, seen, now),
    [seen === undefined ? '' : infoOf(seen), age < FRESH_MS ? 'cyan' : 'reset'],
    [seen === undefined ? '' : `${seconds(age)} s`, 'dim'],
  ];
}

function processCell(cue: Cue | undefined, exit: Exit | undefined): Cell {
  if (exit?.signal) return [`✗ ${exit.signal}`, 'red'];
  if (exit !== undefined) return ['○ ended', 'dim'];
  return cue === undefined ? ['waiting', 'dim'] : [`● ${cue.pid}`, 'green'];
}

function presenceCell(cue: Cue | undefined, seen: Seen | undefined, now: number): Cell {
  if (seen === undefined || !('peer' in seen.event)) return ['', 'reset'];
  if (seen.event.type === 'down') return [`down, ${seen.event.reason}`, 'dim'];
  if (cue?.step.action.type !== 'kill') return ['here', 'green'];
  return [`silent for ${seconds(now - cue.at)} s`, 'yellow'];
}

function isAbout({ event }: Seen, player: string): boolean {
  return 'peer' in event && event.peer.name === player;
}

function infoOf({ event }: Seen): string {
  return 'peer' in event ? describeInfo(event.peer.info) : '';
}

function row(cells: readonly Cell[]): string {
  return cells
    .map(([text, style], column) => styleText(style, text.padEnd(WIDTHS[column]!)))
    .join('')
    .trimEnd();
}

function logLines(record: readonly Happening[], { verdicts }: Judgement): string[] {
  const lines = record
    .filter((happening) => happening.type !== 'scene')
    .slice(-LOG_LINES)
    .map((happening) => {
      const style = happening.type === 'seen' ? 'cyan' : 'reset';
      const time = styleText('dim', `${seconds(happening.at).padStart(5)} s`);
      return `${time}  ${styleText(style, describe(happening, verdicts))}`;
    });
  return [...lines, ...Array<string>(LOG_LINES - lines.length).fill('')];
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
