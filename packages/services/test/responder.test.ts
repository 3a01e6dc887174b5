import { readFileSync } from 'node:fs';

import { type Network } from '@mailslot/core';
import { DecodeError } from '@mailslot/core/internal';
import { Lan } from '@mailslot/core/testing';
import {
  createResponder,
  findResponders,
  type FindRespondersOptions,
  type ResponderAnswer,
  type ResponderNews,
  type ResponderOptions,
  watchResponders,
} from '@mailslot/services';
import {
  decodeResponderMessage,
  encodeAlert,
  encodeResponderMessage,
  explain,
  NAME_BYTES_MAX,
  type ResponderMessage,
} from '@mailslot/services/internal';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const SLOT = 'HydraLsServer';

let lan: Lan;

beforeEach(() => {
  lan = new Lan({ seed: 11 });
});

afterEach(() => lan.clock.advanceAsync(1));

const serve = async (
  host: string,
  options: Partial<ResponderOptions> = {},
  slot: string = SLOT,
): ReturnType<typeof createResponder> =>
  createResponder(await lan.join(host), slot, { answer: () => `for ${host}`, ...options });

/** Asks once: each answer with the time it came, and when the search was over. */
async function ask(
  network: Network,
  options: FindRespondersOptions = {},
): Promise<{ answers: (ResponderAnswer & { at: number })[]; endedAt: number }> {
  const start = lan.clock.now();
  const answers: (ResponderAnswer & { at: number })[] = [];
  let ended = false;
  findResponders(network, SLOT, options).answers$.subscribe({
    next: (answer) => answers.push({ ...answer, at: lan.clock.now() - start }),
    complete: () => (ended = true),
  });
  const endedAt = await lan.until(() => ended);
  return { answers, endedAt };
}

