import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';

import {
  DecodeError,
  domainTag,
  slotPath,
  switchboardOf,
  type Datagram,
} from '@mailslot/core/internal';
import { Lan } from '@mailslot/core/testing';

import {
  decodeEcho,
  ECHO_MESSAGE_BYTES,
  ECHO_NONCE_BYTES,
  ECHO_SLOT,
  type EchoMessage,
  encodeEcho,
} from '../src/echo/echo-message.ts';
import { ECHO_ANSWERS_MAX, ECHO_SPREAD_MS, EchoResponder } from '../src/echo/echo-responder.ts';
import type { Switchboard } from '../src/switchboard.ts';
import type { Trust } from '../src/transports/transport.ts';

const NONCE = 'abcdefgh';

const messages: fc.Arbitrary<EchoMessage> = fc.record({
  kind: fc.constantFrom('question', 'answer'),
  way: fc.constantFrom('multicast', 'broadcast', 'unicast'),
  toGroup: fc.boolean(),
  nonce: fc
    .uint8Array({ minLength: ECHO_NONCE_BYTES, maxLength: ECHO_NONCE_BYTES })
    .map((bytes) => String.fromCharCode(...bytes)),
  domainTag: fc.nat(0xffffffff),
});

function question(parts: Partial<EchoMessage> = {}): Uint8Array {
  const defaults = { kind: 'question', way: 'unicast', toGroup: false, nonce: NONCE } as const;
  return encodeEcho({ ...defaults, domainTag: 0, ...parts });
}

describe('an echo message', () => {
  test('comes back as it was', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const bytes = encodeEcho(message);
        expect(bytes).toHaveLength(ECHO_MESSAGE_BYTES);
        expect(decodeEcho(bytes)).toEqual(message);
        expect(decodeEcho(Uint8Array.of(...bytes, 1, 2, 3))).toEqual(message);
      }),
    );
  });

  test('has the bytes of docs/wire-echo.md', () => {
    const bytes = question({ toGroup: true, domainTag: 0x8c0312d1, kind: 'answer' });
    expect(Buffer.from(bytes).toString('hex')).toBe('0102010061626364656667688c0312d1');
  });

  test('is refused in any other shape, with a DecodeError', () => {
    const bytes = question();
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeEcho(bytes.subarray(0, length))).toThrow(DecodeError);
    }
    for (const [at, octet] of [
      [0, 2],
      [1, 3],
      [2, 2],
    ] as const) {
      expect(() => decodeEcho(bytes.with(at, octet))).toThrow(DecodeError);
    }
  });
});

