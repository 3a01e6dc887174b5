import { describe, expect, test } from 'vitest';

import { optionsOf } from '../src/command.ts';
import { COMMANDS } from '../src/commands.ts';
import { runProgram } from './support/program.ts';

async function scriptFor(shell: string): Promise<string> {
  const { status, out } = await runProgram(['completion', shell]);
  expect(status).toBe(0);
  return out;
}

describe.each(['bash', 'zsh', 'fish'])('completion for %s', (shell) => {
  test('has every command, and of each the options and no others', async () => {
    const lines = (await scriptFor(shell)).split('\n');
    const mark = shell === 'fish' ? /_from ([\w-]+)' -l ([\w-]+)/g : /--([\w-]+)/g;
    for (const command of COMMANDS) {
      const own = lines.filter((line) =>
        shell === 'fish'
          ? line.includes(`_from ${command.name}' -l`)
          : line.startsWith(`    ${command.name}) `),
      );
      const named = own.flatMap((line) =>
        Array.from(line.matchAll(mark), (match) => match.at(-1)!),
      );
      expect([command.name, new Set(named)]).toEqual([command.name, new Set(optionsOf(command))]);
    }
  });

  test('has what values may be', async () => {
    const script = await scriptFor(shell);
    expect(script).toContain('local udp netbios nats');
    expect(script).toContain('non-browser potential backup domain-master');
    expect(script).toContain('bash zsh fish');
  });
});

test('there is none for another shell', async () => {
  for (const shell of ['csh', 'toString']) {
    const { status, err } = await runProgram(['completion', shell]);
    expect(status).toBe(2);
    expect(err).toContain(`There is completion for bash, zsh and fish, not for "${shell}".`);
  }
});
