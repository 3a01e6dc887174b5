import { createHash } from 'node:crypto';

import { describe, expect, test, vi } from 'vitest';

import type { Mailslot, Network } from '@mailslot/core';
import { slotPath, type Source, switchboardOf } from '@mailslot/core/internal';
import { Lan, type LanOptions } from '@mailslot/core/testing';
import { takeAll } from './support/outcomes.ts';

const EVERYONE = '\\\\*\\mailslot\\lobby';

interface Host {
  readonly network: Network;
  readonly slot: Mailslot;
}

async function hosts<Names extends string[]>(lan: Lan, ...names: Names) {
  const joined = names.map(async (name): Promise<Host> => {
    const network = await lan.join(name);
    return { network, slot: await network.createMailslot('lobby') };
  });
  return (await Promise.all(joined)) as { [Index in keyof Names]: Host };
}

/** All that happens on a LAN where three hosts talk at random, as one number. */
async function trace(options: LanOptions): Promise<string> {
  const lan = new Lan({ loss: 0.1, duplication: 0.1, jitterMs: 5, ...options });
  const hash = createHash('sha256');
  const all = await hosts(lan, 'ANN-PC', 'BOB-PC', 'CAT-PC');
  for (const { network, slot } of all) {
    slot.on('message', (message) => {
      hash.update(`${network.computerName} ${message.from} ${message.text()} ${lan.clock.now()}\n`);
    });
  }
  for (let count = 0; count < 500; count++) {
    const { network } = all[Math.floor(lan.random.next() * all.length)]!;
    await network.send(EVERYONE, `message ${count}`);
    lan.clock.advance(lan.random.next() * 3);
  }
  lan.clock.advance(100);
  return hash.digest('hex');
}

describe('a seed', () => {
  test('makes everything happen again in the same way', async () => {
    expect(await trace({ seed: 7 })).toBe(await trace({ seed: 7 }));
  });

  test('that is another makes it happen otherwise', async () => {
    expect(await trace({ seed: 7 })).not.toBe(await trace({ seed: 8 }));
  });
});

describe('a datagram', () => {
  test('takes as long as the latency says', async () => {
    const lan = new Lan({ latencyMs: 20 });
    const [ann, bob] = await hosts(lan, 'ANN-PC', 'BOB-PC');
    await ann.network.send(EVERYONE, 'hello');
    lan.clock.advance(19);
    expect(bob.slot.info().messageCount).toBe(0);
    lan.clock.advance(1);
    expect(bob.slot.info().messageCount).toBe(1);
  });

  test('gets lost for each receiver by itself, as often as the loss says', async () => {
    const lan = new Lan({ loss: 0.3 });
    const [ann, bob, cat] = await hosts(lan, 'ANN-PC', 'BOB-PC', 'CAT-PC');
    for (let count = 0; count < 5000; count++) await ann.network.send(EVERYONE, `${count}`);
    lan.clock.advance(10);
    const byBob = await takeAll(bob.slot);
    const byCat = new Set(await takeAll(cat.slot));
    expect(byBob.length / 5000).toBeCloseTo(0.7, 1);
    expect(byCat.size / 5000).toBeCloseTo(0.7, 1);
    expect(byBob.filter((text) => byCat.has(text)).length / 5000).toBeCloseTo(0.7 * 0.7, 1);
  });

  test('may overtake another where there is jitter, and never where there is none', async () => {
    const inOrder = Array.from({ length: 100 }, (_, index) => index);
    for (const jitterMs of [0, 10]) {
      const lan = new Lan({ jitterMs });
      const [ann, bob] = await hosts(lan, 'ANN-PC', 'BOB-PC');
      for (const number of inOrder) await ann.network.send(EVERYONE, `${number}`);
      lan.clock.advance(100);
      const heard = (await takeAll(bob.slot)).map(Number);
      expect(heard.toSorted((a, b) => a - b)).toEqual(inOrder);
      expect(heard.some((number, index) => number !== index)).toBe(jitterMs > 0);
    }
  });

  test('belongs to each receiver: what one does to its bytes, no other sees', async () => {
    const lan = new Lan({ duplication: 1 });
    const [ann, bob, cat] = await hosts(lan, 'ANN-PC', 'BOB-PC', 'CAT-PC');
    await ann.network.send(EVERYONE, 'hello');
    lan.clock.advance(10);
    (await bob.slot.read()).data.fill(0);
    expect(await takeAll(cat.slot)).toEqual(['hello']);
    expect(await takeAll(ann.slot)).toEqual(['hello']);
  });
});

