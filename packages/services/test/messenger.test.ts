import { describe, expect, test } from 'vitest';

import type { Network } from '@mailslot/core';
import { Lan, VirtualClock } from '@mailslot/core/testing';
import { createMessenger, type Messenger, type NetMessage, netSend } from '@mailslot/services';
import { Copies, REMEMBERED_MAX } from '@mailslot/services/internal';

interface Listener {
  readonly network: Network;
  readonly messenger: Messenger;
  readonly messages: NetMessage[];
}

async function listen(
  lan: Lan,
  name: string,
  options: Parameters<typeof createMessenger>[1] = {},
): Promise<Listener> {
  const network = await lan.join(name);
  const messenger = await createMessenger(network, options);
  const messages: NetMessage[] = [];
  messenger.messages$.subscribe((message) => messages.push(message));
  return { network, messenger, messages };
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a Messenger', () => {
  test('sends to the domain, and itself is in it', async () => {
    const lan = new Lan();
    const ann = await listen(lan, 'ANN-PC');
    const bob = await listen(lan, 'BOB-PC');
    expect(await ann.messenger.send('*', 'Der Tee\nist heiß.')).toEqual({
      by: 'mailslot',
      address: undefined,
    });
    await lan.until(() => bob.messages.length === 1 && ann.messages.length === 1);
    expect(bob.messages[0]).toMatchObject({
      from: 'ANN-PC',
      to: 'WORKGROUP',
      text: 'Der Tee\nist heiß.',
      by: 'mailslot',
    });
  });

  test.each(['WORKGROUP', 'workgroup*'])('reaches the domain as %s', async (to) => {
    const lan = new Lan();
    const bob = await listen(lan, 'BOB-PC');
    await netSend(await lan.join('ANN-PC'), to, 'Tea!', { from: 'Ann' });
    await lan.until(() => bob.messages.length === 1);
    expect(bob.messages[0]).toMatchObject({ from: 'Ann', to: 'WORKGROUP', text: 'Tea!' });
  });

  test('reaches one computer, and no other', async () => {
    const lan = new Lan();
    const [ann, bob, cid] = await Promise.all(
      ['ANN-PC', 'BOB-PC', 'CID-PC'].map((name) => listen(lan, name)),
    );
    await ann!.messenger.send('bob-pc', 'Tea!');
    await ann!.messenger.send('*', 'Cake!');
    await lan.until(() => cid!.messages.length === 1 && bob!.messages.length === 2);
    expect(bob!.messages.map(({ text }) => text)).toEqual(['Tea!', 'Cake!']);
    expect(cid!.messages.map(({ text }) => text)).toEqual(['Cake!']);
  });

  test('drops what is to somebody else, and what is no message', async () => {
    const lan = new Lan();
    const bob = await listen(lan, 'BOB-PC', { users: ['bob'] });
    const ann = await lan.join('ANN-PC');
    for (const data of ['ANN\0CID\0no\0', 'ANN', 'ANN\0BOB\0yes\0', 'ANN\0OFFICE*\0all\0']) {
      await ann.send(String.raw`\\*\mailslot\MESSNGR`, ascii(data));
    }
    await lan.until(() => bob.messages.length === 2);
    expect(bob.messages.map(({ text }) => text)).toEqual(['yes', 'all']);
    expect(bob.messenger.stats()).toMatchObject({ received: 2, malformed: 1, elsewhere: 1 });
  });

  test('shows no control character of whoever forges a sender', async () => {
    const lan = new Lan();
    const bob = await listen(lan, 'BOB-PC');
    const to = String.raw`\\*\mailslot\MESSNGR`;
    lan.forge({
      from: 'EVE-PC',
      to,
      data: ascii('\u001b[2JBOSS\0BOB-PC\0\u001b]0;x\u0007\r\nb\0'),
    });
    await lan.until(() => bob.messages.length === 1);
    expect(bob.messages[0]).toMatchObject({ from: '[2JBOSS', text: ']0;x\nb' });
    expect(bob.messages[0]!.address).toEqual(expect.any(String));
  });

  test('is one on a computer, and can come again', async () => {
    const lan = new Lan();
    const { network, messenger } = await listen(lan, 'ANN-PC');
    await expect(createMessenger(network)).rejects.toMatchObject({ code: 'ERROR_ALREADY_EXISTS' });
    await messenger.close();
    await using again = await createMessenger(network);
    expect(again.names).toEqual(['ANN-PC']);
  });

  test('ends with its signal, with its network, and completes', async () => {
    const lan = new Lan();
    const end = new AbortController();
    const ann = await listen(lan, 'ANN-PC', { signal: end.signal });
    const bob = await listen(lan, 'BOB-PC');
    const completed: string[] = [];
    ann.messenger.messages$.subscribe({ complete: () => completed.push('ann') });
    bob.messenger.messages$.subscribe({ complete: () => completed.push('bob') });
    end.abort();
    await bob.network.close();
    await lan.until(() => completed.length === 2);
    await expect(createMessenger(ann.network, { signal: end.signal })).rejects.toMatchObject({
      code: 'ERROR_OPERATION_ABORTED',
    });
  });

  test.each([
    ['a name that cannot be', 'A/B', 'Tea!', {}, 'ERROR_INVALID_NAME'],
    ['a text that is too long for all', 'BOB-PC', 'x'.repeat(4096), {}, 'ERROR_INVALID_PARAMETER'],
    ['no sender', 'BOB-PC', 'Tea!', { from: '' }, 'ERROR_INVALID_PARAMETER'],
    ['a signal', 'BOB-PC', 'Tea!', { signal: AbortSignal.abort() }, 'ERROR_OPERATION_ABORTED'],
  ])('refuses to send with %s', async (_, to, text, options, code) => {
    const network = await new Lan().join('ANN-PC');
    await expect(netSend(network, to, text, options)).rejects.toMatchObject({ code });
  });
});

describe('copies', () => {
  test('of a message that come another way are known, and the same words again are not', () => {
    const copies = new Copies(new VirtualClock());
    const ways = ['a', 'b', 'a', 'b', 'b', 'a', 'c'];
    expect(ways.map((way) => copies.isNew('Tea!', way))).toEqual([
      true,
      false,
      true,
      false,
      true,
      false,
      false,
    ]);
    expect(copies.isNew('Cake!', 'b')).toBe(true);
  });

  test('are forgotten after two seconds', () => {
    const clock = new VirtualClock();
    const copies = new Copies(clock);
    expect(copies.isNew('Tea!', 'a')).toBe(true);
    clock.advance(1999);
    expect(copies.isNew('Tea!', 'b')).toBe(false);
    clock.advance(1);
    expect(copies.isNew('Tea!', 'b')).toBe(true);
  });

  test('of a flood are not all remembered', () => {
    const copies = new Copies(new VirtualClock());
    for (let at = 0; at <= REMEMBERED_MAX; at++) copies.isNew(`${at}`, 'a');
    expect(copies.isNew(`${REMEMBERED_MAX}`, 'b')).toBe(false);
    expect(copies.isNew('0', 'b')).toBe(true);
  });
});