describe('responders', () => {
  test('200 servers all answer within 2 s, and never more than 100 of them in 100 ms', async () => {
    const responders = [];
    for (let at = 0; at < 200; at++) responders.push(await serve(`TS-${at}`));
    const { answers, endedAt } = await ask(await lan.join('ANN-PC'));
    expect(new Set(answers.map(({ name }) => name)).size).toBe(200);
    expect(answers).toHaveLength(200);
    expect(endedAt).toBeLessThanOrEqual(2000);
    const burst = Math.max(
      ...answers.map(
        ({ at: from }) => answers.filter(({ at }) => at >= from && at < from + 100).length,
      ),
    );
    expect(burst).toBeLessThanOrEqual(100);
    await Promise.all(responders.map((responder) => responder.close()));
  });

  test.each([
    ['by default', undefined, 0.8],
    ['in 6 s', 6000, 0.88],
  ])('are found where a fifth of all datagrams is lost: %s', async (_, timeoutMs, share) => {
    for (let at = 0; at < 100; at++) await serve(`TS-${at}`);
    const ann = await lan.join('ANN-PC');
    lan.set({ loss: 0.2 });
    const { answers } = await ask(ann, timeoutMs === undefined ? {} : { timeoutMs });
    expect(new Set(answers.map(({ name }) => name)).size).toBe(answers.length);
    expect(answers.length).toBeGreaterThan(100 * share);
    // A single question finds two thirds of them.
    const asked = await ask(ann, { timeoutMs: 1200, windowMs: 700 });
    expect(asked.answers.length).toBeLessThan(75);
  });

  test('are asked three times at the most', async () => {
    let asked = 0;
    await serve('QUIET', { answer: () => void asked++ });
    const ann = await lan.join('ANN-PC');
    const timesAsked = async (timeoutMs: number): Promise<number> => {
      asked = 0;
      await ask(ann, { windowMs: 250, timeoutMs });
      return asked;
    };
    expect(await timesAsked(50_000)).toBe(3);
    // A repetition that nobody has time to answer is none.
    expect(await timesAsked(1749)).toBe(1);
    expect(await timesAsked(1750)).toBe(2);
  });

  test('get the question and who asks, and may keep silent', async () => {
    const asked: string[] = [];
    await serve('QUIET', {
      answer(question) {
        asked.push(`${question.from}: ${question.text()}`);
        return undefined;
      },
    });
    await serve('TALKER', { answer: async ({ text }) => `${text()}? yes`, name: 'Büro' });
    const { answers } = await ask(await lan.join('ANN-PC'), { question: 'licences' });
    expect([...new Set(asked)]).toEqual(['ANN-PC: licences']);
    expect(answers.map(({ name, text }) => [name, text()])).toEqual([['Büro', 'licences? yes']]);
  });

  test('of another domain answer those who ask that domain', async () => {
    await createResponder(await lan.join('FAR', { domain: 'OTHER' }), SLOT, { answer: () => '' });
    const ann = await lan.join('ANN-PC');
    expect((await ask(ann)).answers).toEqual([]);
    expect((await ask(ann, { domain: 'OTHER' })).answers.map(({ name }) => name)).toEqual(['FAR']);
  });

  test('are found by a loop, as a list, and one of them by lot', async () => {
    await serve('ONE');
    await serve('TWO');
    const found = findResponders(await lan.join('ANN-PC'), SLOT);
    const names: string[] = [];
    const looping = (async () => {
      for await (const { name } of found) names.push(name);
    })();
    await lan.clock.advanceAsync(2001);
    await looping;
    expect(names.toSorted()).toEqual(['ONE', 'TWO']);
    const all = found.all();
    await lan.clock.advanceAsync(2001);
    expect(await all).toHaveLength(2);
    const picked = found.pick();
    await lan.clock.advanceAsync(2001);
    expect(['ONE', 'TWO']).toContain((await picked)?.name);
  });

  test('nobody there is no error, an abort is one', async () => {
    const ann = await lan.join('ANN-PC');
    expect((await ask(ann)).answers).toEqual([]);
    const controller = new AbortController();
    const all = findResponders(ann, SLOT, { signal: controller.signal }).all();
    controller.abort();
    await expect(all).rejects.toMatchObject({ code: 'ERROR_OPERATION_ABORTED' });
  });

  test('a flood of questions finds a bounded number of answers waiting', async () => {
    const responder = await serve('TS-1');
    for (let at = 0; at < 500; at++) {
      lan.forge({
        from: `LIAR-${at}`,
        to: `\\\\*\\mailslot\\${SLOT}`,
        data: questionTo('REPLY\\1', at),
      });
    }
    await lan.clock.advanceAsync(5000);
    expect(responder.stats()).toMatchObject({ asked: 500, refused: 436 });
  });

  test('answer to reply slots only, and count what is not theirs', async () => {
    const responder = await serve('TS-1');
    const to = `\\\\*\\mailslot\\${SLOT}`;
    const foreign = [Buffer.from('licence?'), Buffer.alloc(0), questionTo('BROWSE', 1)];
    for (const data of foreign) lan.forge({ from: 'OLD-TS', to, data });
    await lan.clock.advanceAsync(5000);
    expect(responder.stats()).toEqual({ asked: 0, answered: 0, refused: 0, unsent: 0, foreign: 3 });
  });

  test('have a name of a limited length, and periods in whole seconds', async () => {
    await serve('TS-1', { name: 'n'.repeat(NAME_BYTES_MAX) });
    const invalid = { code: 'ERROR_INVALID_PARAMETER' };
    await expect(serve('TS-2', { name: 'ü'.repeat(128) })).rejects.toMatchObject(invalid);
    for (const everySeconds of [0, 0.5, 65_536]) {
      await expect(serve('TS-3', { announce: { everySeconds } })).rejects.toMatchObject(invalid);
    }
  });

  test('announce that they are there, again, and that they leave', async () => {
    const news: ResponderNews[] = [];
    watchResponders(await lan.join('ANN-PC'), 'CheyenneDS').subscribe((each) => news.push(each));
    const responder = await serve(
      'BACKUP-1',
      { announce: { everySeconds: 60, body: 'tape' } },
      'CheyenneDS',
    );
    await lan.clock.advanceAsync(61_000);
    expect(news.map(({ name, leaves, text }) => [name, leaves, text()])).toEqual([
      ['BACKUP-1', false, 'tape'],
      ['BACKUP-1', false, 'tape'],
    ]);
    const closing = responder.close();
    await lan.clock.advanceAsync(10);
    await closing;
    expect(news.at(-1)).toMatchObject({ name: 'BACKUP-1', leaves: true });
  });
});

function questionTo(replySlot: string, lot: number): Uint8Array {
  const token = lot.toString(16).padStart(16, '0');
  const body = new Uint8Array();
  return encodeResponderMessage({ kind: 'question', token, windowMs: 1500, replySlot, body });
}

