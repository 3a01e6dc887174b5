/** What the terminal is told, as a stream of characters; test/live has a real one. */

import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';

import type { Environment } from 'mailslot';
import { describe, expect, test } from 'vitest';

import { Output } from '../src/output.ts';
import { parseCommandLine } from '../src/command-line.ts';
import { COMMANDS } from '../src/commands.ts';
import { Session } from '../src/session.ts';
import { isInteractive, type Scene, showLive } from '../src/terminal/live-view.ts';

const ENTER = '\u001b[?1049h';
const LEAVE = '\u001b[?1049l';

class Terminal extends PassThrough {
  readonly isTTY = true;
  columns = 40;
  rows = 8;
  readonly modes: boolean[] = [];

  setRawMode(raw: boolean): this {
    this.modes.push(raw);
    return this;
  }
}

class Desk {
  readonly stdin = new Terminal();
  readonly stdout = new Terminal();
  readonly exits = new EventEmitter();
  readonly session: Session;
  /** All that was written to the terminal so far. */
  out = '';

  constructor(line: string = 'peers tanks') {
    const stderr = new Terminal();
    for (const stream of [this.stdout, stderr]) stream.on('data', (chunk) => (this.out += chunk));
    const { stdin, stdout, exits } = this;
    const onExit = (action: () => void): (() => void) => {
      exits.on('exit', action);
      return () => exits.off('exit', action);
    };
    const { signal } = new AbortController();
    const environment: Environment = { argv: [], stdin, stdout, stderr, signal, onExit };
    const request = parseCommandLine(line.split(' '), COMMANDS);
    if (request.kind !== 'run') throw new Error('Not to be run.');
    this.session = new Session({ ...request, environment, output: new Output(environment) });
  }
}

function scene(rows: () => readonly string[] = () => ['Ann']): Scene<string> {
  const columns = [{ title: 'NAME', cells: 0, text: (name: string) => name }];
  const listing = { columns, key: (name: string) => name, detail: (name: string) => [name] };
  return { listing, empty: 'nobody', rows, title: () => 'people' };
}

describe('a live view', () => {
  test('takes the terminal and gives it back', async () => {
    const desk = new Desk();
    const shown = showLive(desk.session, scene());
    desk.stdin.write('q');
    await shown;
    expect(desk.out.indexOf(ENTER)).toBe(0);
    expect(desk.out).toContain('Ann');
    expect(desk.out.endsWith(LEAVE)).toBe(true);
    expect(desk.stdin.modes).toEqual([true, false]);
    expect(desk.exits.listenerCount('exit')).toBe(0);
    expect(desk.stdin.isPaused()).toBe(true);
  });

  test('gives it back when a picture fails, and says how', async () => {
    const desk = new Desk();
    const failing = scene(() => {
      throw new TypeError('no picture');
    });
    await expect(showLive(desk.session, failing)).rejects.toThrow('no picture');
    expect(desk.out.endsWith(LEAVE)).toBe(true);
    expect(desk.stdin.modes).toEqual([true, false]);
  });

  test('gives it back when the process ends without a word', async () => {
    const desk = new Desk();
    const shown = showLive(desk.session, scene());
    desk.exits.emit('exit');
    await new Promise(setImmediate);
    expect(desk.out.endsWith(LEAVE)).toBe(true);
    desk.session.end();
    await shown;
    expect(desk.out.split(LEAVE)).toHaveLength(2);
  });

  test('ends at Ctrl-C, which no signal comes from while keys are read one by one', async () => {
    const desk = new Desk();
    const shown = showLive(desk.session, scene());
    desk.stdin.write('\u0003');
    await shown;
    expect(desk.session.signal.aborted).toBe(true);
  });

  test('shows notes below, and says them again when it has ended', async () => {
    const desk = new Desk();
    const shown = showLive(desk.session, scene());
    desk.session.output.note('The cable is out.');
    desk.stdout.columns = 60;
    desk.stdout.emit('resize');
    desk.stdin.write('q');
    await shown;
    await new Promise(setImmediate);
    const [during, after] = desk.out.split(LEAVE);
    expect(during).toContain('The cable is out.');
    expect(after).toContain('The cable is out.');
  });

  test('draws what has changed, and all of it in a terminal of another size', async () => {
    const desk = new Desk();
    const names = ['Ann'];
    const shown = showLive(
      desk.session,
      scene(() => names),
    );
    await new Promise(setImmediate);
    const drawn = (): number => desk.out.split('Ann').length - 1;
    const before = drawn();
    desk.stdin.write('x');
    await new Promise(setImmediate);
    expect(drawn()).toBe(before);
    desk.stdout.rows = 6;
    desk.stdout.emit('resize');
    await new Promise(setImmediate);
    expect(drawn()).toBe(before + 1);
    expect(desk.out).toContain('\u001b[6;1H');
    desk.session.end();
    await shown;
  });

  test('is for terminals, and for those who have not asked for lines', () => {
    expect(isInteractive(new Desk().session)).toBe(true);
    expect(isInteractive(new Desk('peers tanks --json').session)).toBe(false);
    expect(isInteractive(new Desk('peers tanks --count 3').session)).toBe(false);
  });
});
