/** Lobbies and watchers with secrets and identities, on a LAN in memory. */

import { slotPath, switchboardOf } from '@mailslot/core/internal';
import { Lan } from '@mailslot/core/testing';
import {
  createIdentity,
  discover,
  type Lobby,
  type Peer,
  type SecurityOptions,
  watch,
  type Watcher,
} from '@mailslot/discovery';
import { beforeEach, describe, expect, test } from 'vitest';

import { SECRET_BYTES_MIN, SECRET_CHARACTERS_MIN } from '../src/security.ts';
import { identityOf, optionsOf, OTHER_SECRET, SECRET } from './support/security.ts';

/** Long enough for a newcomer's question and everybody's answer. */
const MEET_MS = 50;

const MODES = [0, 1, 2, 3] as const;

let lan: Lan;

beforeEach(() => {
  lan = new Lan();
});

async function enter(name: string, options: SecurityOptions, info: unknown = null): Promise<Lobby> {
  return discover('tanks', { name, info, network: await lan.join(name), ...options });
}

async function look(options: SecurityOptions): Promise<Watcher> {
  return watch('tanks', { network: await lan.join('EYE'), ...options });
}

const names = (peers: readonly Peer[]): string[] => peers.map((peer) => peer.name);

/** What passes on the LAN, as one who has no secret sees it. */
async function tap(): Promise<Uint8Array[]> {
  const seen: Uint8Array[] = [];
  const eve = switchboardOf(await lan.join('EVE'));
  eve.tap(({ data }) => seen.push(data));
  await eve.subscribe(slotPath('MPP'), () => {});
  return seen;
}

describe.each(MODES)('in mode %i', (mode) => {
  test('peers that agree find each other, are seen by a watcher, and write to each other', async () => {
    const ann = await enter('Ann', optionsOf(mode, 1), { seats: 4 });
    const bob = await enter('Bob', optionsOf(mode, 2));
    const watcher = await look(optionsOf(mode, 3));
    await lan.clock.advanceAsync(MEET_MS);
    expect(names(watcher.peers)).toEqual(['Ann', 'Bob']);
    expect(bob.peers[0]).toMatchObject({ name: 'Ann', info: { seats: 4 } });
    const heard: string[] = [];
    bob.messages$.subscribe(({ from, text }) => heard.push(`${from.name}: ${text()}`));
    await ann.send(ann.peers[0]!, 'hello');
    await ann.update({ seats: 3 });
    await lan.clock.advanceAsync(500);
    expect(heard).toEqual(['Ann: hello']);
    expect(bob.peers[0]!.info).toEqual({ seats: 3 });
    expect(bob.stats().messages).toEqual({ received: 1, drops: {} });
    expect(watcher.stats().drops.security).toBeUndefined();
    const closing = ann.close();
    await lan.clock.advanceAsync(1000);
    await closing;
    expect(bob.peers).toEqual([]);
  });

  test('a peer shows the public key that it signs with, and only there', async () => {
    const ann = await enter('Ann', optionsOf(mode, 1));
    const bob = await enter('Bob', optionsOf(mode, 2));
    await lan.clock.advanceAsync(MEET_MS);
    const key = mode === 3 ? identityOf(1).publicKey : undefined;
    expect(bob.peers[0]!.key).toBe(key);
    expect(ann.me.key).toBe(key);
  });

  test.each(MODES.filter((other) => other !== mode))(
    'nobody is heard who is in mode %i, and that is counted',
    async (other) => {
      const ann = await enter('Ann', optionsOf(mode, 1));
      const bob = await enter('Bob', optionsOf(other, 2));
      await lan.clock.advanceAsync(5000);
      expect([ann.peers, bob.peers]).toEqual([[], []]);
      expect(ann.stats().drops.security).toBeGreaterThan(5);
      expect(bob.stats().drops.security).toBeGreaterThan(5);
    },
  );

  test('names, info and messages pass in the clear unless they are encrypted', async () => {
    const seen = await tap();
    const ann = await enter('Annabelle', optionsOf(mode, 1), 'treasure');
    await enter('Bob', optionsOf(mode, 2));
    await lan.clock.advanceAsync(MEET_MS);
    await ann.send(ann.peers[0]!, 'sesame');
    await lan.clock.advanceAsync(MEET_MS);
    const text = Buffer.concat(seen).toString('latin1');
    const readable = ['Annabelle', 'treasure'].filter((word) => text.includes(word));
    expect(readable).toEqual(mode === 2 ? [] : ['Annabelle', 'treasure']);
  });
});

describe('another secret', () => {
  test.each([1, 2, 3] as const)('looks like silence in mode %i, and is counted', async (mode) => {
    const ann = await enter('Ann', optionsOf(mode, 1, SECRET));
    const bob = await enter('Bob', optionsOf(mode, 2, OTHER_SECRET));
    await lan.clock.advanceAsync(5000);
    expect([ann.peers, bob.peers]).toEqual([[], []]);
    expect(ann.stats().drops).toEqual({ echo: expect.any(Number), security: expect.any(Number) });
  });

  test('may be words, if they are the same words', async () => {
    const secret = 'mild crane over tin roof';
    await enter('Ann', { secret });
    await enter('Cid', { secret: `${secret}!` });
    const watcher = await look({ secret });
    await lan.clock.advanceAsync(MEET_MS);
    expect(names(watcher.peers)).toEqual(['Ann']);
  });
});