describe('a partition', () => {
  test('parts its sides, and those not named from both, until it heals', async () => {
    const lan = new Lan();
    const all = await hosts(lan, 'ANN-PC', 'BOB-PC', 'CAT-PC', 'DAN-PC', 'EVE-PC');
    const heardFrom = async (from: Host): Promise<string[]> => {
      await from.network.send(EVERYONE, 'hello');
      lan.clock.advance(10);
      const heard: string[] = [];
      for (const { network, slot } of all) {
        if ((await takeAll(slot)).length > 0) heard.push(network.computerName);
      }
      return heard;
    };
    lan.partition(['ANN-PC', 'BOB-PC'], ['CAT-PC']);
    expect(await heardFrom(all[0])).toEqual(['ANN-PC', 'BOB-PC']);
    expect(await heardFrom(all[2])).toEqual(['CAT-PC']);
    expect(await heardFrom(all[4])).toEqual(['DAN-PC', 'EVE-PC']);
    lan.heal();
    expect(await heardFrom(all[0])).toHaveLength(5);
  });

  test('does not part two stations of one host', async () => {
    const lan = new Lan();
    const [first, second] = await hosts(lan, 'ANN-PC', 'ANN-PC');
    lan.partition(['ANN-PC'], ['BOB-PC']);
    lan.unplug('ANN-PC');
    await first.network.send(EVERYONE, 'hello');
    lan.clock.advance(10);
    expect(await takeAll(second.slot)).toEqual(['hello']);
  });
});

describe('a host that is unplugged', () => {
  test('is told, hears nothing and reaches nobody, until it is plugged in again', async () => {
    const lan = new Lan();
    const [ann, bob] = await hosts(lan, 'ANN-PC', 'BOB-PC');
    const interfaces = vi.fn<(list: unknown) => void>();
    bob.network.on('interfaces', interfaces);
    lan.unplug('BOB-PC');
    lan.unplug('BOB-PC');
    expect(interfaces.mock.calls).toEqual([[[]]]);
    await ann.network.send(EVERYONE, 'to bob');
    await bob.network.send(EVERYONE, 'from bob');
    lan.clock.advance(10);
    expect(await takeAll(ann.slot)).toEqual(['to bob']);
    expect(await takeAll(bob.slot)).toEqual(['from bob']);
    lan.plugIn('BOB-PC');
    expect(interfaces.mock.lastCall).toEqual([[expect.objectContaining({ name: 'memory0' })]]);
    await ann.network.send(EVERYONE, 'again');
    lan.clock.advance(10);
    expect(await takeAll(bob.slot)).toEqual(['again']);
  });
});

test('faults change while it runs', async () => {
  const lan = new Lan({ loss: 1 });
  const [ann, bob] = await hosts(lan, 'ANN-PC', 'BOB-PC');
  for (const loss of [1, 0]) {
    lan.set({ loss });
    await ann.network.send(EVERYONE, `loss ${loss}`);
    lan.clock.advance(10);
  }
  expect(await takeAll(bob.slot)).toEqual(['loss 0']);
});

/** The LAN's own account of a run. */
async function traceOf(options: LanOptions): Promise<string | undefined> {
  const lan = new Lan({ loss: 0.2, jitterMs: 5, ...options });
  const [ann, bob] = await hosts(lan, 'ANN-PC', 'BOB-PC');
  for (let count = 0; count < 100; count++) {
    await ann.network.send(EVERYONE, `${count}`);
    await bob.network.send('\\\\ANN-PC\\mailslot\\lobby', `${count}`);
    lan.clock.advance(3);
  }
  return lan.traceHash;
}

describe('a trace', () => {
  test('tells two runs apart by their seed, if it is asked for', async () => {
    const [first, again, other, none] = [
      await traceOf({ seed: 1, trace: true }),
      await traceOf({ seed: 1, trace: true }),
      await traceOf({ seed: 2, trace: true }),
      await traceOf({ seed: 1 }),
    ];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
    expect(none).toBeUndefined();
  });
});

