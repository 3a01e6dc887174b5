import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { optionsOf, usageOf } from '../src/command.ts';
import { COMMANDS } from '../src/commands.ts';
import { OPTION_NAMES } from '../src/options.ts';
import { runProgram } from './support/program.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('the help', () => {
  test('names every command and every option', async () => {
    const { status, out, err } = await runProgram(['--help']);
    expect(status).toBe(0);
    expect(err).toBe('');
    for (const command of COMMANDS) expect(out).toContain(usageOf(command));
    for (const name of OPTION_NAMES) expect(out).toContain(`--${name}`);
  });

  test.each(COMMANDS)('of $name has its options and no others', async (command) => {
    const { status, out } = await runProgram([command.name, '--help']);
    expect(status).toBe(0);
    expect(out).toContain(`mailslot ${usageOf(command)}`);
    const options = out.slice(out.indexOf('\nOptions\n'), out.indexOf('\nExamples\n'));
    const named = Array.from(options.matchAll(/--([a-z-]+)/g), ([, name]) => name);
    expect(named).toEqual(optionsOf(command));
  });

  test.each(COMMANDS)('of $name has examples that are right', async ({ examples }) => {
    for (const example of examples) expect(example).toMatch(/^mailslot [a-z]/);
  });

  test('fits 80 columns', async () => {
    const pages = await Promise.all(
      ['', ...COMMANDS.map(({ name }) => name)].map((name) =>
        runProgram(['help', name].filter(Boolean)),
      ),
    );
    const lines = pages.flatMap(({ out }) => out.split('\n'));
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });
});

describe('the README', () => {
  test.each(COMMANDS)('has a section on $name', (command) => {
    expect(readme).toContain(`### \`mailslot ${usageOf(command)}\``);
  });

  test.each(OPTION_NAMES)('has --%s', (name) => {
    expect(readme).toContain(`--${name}`);
  });
});
