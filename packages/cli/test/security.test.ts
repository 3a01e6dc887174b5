import { expect, test, vi } from 'vitest';

import { Office } from './support/office.ts';
import type { Program } from './support/program.ts';

const SECRET = 'mild crane over tin roof';

/** Starts it, and waits until it has begun: words become keys in real time. */
async function begin(office: Office, argv: string[], secret?: string): Promise<Program> {
  const program = office.start(argv, secret === undefined ? {} : { secret });
  await vi.waitFor(() => expect(program.err).toContain('Ctrl-C ends'), { timeout: 10_000 });
  return program;
}

test.each([[[]], [['--encrypt']], [['--signed']]])(
  'peers and announce meet by a secret, from the command line or the environment, with %j',
  async (options) => {
    const office = new Office();
    const watcher = await begin(office, ['peers', 'tanks', '--json', ...options], SECRET);
    const given = ['--name', 'Ann', '--secret', SECRET, ...options];
    const ann = await begin(office, ['announce', 'tanks', ...given]);
    await office.until(() => watcher.lines.length === 1);
    const [up] = watcher.lines.map((line) => JSON.parse(line));
    expect(up).toMatchObject({ type: 'up', peer: { name: 'Ann' } });
    expect('key' in up.peer).toBe(options.includes('--signed'));
    ann.interrupt();
    await office.end(ann);
    watcher.interrupt();
    await office.end(watcher);
    expect(watcher.err).not.toContain('Refused');
  },
);

test('who has another secret is not shown, and counted: in the end, and each time that it has doubled', async () => {
  const office = new Office();
  const watcher = await begin(office, ['peers', 'tanks', '--secret', SECRET]);
  const ann = await begin(office, ['announce', 'tanks', '--secret', 'another one']);
  await office.until(() => watcher.err.includes('Refused'));
  for (let second = 0; second < 20; second++) await office.lan.clock.advanceAsync(1000);
  watcher.interrupt();
  await office.end(watcher);
  expect(watcher.out).toBe('');
  const notes = watcher.err.match(
    /^Refused \d+ strangers? \(\d+ messages?\), who have another secret.+$/gm,
  );
  const counts = notes!.map((note) => Number(/\((\d+)/.exec(note)![1]));
  expect(counts.length).toBeGreaterThan(1);
  const doubled = counts.slice(1, -1).every((count, at) => count >= 2 * counts[at]!);
  expect(doubled).toBe(true);
  ann.interrupt();
  await office.end(ann);
  expect(ann.err).toContain('Refused');
});

test('who has no secret learns that others have one', async () => {
  const office = new Office();
  const watcher = await begin(office, ['peers', 'tanks']);
  const ann = await begin(office, ['announce', 'tanks'], SECRET);
  await office.until(() => watcher.err.includes('Refused'));
  expect(watcher.err).toMatch(
    /Refused \d+ strangers? \(\d+ messages?\), .+ see --secret and --signed\./,
  );
  watcher.interrupt();
  ann.interrupt();
  await office.end(ann);
});

test.each([
  ['--secret', 'short', 'has 5 characters'],
  ['--encrypt', undefined, 'takes a `secret`'],
])('%s %s is refused in a sentence', async (option, value, says) => {
  const office = new Office();
  const words = value === undefined ? [option] : [option, value];
  const program = office.start(['peers', 'tanks', ...words]);
  expect(await office.end(program)).toBe(1);
  expect(program.err).toMatch(/^mailslot: .+ \(ERROR_INVALID_PARAMETER\)\n$/);
  expect(program.err).toContain(says);
});