describe('a host', () => {
  test('that is suspended reads nothing and no timer of its runs, until it is resumed', async () => {
    const lan = new Lan();
    const [ann, bob] = await hosts(lan, 'ANN-PC', 'BOB-PC');
    const reading = bob.slot.read({ timeoutMs: 1000 }).catch((error: Error) => error);
    lan.suspend('BOB-PC');
    await ann.network.send(EVERYONE, 'meanwhile');
    await lan.clock.advanceAsync(60_000);
    expect(bob.slot.info().messageCount).toBe(0);
    lan.resume('BOB-PC');
    await lan.clock.advanceAsync(10);
    // As in any program: the overdue timer comes before the socket is read.
    expect(await reading).toMatchObject({ code: 'ERROR_SEM_TIMEOUT' });
    expect(await takeAll(bob.slot)).toEqual(['meanwhile']);
  });

  test('has the clock that it joined with', async () => {
    const lan = new Lan();
    const network = await lan.join('ANN-PC', { clockStartMs: 9000, driftPpm: 100_000 });
    const slot = await network.createMailslot('lobby');
    let ended = false;
    const reading = slot.read({ timeoutMs: 1000 }).catch(() => (ended = true));
    lan.drift('ANN-PC', 1_000_000);
    expect(lan.host('ANN-PC').clock.now()).toBe(9000);
    await lan.clock.advanceAsync(499);
    expect(ended).toBe(false);
    await lan.clock.advanceAsync(2);
    expect(await reading).toBe(true);
  });
});

describe('a forgery', () => {
  test('reaches everyone as a message of whom it names', async () => {
    const lan = new Lan();
    const [ann, bob] = await hosts(lan, 'ANN-PC', 'BOB-PC');
    lan.forge({ from: 'mallory', to: EVERYONE, data: Buffer.from('I am the king') });
    lan.clock.advance(10);
    for (const { slot } of [ann, bob]) {
      const message = await slot.read();
      expect([message.from, message.text()]).toEqual(['MALLORY', 'I am the king']);
    }
  });

  test('comes from one source for each name, that answers nothing', async () => {
    const lan = new Lan();
    const bob = await lan.join('BOB-PC');
    const sources: Source[] = [];
    const board = switchboardOf(bob);
    const path = slotPath('lobby');
    await board.subscribe(path, ({ source }) => void sources.push(source));
    for (const from of ['EVE-1', 'EVE-2', 'EVE-1']) {
      lan.forge({ from, to: EVERYONE, data: new Uint8Array(1) });
    }
    lan.clock.advance(10);
    expect(sources.map(({ address }) => address)).toEqual(['EVE-1', 'EVE-2', 'EVE-1']);
    expect(new Set(sources.map(({ id }) => id)).size).toBe(2);
    await board.reply(sources[0]!, path).write(new Uint8Array(1));
    lan.clock.advance(10);
    expect(lan.traffic).toMatchObject({ sent: 4, delivered: 3 });
  });

  test('by the link of a host is parted with it', async () => {
    const lan = new Lan();
    const [ann, bob] = await hosts(lan, 'ANN-PC', 'BOB-PC');
    lan.partition(['ANN-PC', 'EVE-PC']);
    lan.forge({ from: 'X', to: EVERYONE, data: Buffer.from('hello'), via: 'EVE-PC' });
    lan.clock.advance(10);
    expect(await takeAll(ann.slot)).toEqual(['hello']);
    expect(await takeAll(bob.slot)).toEqual([]);
  });

  test('may come in floods', async () => {
    const lan = new Lan();
    const [bob] = await hosts(lan, 'BOB-PC');
    lan.flood({ perSecond: 5000, durationMs: 1000 }, (index) =>
      lan.forge({ from: `SYBIL-${index}`, to: EVERYONE, data: new Uint8Array(100) }),
    );
    lan.clock.advance(2000);
    expect(bob.slot.info().messageCount).toBe(5000);
  });
});

describe('until', () => {
  test('lets time pass, and promises settle, until something holds, and says how long that took', async () => {
    const lan = new Lan({ latencyMs: 40 });
    const [ann, bob] = await hosts(lan, 'ANN-PC', 'BOB-PC');
    const texts: string[] = [];
    void (async () => {
      for await (const message of bob.slot) texts.push(message.text());
    })();
    await ann.network.send(EVERYONE, 'hello');
    expect(await lan.until(() => texts.length === 1)).toBe(40);
    expect(await lan.until(() => true)).toBe(0);
  });

  test('says with which seed it waited in vain', async () => {
    const lan = new Lan({ seed: 42 });
    const waiting = lan.until(() => false, { withinMs: 500, stepMs: 150 });
    await expect(waiting).rejects.toMatchObject({
      code: 'ERROR_SEM_TIMEOUT',
      message: expect.stringContaining('seed 42'),
    });
    expect(lan.clock.now()).toBe(501);
  });
});

test.each([
  [3, 1],
  [7, 0],
])('the example of the module, with seed %i, leaves %i message', async (seed, count) => {
  const lan = new Lan({ seed, loss: 0.2 });
  const ann = await lan.join('ANN-PC');
  const bob = await lan.join('BOB-PC');
  const slot = await bob.createMailslot('lobby');
  await ann.send(EVERYONE, 'hello');
  lan.clock.advance(1);
  expect(slot.info().messageCount).toBe(count);
});