describe('responder messages', () => {
  const MESSAGES: readonly ResponderMessage[] = [
    {
      kind: 'question',
      token: '0123456789abcdef',
      windowMs: 1500,
      replySlot: 'REPLY\\00C0FFEE',
      body: Buffer.from('who?'),
    },
    { kind: 'answer', token: '0123456789abcdef', name: 'TS-1', body: Buffer.of() },
    { kind: 'announcement', periodSeconds: 60, name: 'Büro', body: Buffer.of(1, 2) },
    { kind: 'ring', context: 0xfffffffe },
  ];

  test.each(MESSAGES)('a $kind comes back as it was', (message) => {
    const read = decodeResponderMessage(encodeResponderMessage(message));
    expect(read).toEqual(
      'body' in message ? { ...message, body: new Uint8Array(message.body) } : message,
    );
  });

  test('the example of the specification is a question', () => {
    const bytes = encodeResponderMessage(MESSAGES[0]!);
    const page = readFileSync(new URL('../../../docs/wire-responder.md', import.meta.url), 'utf8');
    const [, block = ''] = /^```hex a question\n([^`]+)^```/m.exec(page)!;
    expect(Buffer.from(bytes).toString('hex')).toBe(block.replaceAll(/#.*|\s/g, ''));
  });

  test('any bytes are read or refused with a DecodeError', () => {
    const mark = fc
      .uint8Array({ maxLength: 64 })
      .map((rest) => Uint8Array.of(0x4d, 0x53, 0x52, 1, ...rest));
    fc.assert(
      fc.property(fc.oneof(mark, fc.uint8Array()), (bytes) => {
        const thrown = thrownBy(() => decodeResponderMessage(bytes));
        expect(thrown === undefined || thrown instanceof DecodeError).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('explain', () => {
  test('says whose slot it is where the format is not public', () => {
    for (const slot of ['HydraLsServer', 'CHEYENNEDS', '53cb31a0\\UnimodemNotifyTSP']) {
      const explanation = explain(slot, Buffer.from('\u0001secret'));
      expect(explanation?.words).toMatch(/: 7 bytes in a format that is not public$/);
    }
  });

  test('knows its own messages on any slot, and nothing of slots it does not know', () => {
    expect(explain('anything', encodeResponderMessage({ kind: 'ring', context: 7 }))).toEqual({
      words: 'ring: something waits, context 7',
      fields: { kind: 'ring', context: 7 },
    });
    expect(explain('anything', Buffer.from('hello'))).toBeUndefined();
  });

  test('reads NET SEND and alerts', () => {
    expect(
      explain('messngr', Buffer.from('ANN\0LAB\0Gr\x81\xe1e\x14!\0', 'latin1'))?.fields,
    ).toEqual({
      from: 'ANN',
      to: 'LAB',
      text: 'Grüße\n!',
    });
    expect(explain('MESSNGR', Buffer.from('ANN'))?.words).toMatch(/^not a message of NET SEND: /);
    const raisedAt = 1_700_000_000_000;
    const alert = encodeAlert({
      event: 'ERRORLOG',
      service: 'UPS',
      raisedAt,
      errorCode: 7,
      logOffset: 1,
    });
    expect(explain('Alerter', alert)?.words).toBe(
      'alert of UPS: Error 7 is in the error log, at 1.',
    );
  });

  test('reads what locators and TAPI say', () => {
    const query = Buffer.alloc(276);
    query.writeUInt32LE(0x12345678, 0);
    query.writeUInt16LE(1, 16);
    query.write('\\\\ANN-PC', 36, 'utf16le');
    expect(explain('RpcLoc_s', query)?.words).toBe(
      'locator query: \\\\ANN-PC looks for the interface 12345678-0000-0000-0000-000000000000 version 1.0',
    );
    expect(explain('tapi\\tp0001', Buffer.of(7, 0, 0, 0))?.words).toBe(
      'TAPI: events wait for the client 7',
    );
    expect(explain('tapi\\tp0001', Buffer.of(7))?.fields).toHaveProperty('malformed');
    expect(explain('Resp_s', Buffer.alloc(44))?.words).toMatch(/^locator query/);
    expect(explain('Resp_c', Buffer.alloc(48))?.words).toMatch(/^locator reply/);
    expect(explain('RpcLoc_c', Buffer.alloc(44))?.words).toMatch(/^locator reply/);
  });

  test('never throws, and what it says fits JSON', () => {
    const slots = [
      'NET\\NETLOGON',
      'NET\\GETDC1',
      'RpcLoc_s',
      'Resp_c',
      'TAPI\\x',
      'HydraLsServer',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...slots), fc.uint8Array({ maxLength: 300 }), (slot, data) => {
        expect(JSON.stringify(explain(slot, data))).toBeTypeOf('string');
      }),
    );
  });
});

function thrownBy(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}
