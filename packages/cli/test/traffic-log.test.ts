import { expect, test } from 'vitest';

import type { Sighting } from '../src/sighting.ts';
import { LOG_BYTES_MAX, ROWS_MAX, TrafficLog } from '../src/traffic-log.ts';

function sighting(text: string, size: number = text.length): Sighting {
  const data = new Uint8Array(size);
  data.set(new TextEncoder().encode(text));
  const common = { source: '127.0.0.1', to: '\\\\*\\mailslot\\LOBBY', from: 'ANN' };
  return { ...common, time: Date.now(), data, words: () => undefined, json: () => ({ text }) };
}

test('a log shows what each message says, and all of it in its detail', () => {
  const log = new TrafficLog('here');
  log.take(() => sighting('hello \u001b[2J'));
  const [row] = log.rows();
  expect(log.listing.columns.map((column) => column.text(row!)).slice(1)).toEqual([
    '127.0.0.1',
    '\\\\*\\…\\LOBBY',
    '10',
    'hello ␛[2J  from ANN',
  ]);
  expect(log.listing.detail(row!)).toEqual([
    '{',
    '  "text": "hello \\u001b[2J"',
    '}',
    '',
    '0000  68 65 6c 6c 6f 20 1b 5b 32 4a                    hello .[2J',
  ]);
  expect(log.title()).toBe('0.5 messages/s, 1 so far · here');
});

test('it holds so many messages, and no more than so many bytes', () => {
  const log = new TrafficLog('here');
  for (let n = 0; n < 3 * ROWS_MAX; n++) log.take(() => sighting(`message ${n}`));
  expect(log.rows()).toHaveLength(ROWS_MAX);
  expect(log.rows().at(-1)?.content).toBe(`message ${3 * ROWS_MAX - 1}`);
  const large = 1024 * 1024;
  for (let n = 0; n < (2 * LOG_BYTES_MAX) / large; n++) log.take(() => sighting('large', large));
  const bytes = log.rows().reduce((sum, row) => sum + row.sighting.data.length, 0);
  expect(bytes).toBeLessThanOrEqual(LOG_BYTES_MAX);
  expect(log.rows().at(-1)?.content).toContain('large');
});
