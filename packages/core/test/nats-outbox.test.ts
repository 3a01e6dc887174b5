import type { NatsConnection } from '@nats-io/transport-node';
import { beforeEach, describe, expect, test } from 'vitest';

import { Counters } from '@mailslot/core/internal';

import {
  Outbox,
  UNCONFIRMED_BYTES_HARD_MAX,
  UNCONFIRMED_BYTES_MAX,
} from '../src/transports/nats/outbox.ts';

/** As much of a connection as is published on: the server confirms when the test says so. */
class FakeConnection {
  readonly published: string[] = [];
  readonly flushes: { confirm: () => void; fail: () => void }[] = [];
  isClosed = false;

  publish(subject: string): void {
    if (this.isClosed) throw new Error('closed');
    this.published.push(subject);
  }

  flush(): Promise<void> {
    return new Promise((confirm, reject) => {
      this.flushes.push({ confirm, fail: () => reject(new Error('lost')) });
    });
  }
}

describe('the outbox', () => {
  let connection: FakeConnection;
  let counters: Counters;
  let outbox: Outbox;

  beforeEach(() => {
    connection = new FakeConnection();
    counters = new Counters('nats');
    outbox = new Outbox(counters);
  });

  function send(bytes: number, subjects = ['a']): Promise<void> | undefined {
    return outbox.send(connection as unknown as NatsConnection, subjects, new Uint8Array(bytes));
  }

  test('publishes to every subject', () => {
    expect(send(10, ['a', 'b'])).toBeUndefined();
    expect(connection.published).toEqual(['a', 'b']);
  });

  test.each(['confirm', 'fail'] as const)(
    'has writers wait when so much is unconfirmed, until the server is to %s it',
    async (end) => {
      expect(send(UNCONFIRMED_BYTES_MAX - 1)).toBeUndefined();
      const waiting = send(1);
      expect(send(1)).toBe(waiting);
      expect(connection.flushes).toHaveLength(1);
      connection.flushes[0]![end]();
      await waiting;
      expect(send(1)).toBeUndefined();
    },
  );

  test('drops what goes beyond what is kept for writers that do not wait', async () => {
    const waiting = send(UNCONFIRMED_BYTES_HARD_MAX);
    void send(1);
    expect(counters.snapshot().drops).toEqual({ unsent: 1 });
    connection.flushes[0]!.confirm();
    await waiting;
    void send(1);
    expect(connection.published).toHaveLength(2);
  });

  test('counts what a closed connection does not take', () => {
    connection.isClosed = true;
    expect(send(10, ['a', 'b'])).toBeUndefined();
    expect(counters.snapshot().drops).toEqual({ unsent: 2 });
  });
});
