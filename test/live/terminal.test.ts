/** The live views on a real terminal, and completion in a real shell. */

import { execFileSync } from 'node:child_process';

import { describe, expect, onTestFinished, test } from 'vitest';

import { CliNetwork, PROGRAM } from '../support/cli.ts';
import { hasScript, TerminalProgram } from '../support/terminal.ts';
import { until } from '../support/real-time.ts';
import { needs } from '../support/requirement.ts';

const ENTER = '\u001b[?1049h';
const LEAVE = '\u001b[?1049l';

async function networkFor(): Promise<CliNetwork> {
  const network = await CliNetwork.create();
  onTestFinished(() => network[Symbol.asyncDispose]());
  return network;
}

function onTerminal(words: string): TerminalProgram {
  const program = new TerminalProgram(words);
  onTestFinished(() => program[Symbol.asyncDispose]());
  return program;
}

/** The same modes, and the same screen. */
function expectGivenBack(program: TerminalProgram): void {
  const { out, modes } = program;
  expect(out.split(ENTER)).toHaveLength(2);
  expect(out.split(LEAVE)).toHaveLength(2);
  expect(out.lastIndexOf('\u001b[?25h')).toBeGreaterThan(out.lastIndexOf('\u001b[?25l'));
  expect(modes).toHaveLength(2);
  expect(modes[1]).toBe(modes[0]);
}

describe.runIf(hasScript)('peers on a terminal', () => {
  test('is a list to move through, of any size, and gives the terminal back', async () => {
    const network = await networkFor();
    await network.run('announce', 'tanks', '--name', 'Ann', '--port', '4711').begun();
    const view = onTerminal(network.commandLine('peers', 'tanks'));
    await view.shows(/NAME ▲/);
    await view.shows(/Ann .* up .*127\.0\.0\.1:4711/);
    const name = 'Mallory \u001b[2J\u009b31m\u202egpj';
    await network.run('announce', 'tanks', '--name', name).begun();
    await view.shows(/Mallory ␛\[2J/);
    expect(view.out).not.toContain('Mallory \u001b');
    view.type('/mal\r\r');
    await view.shows(/watched by +Ann/);
    const lists = (): number => view.text.split('Enter detail').length;
    const before = lists();
    view.type('\u001b');
    await until(() => lists() > before);
    view.resize(120, 30);
    await until(() => view.out.includes('\u001b[30;1H'));
    view.type('q');
    await view.ended;
    expect(view.out).toContain('status 0');
    expectGivenBack(view);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('gives it back at %s', async (signal) => {
    const network = await networkFor();
    const words = network.commandLine('peers', 'tanks');
    // The shell hears of signals, too; it is to outlive the program.
    const view = onTerminal(`sh -c 'echo "process $$"; exec ${words.replaceAll("'", `'"'"'`)}'`);
    await view.shows(/Nobody announces tanks yet/);
    process.kill(Number(/process (\d+)/.exec(view.out)![1]), signal);
    await view.ended;
    expect(view.out).toContain('status 0');
    expectGivenBack(view);
  });

  test('is lines as soon as its output is no terminal', async () => {
    const network = await networkFor();
    const view = onTerminal(`${network.commandLine('peers', 'tanks', '--for', '2s')} | cat`);
    await network.run('announce', 'tanks', '--name', 'Ann').begun();
    await view.shows(/\d\d:\d\d:\d\d {2}up {7}Ann/);
    await view.ended;
    expect(view.out).not.toContain(ENTER);
  });
});

test.runIf(hasScript)(
  'monitor on a terminal shows messages, and all of one on demand',
  async () => {
    const network = await networkFor();
    const view = onTerminal(network.commandLine('monitor'));
    await view.shows(/Nothing has passed yet/);
    await network.run('send', '//*/mailslot/lobby', 'hello', 'out', 'there').exited;
    await view.shows(/hello out there/);
    view.type('\r');
    await view.shows(/"text": "hello out there"/);
    await view.shows(/68 65 6c 6c 6f/);
    view.type('\u0003');
    await view.ended;
    expectGivenBack(view);
  },
);

function has(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', 'true']);
    return true;
  } catch {
    return false;
  }
}

function completion(shell: string): string {
  return execFileSync(process.execPath, [PROGRAM, 'completion', shell], { encoding: 'utf8' });
}

/** What bash has to offer for the last of these words. */
function complete(...words: readonly string[]): readonly string[] {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const script = `${completion('bash')}
    COMP_WORDS=(${quoted}) COMP_CWORD=${words.length - 1}
    _mailslot; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n');
}

test.runIf(needs('bash', has('bash')))('bash completes commands, options and values', () => {
  expect(complete('mailslot', 'pe')).toEqual(['peers']);
  expect(complete('mailslot', '')).toContain('dashboard');
  expect(complete('mailslot', 'peers', 'tanks', '--sec')).toEqual(['--secret']);
  expect(complete('mailslot', '--json', 'peers', '--enc')).toEqual(['--encrypt']);
  expect(complete('mailslot', 'peers', '--transport', 'n')).toEqual(['netbios', 'nats']);
  expect(complete('mailslot', 'send', '--sec')).toEqual(['']);
  expect(complete('mailslot', 'completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh']));
});