describe('messages', () => {
  test.each([1, 2, 3] as const)(
    'in mode %i are read once, whoever sends them again',
    async (mode) => {
      const [ann, bob] = [
        await enter('Ann', optionsOf(mode, 1)),
        await enter('Bob', optionsOf(mode, 2)),
      ];
      const eve = switchboardOf(await lan.join('EVE'));
      await lan.clock.advanceAsync(MEET_MS);
      const slot = slotPath(`MPP\\${bob.me.id}`);
      let letter: Uint8Array | undefined;
      switchboardOf(bob.network).tap(({ slot: to, data }) => {
        if (to === slot.key) letter = data.slice();
      });
      const heard: string[] = [];
      bob.messages$.subscribe(({ text }) => heard.push(text()));
      await ann.send(bob.me, 'once');
      await lan.clock.advanceAsync(MEET_MS);
      const outlet = await eve.open({ kind: 'domain' }, slot);
      await outlet.write(letter!);
      letter![letter!.length - 1]! ^= 1;
      await outlet.write(letter!);
      await lan.clock.advanceAsync(MEET_MS);
      await ann.send(bob.me, 'again');
      await lan.clock.advanceAsync(MEET_MS);
      expect(heard).toEqual(['once', 'again']);
      expect(bob.stats().messages).toEqual({ received: 2, drops: { repeated: 1, forged: 1 } });
    },
  );

  test('of those that are not on the list are dropped and counted', async () => {
    const ann = await enter('Ann', optionsOf(1));
    const eve = switchboardOf(await lan.join('EVE'));
    const outlet = await eve.open({ kind: 'domain' }, slotPath(`MPP\\${ann.me.id}`));
    await outlet.write(new Uint8Array(99));
    await lan.clock.advanceAsync(MEET_MS);
    expect(ann.stats().messages).toEqual({ received: 0, drops: { stranger: 1 } });
  });
});

function trusting(identity: number, trusted: number): SecurityOptions {
  return { ...optionsOf(3, identity), trust: [identityOf(trusted).publicKey] };
}

describe('trust', () => {
  test('lists those that sign with a key it names, and nobody else', async () => {
    const ann = await enter('Ann', trusting(1, 2));
    const bob = await enter('Bob', optionsOf(3, 2));
    await enter('Cid', optionsOf(3, 3));
    await lan.clock.advanceAsync(2000);
    expect(names(ann.peers)).toEqual(['Bob']);
    expect(names(bob.peers)).toEqual(['Ann', 'Cid']);
    expect(ann.stats().drops.security).toBeGreaterThan(0);
  });

  test('works without a secret, where everybody may sign', async () => {
    const watcher = await look({ identity: createIdentity(), trust: [identityOf(2).publicKey] });
    await enter('Ann', { identity: identityOf(1) });
    await enter('Bob', { identity: identityOf(2) });
    await lan.clock.advanceAsync(2000);
    expect(names(watcher.peers)).toEqual(['Bob']);
  });
});

describe('wrong use', () => {
  const identity = identityOf(1);
  const secret = 'mild crane over tin roof';
  const wrong: readonly (readonly [what: string, options: unknown, says: string])[] = [
    ['an empty secret', { secret: '' }, 'has 0 characters'],
    ['a short secret', { secret: 'x'.repeat(SECRET_CHARACTERS_MIN - 1) }, 'has 7 characters'],
    ['a secret of few emoji', { secret: '🚀'.repeat(4) }, 'has 4 characters'],
    ['few random bytes', { secret: new Uint8Array(SECRET_BYTES_MIN - 1) }, 'has 31 bytes'],
    ['a secret that is none', { secret: 12345678 }, 'a string, or a Uint8Array'],
    ['encrypt without a secret', { encrypt: true }, 'takes a `secret`'],
    ['encrypt with an identity', { secret, identity, encrypt: true }, 'either encrypted or signed'],
    ['an identity that is none', { identity: 'me.pem' }, 'createIdentity()'],
    ['trust without an identity', { secret, trust: [identity.publicKey] }, 'takes an `identity`'],
    ['trust in nobody', { identity, trust: [] }, 'is empty'],
    ['trust in a name', { identity, trust: ['Ann'] }, '"Ann" is no public key'],
    ['trust in an identity', { identity, trust: [identity] }, 'is no public key'],
  ];

  test.each(wrong)('%s is refused before anything starts', async (_what, options, says) => {
    for (const begin of [discover, watch]) {
      const given = { transports: [lan.transport('ANN')], ...(options as SecurityOptions) };
      await expect(begin('tanks', given)).rejects.toMatchObject({
        code: 'ERROR_INVALID_PARAMETER',
        message: expect.stringContaining(says),
      });
    }
  });

  test('the shortest secrets are taken', async () => {
    await enter('Ann', { secret: 'x'.repeat(SECRET_CHARACTERS_MIN) });
    await enter('Bob', { secret: new Uint8Array(SECRET_BYTES_MIN) });
  });

  test('what is not asked for may be said', async () => {
    await enter('Ann', { encrypt: false });
  });

  test('an info that leaves no room for a signature is refused, and says how much there is', async () => {
    const info = 'x'.repeat(990);
    const name = 'a long name of many words';
    await enter(name, optionsOf(2), info);
    await expect(enter(name, optionsOf(3), info)).rejects.toMatchObject({
      code: 'ERROR_INVALID_PARAMETER',
      message: expect.stringContaining('at most'),
    });
  });

  test('a signal ends the wait for keys, and gives the network back', async () => {
    const controller = new AbortController();
    const entering = discover('tanks', {
      secret,
      transports: [lan.transport('ANN')],
      signal: controller.signal,
    });
    controller.abort();
    await expect(entering).rejects.toMatchObject({ code: 'ERROR_OPERATION_ABORTED' });
  });
});