describe('a station that listens to anything', () => {
  let lan: Lan;
  let asker: Switchboard;
  let heard: (EchoMessage & { readonly from: string; readonly bytes: number })[];

  beforeEach(async () => {
    lan = new Lan({ seed: 1 });
    asker = switchboardOf(await lan.join('ANN-PC'));
    heard = [];
    await asker.subscribe(ECHO_SLOT, ({ data, from, source }) => {
      // What it says itself does not come over the network.
      if (source.transport === 'memory')
        heard.push({ ...decodeEcho(data), from, bytes: data.length });
    });
  });

  async function ask(data: Uint8Array): Promise<void> {
    const outlet = await asker.open({ kind: 'domain' }, ECHO_SLOT, { networkOnly: true });
    await outlet.write(data);
    await lan.clock.advanceAsync(ECHO_SPREAD_MS + 10);
  }

  test('answers a question, by its nonce and without its name', async () => {
    const bob = await lan.join('BOB-PC');
    await bob.createMailslot('lobby');
    await ask(question({ way: 'multicast' }));
    const answer = { kind: 'answer', way: 'multicast', toGroup: false, nonce: NONCE, from: '' };
    expect(heard).toEqual([
      { ...answer, domainTag: domainTag('WORKGROUP'), bytes: ECHO_MESSAGE_BYTES },
    ]);
  });

  test('answers to everyone where that is asked for', async () => {
    const bob = await lan.join('BOB-PC');
    await bob.createMailslot('lobby');
    await ask(question({ toGroup: true }));
    expect(new Set(heard.map(({ toGroup }) => toGroup))).toEqual(new Set([false, true]));
  });

  test('is silent once its network is closed', async () => {
    const bob = await lan.join('BOB-PC');
    await bob.createMailslot('lobby');
    const outlet = await asker.open({ kind: 'domain' }, ECHO_SLOT, { networkOnly: true });
    await outlet.write(question({ way: 'multicast' }));
    lan.clock.advance(1);
    await bob.close();
    lan.clock.advance(ECHO_SPREAD_MS + 10);
    expect(heard).toEqual([]);
  });

  test('leaves the slot to a program that reads it itself', async () => {
    const bob = await lan.join('BOB-PC');
    const slot = await bob.createMailslot(ECHO_SLOT.text);
    await ask(question());
    expect(heard).toEqual([]);
    expect(slot.info().messageCount).toBe(1);
  });

  test('answers neither answers nor what is malformed', async () => {
    const bob = await lan.join('BOB-PC');
    await bob.createMailslot('lobby');
    await ask(question({ kind: 'answer' }));
    await ask(Uint8Array.of(0, 2));
    expect(heard).toEqual([]);
    expect(bob.stats()['memory']?.drops).toMatchObject({ 'no-slot': 2 });
  });
});

/** A responder of its own, and the LAN on whose time it runs. */
async function responder(): Promise<{
  answers: (data: Uint8Array, trust?: Trust) => boolean;
  lan: Lan;
}> {
  const lan = new Lan({ seed: 1 });
  const network = await lan.join('BOB-PC');
  await network.createMailslot('lobby');
  let source: Datagram['source'] | undefined;
  const switchboard = switchboardOf(network);
  switchboard.tap((datagram) => (source = datagram.source));
  const ann = await lan.join('ANN-PC');
  await ann.send('\\\\*\\mailslot\\lobby', 'hello');
  lan.clock.advance(1);
  const echo = new EchoResponder(switchboard);
  const answers = (data: Uint8Array, trust: Trust = 'on-link'): boolean =>
    echo.answer({
      slot: slotPath('MPE').key,
      address: { kind: 'direct' },
      station: 'other-',
      sequence: 1,
      from: '',
      source: Object.create(source!, { trust: { value: trust } }),
      data,
    });
  return { answers, lan };
}

describe('a responder', () => {
  test('answers so many times a second and no more', async () => {
    const { answers, lan } = await responder();
    const ask = (): boolean[] =>
      Array.from({ length: ECHO_ANSWERS_MAX + 1 }, () => answers(question()));
    const allButTheLast = [...Array<boolean>(ECHO_ANSWERS_MAX).fill(true), false];
    expect(ask()).toEqual(allButTheLast);
    lan.clock.advance(999);
    expect(answers(question())).toBe(false);
    lan.clock.advance(1);
    expect(ask()).toEqual(allButTheLast);
  });

  test.each<[Trust, Partial<EchoMessage>, boolean]>([
    ['on-link', { way: 'unicast' }, true],
    ['on-link', { way: 'unicast', toGroup: true }, true],
    ['on-link', { way: 'multicast' }, true],
    ['on-link', { way: 'broadcast' }, true],
    ['on-link', { way: 'multicast', toGroup: true }, false],
    ['on-link', { way: 'broadcast', toGroup: true }, false],
    ['seed', { way: 'multicast' }, true],
    ['loopback', { way: 'multicast' }, true],
    ['routed', { way: 'unicast' }, true],
    ['routed', { way: 'unicast', toGroup: true }, false],
    ['routed', { way: 'multicast' }, false],
    ['routed', { way: 'broadcast' }, false],
  ])('asked from %s, %o: %s', async (trust, parts, answered) => {
    const { answers } = await responder();
    expect(answers(question(parts), trust)).toBe(answered);
  });
});
