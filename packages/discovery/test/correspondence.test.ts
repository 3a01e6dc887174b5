import { Agenda } from '@mailslot/core/internal';
import { seededRandom } from '@mailslot/core/testing';
import { expect, test } from 'vitest';

import { Announcer } from '../src/presence/announcer.ts';
import { ANSWER_DELAY_MS, ANSWER_DELAY_MS_MAX, ANSWER_PEERS } from '../src/presence/constants.ts';
import { Correspondence } from '../src/presence/correspondence.ts';
import type { Task } from '../src/presence/task-table.ts';
import { REALM } from './support/presence-net.ts';
import { ANN } from './support/solo.ts';
import { sourceAt } from './support/sources.ts';

test.each([
  ['alone', 1, ANSWER_DELAY_MS],
  ['in the largest of the small groups', ANSWER_PEERS, ANSWER_DELAY_MS],
  ['in one ten times as large', 10 * ANSWER_PEERS, 10 * ANSWER_DELAY_MS],
  ['in one of six thousand', 6000, ANSWER_DELAY_MS_MAX],
  ['in a still larger one', 60_000, ANSWER_DELAY_MS_MAX],
])('questions are answered within their time %s', (_, peers, withinMs) => {
  const agenda = new Agenda<Task>();
  const random = seededRandom(1);
  const announcer = new Announcer({
    id: '\0'.repeat(16),
    realm: REALM,
    record: ANN,
    random,
    agenda,
    multicast: () => {},
    intervalMs: () => 500,
  });
  const correspondence = new Correspondence({ announcer, agenda, random, unicast: () => {} });
  const dueAt: number[] = [];
  for (let asker = 0; asker < 200; asker++) {
    correspondence.answer(sourceAt(`asker ${asker}`), peers, 0);
    dueAt.push(agenda.takeDue(Infinity)!.at);
  }
  expect(Math.max(...dueAt)).toBeLessThan(withinMs);
  expect(Math.max(...dueAt)).toBeGreaterThan(0.95 * withinMs);
  expect(Math.min(...dueAt)).toBeLessThan(0.05 * withinMs);
});
