/** On 127.0.0.1, by HTTP as it goes over the wire. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Page, servePage } from '@mailslot/page';
import { BehaviorSubject } from 'rxjs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { COMMAND_BYTES_MAX, STREAMS_MAX } from '../src/serve-page.ts';

let directory: string;
let page: Page;
let state$: BehaviorSubject<unknown>;
const commands: unknown[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mailslot-page-'));
  await mkdir(join(directory, 'site/parts'), { recursive: true });
  await writeFile(join(directory, 'secret.html'), 'secret');
  await writeFile(join(directory, 'site/index.html'), '<h1>Lobby</h1>');
  await writeFile(join(directory, 'site/parts/board.js'), 'export {};');
  await writeFile(join(directory, 'site/notes.txt'), 'not of a kind that is served');
  state$ = new BehaviorSubject<unknown>({ rooms: 1 });
  commands.length = 0;
  page = await servePage({
    directories: [join(directory, 'site')],
    state$,
    onCommand: (command) => {
      if (command === 'fail') throw new Error('The room is full.');
      commands.push(command);
    },
  });
});

afterEach(async () => {
  await page.close();
  await rm(directory, { recursive: true });
});

interface Asking {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** As `fetch`, but free to lie in any header. Resolves when the headers of the answer are there. */
function ask(
  path: string,
  { method = 'GET', headers = {}, body }: Asking = {},
): Promise<IncomingMessage> {
  const { hostname, port } = new URL(page.url);
  return new Promise((resolve, reject) => {
    httpRequest({ hostname, port, path, method, headers, agent: false }, resolve)
      .on('error', reject)
      .end(body);
  });
}

async function text(answer: IncomingMessage): Promise<string> {
  let all = '';
  for await (const chunk of answer) all += String(chunk);
  return all;
}

/** A text in JSON, of so many bytes in all. */
const quoted = (bytes: number): string => JSON.stringify('x'.repeat(bytes - 2));

const token = (): string => new URL(page.url).hash.slice(1);

function command(body: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const own = { authorization: `Bearer ${token()}`, 'content-type': 'application/json' };
  return ask('/command', { method: 'POST', headers: { ...own, ...headers }, body });
}

describe('files', () => {
  test('are served with a policy that lets nothing in from elsewhere', async () => {
    const answer = await ask('/');
    expect(await text(answer)).toBe('<h1>Lobby</h1>');
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    expect(answer.headers['content-security-policy']).not.toContain('unsafe');
    expect((await ask('/parts/board.js')).headers['content-type']).toContain('text/javascript');
  });

  test.each([
    '/../secret.html',
    '/%2e%2e/secret.html',
    '//secret.html',
    '/notes.txt',
    '/parts',
    '/index.html/',
  ])('other than those of the page are not: %s', async (path) =>
    expect((await ask(path)).statusCode).toBe(404),
  );

  test('are not for pages of other origins, nor for names that were made to lead here', async () => {
    expect((await ask('/', { headers: { origin: 'http://evil.example' } })).statusCode).toBe(403);
    expect((await ask('/', { headers: { host: 'evil.example' } })).statusCode).toBe(421);
  });
});

describe('states', () => {
  test('come as events, the current one first', async () => {
    const answer = await ask(`/state?token=${token()}`);
    let read = '';
    answer.setEncoding('utf8').on('data', (chunk: string) => (read += chunk));
    await vi.waitFor(() => expect(read).toBe('data: {"rooms":1}\n\n'));
    state$.next({ rooms: 2 });
    await vi.waitFor(() => expect(read).toContain('data: {"rooms":2}\n\n'));
    answer.destroy();
    await vi.waitFor(() => expect(state$.observed).toBe(false));
  });

  test('are for those with the token', async () => {
    expect((await ask('/state')).statusCode).toBe(401);
    expect((await ask('/state?token=guess')).statusCode).toBe(401);
    const headers = { origin: 'http://evil.example' };
    expect((await ask(`/state?token=${token()}`, { headers })).statusCode).toBe(403);
  });

  test('that a page has no time for are left out; the newest is not', async () => {
    const answer = await ask(`/state?token=${token()}`);
    const long = 'x'.repeat(1_000_000);
    for (let number = 1; number <= 100; number++) state$.next({ number, long });
    let events = 0;
    let read = '';
    answer.setEncoding('utf8').on('data', (chunk: string) => {
      events += chunk.split('data: ').length - 1;
      read = (read + chunk).slice(-1_100_000);
    });
    await vi.waitFor(() => expect(read).toContain('"number":100,'));
    expect(events).toBeLessThan(10);
    answer.destroy();
  });

  test('go to so many pages at once and no more', async () => {
    const answers: IncomingMessage[] = [];
    for (let n = 0; n < STREAMS_MAX; n++) answers.push(await ask(`/state?token=${token()}`));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(answers.map(() => 200));
    expect((await ask(`/state?token=${token()}`)).statusCode).toBe(503);
    for (const answer of answers) answer.destroy();
  });
});

describe('commands', () => {
  test('are obeyed if they come from the page', async () => {
    expect((await command('{"type":"host"}')).statusCode).toBe(204);
    expect(commands).toEqual([{ type: 'host' }]);
  });

  test('that fail say why', async () => {
    const answer = await command('"fail"');
    expect([answer.statusCode, await text(answer)]).toEqual([422, '{"error":"The room is full."}']);
    expect((await command('{')).statusCode).toBe(422);
  });

  test.each([
    ['without the token', 401, { authorization: '' }],
    ['with another one', 401, { authorization: 'Bearer guess' }],
    ['from another origin', 403, { origin: 'http://evil.example' }],
    ['to another name', 421, { host: 'evil.example:80' }],
    ['as a form would send them', 415, { 'content-type': 'text/plain' }],
  ])('are refused %s', async (_how, status, headers) => {
    expect((await command('{"type":"host"}', headers)).statusCode).toBe(status);
    expect(commands).toEqual([]);
  });

  test('have a limit', async () => {
    expect((await command(quoted(COMMAND_BYTES_MAX))).statusCode).toBe(204);
    expect((await command(quoted(COMMAND_BYTES_MAX + 1))).statusCode).toBe(413);
  });
});

test('a closed page ends its streams, and can be closed again', async () => {
  const answer = await ask(`/state?token=${token()}`);
  answer.on('error', () => {}).resume();
  const gone = new Promise((resolve) => answer.once('close', resolve));
  await page.close();
  await gone;
  await page.close();
});
