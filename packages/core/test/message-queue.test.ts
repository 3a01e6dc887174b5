import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Message } from '@mailslot/core';
import { MessageQueue, QUEUE_BYTES_MAX, QUEUE_MESSAGES_MAX } from '../src/message-queue.ts';

function message(size: number): Message {
  return new Message(new Uint8Array(size), 'ANN-PC', '\\\\.\\mailslot\\lobby', 'local', 0);
}

describe('a message queue', () => {
  test('holds 65 536 messages and not one more', () => {
    const queue = new MessageQueue();
    const empty = message(0);
    for (let count = 1; count < QUEUE_MESSAGES_MAX; count++) queue.push(empty);
    expect(queue.push(empty)).toBe(true);
    expect(queue.push(empty)).toBe(false);
    expect(queue.length).toBe(QUEUE_MESSAGES_MAX);
    queue.shift();
    expect(queue.push(empty)).toBe(true);
  });

  test('holds 64 MiB and not one byte more', () => {
    const queue = new MessageQueue();
    const half = message(QUEUE_BYTES_MAX / 2);
    queue.push(half);
    expect(queue.push(half)).toBe(true);
    expect(queue.push(message(0))).toBe(true);
    expect(queue.push(message(1))).toBe(false);
    queue.shift();
    expect(queue.push(message(QUEUE_BYTES_MAX / 2 + 1))).toBe(false);
    expect(queue.push(half)).toBe(true);
  });

  test('holds a larger message if it holds nothing else', () => {
    const queue = new MessageQueue();
    const huge = message(QUEUE_BYTES_MAX + 1);
    expect(queue.push(huge)).toBe(true);
    expect(queue.push(message(0))).toBe(false);
    expect(queue.shift()).toBe(huge);
    expect(queue.push(message(1))).toBe(true);
    expect(queue.push(huge)).toBe(false);
  });

  test('has all its room again once cleared', () => {
    const queue = new MessageQueue();
    queue.push(message(QUEUE_BYTES_MAX));
    queue.clear();
    expect(queue.length).toBe(0);
    expect(queue.peek()).toBeUndefined();
    expect(queue.push(message(QUEUE_BYTES_MAX))).toBe(true);
  });
});

test('it behaves as an array, however long it grows and shrinks', () => {
  // Runs of pushes and shifts, long enough to make it give places back.
  const run = fc.record({ kind: fc.constantFrom('push', 'shift'), times: fc.nat(2000) });
  fc.assert(
    fc.property(fc.array(run, { maxLength: 20 }), (runs) => {
      const queue = new MessageQueue();
      const model: Message[] = [];
      let inOrder = true;
      for (const { kind, times } of runs) {
        for (let count = 0; count < times; count++) {
          if (kind === 'shift') {
            inOrder &&= queue.shift() === model.shift();
          } else {
            const next = message(0);
            queue.push(next);
            model.push(next);
          }
        }
        expect(inOrder).toBe(true);
        expect(queue.length).toBe(model.length);
        expect(queue.peek()).toBe(model[0]);
      }
    }),
    { numRuns: 50 },
  );
});
