/**
 * What every transport does: packages/core/src/transports/transport.ts in code. The test of a transport brings a medium
 * and calls {@link transportContract}.
 */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { MailslotError, type Transport } from '@mailslot/core';
import { domainTag, slotPath, type Source } from '@mailslot/core/internal';

import { type ContractMedium, ContractRig } from '../support/contract-rig.ts';
import { knocksAtPlaces, tellsOfPlaces } from './transport-places.ts';

const LOBBY = slotPath('lobby');
const OTHER = slotPath('Spieler\\Grüße');

const HERE = { kind: 'local' } as const;
const DOMAIN = { kind: 'domain' } as const;
const ANN = { kind: 'name', name: 'ANN-PC' } as const;

const SCOPES = { computer: [HERE, DOMAIN, ANN], network: [DOMAIN, ANN] } as const;

/** No other test shares the medium that is made for one. */
export function transportContract(
  name: string,
  reach: Transport['reach'],
  createMedium: () => Promise<ContractMedium>,
): void {
  describe(`the ${name} transport`, () => {
    const rig = new ContractRig(SCOPES[reach][0], createMedium);
    beforeEach(() => rig.open());
    afterEach(() => rig.close());

    startsAndStops(rig);
    carriesMessages(rig);
    knowsItsScopes(rig, SCOPES[reach]);
    if (reach === 'computer') givesNamesOneOwner(rig);
    else {
      reachesManyStations(rig);
      knocksAtPlaces(rig);
      tellsOfPlaces(rig);
    }
  });
}

function startsAndStops(rig: ContractRig): void {
  test('stops before it was started, and however often', async () => {
    const [cat, { ann }] = [rig.station('CAT-PC'), rig];
    await cat.transport.stop();
    await Promise.all([ann.transport.stop(), ann.transport.stop()]);
    await ann.transport.stop();
  });

  test('may be unreferenced before it starts, and after', () => {
    rig.station('CAT-PC').transport.unref();
    rig.ann.transport.unref();
  });

  test('delivers what was sent before it stops', async () => {
    const { ann, bob, everyone } = rig;
    await ann.listen(LOBBY);
    await bob.send(everyone, LOBBY, 'last', 'words');
    await bob.transport.stop();
    await rig.arrived(2);
    expect(ann.texts).toEqual(['last', 'words']);
  });

  test('receives nothing more when it has stopped', async () => {
    const { ann, bob, everyone } = rig;
    await ann.listen(LOBBY);
    const channel = await bob.transport.open(everyone, LOBBY);
    await bob.sendOn(channel, 'before');
    await rig.arrived(1);
    await ann.transport.stop();
    await inVain(bob.sendOn(channel, 'after'));
    await rig.settled(bob, await rig.start('CAT-PC'));
    expect(ann.texts).toEqual(['before']);
  });

  test('sends nothing more when it has stopped, over channels that outlive it', async () => {
    const { ann, bob, everyone } = rig;
    await ann.listen(LOBBY);
    const channel = await bob.transport.open(everyone, LOBBY);
    await bob.transport.stop();
    await inVain(bob.sendOn(channel, 'late'));
    channel.close();
    await rig.settled(await rig.start('CAT-PC'), ann);
    expect(ann.texts).toEqual([]);
  });

  test('neither listens nor opens anything when it has stopped', async () => {
    const { ann, everyone } = rig;
    await ann.transport.stop();
    const calls = [() => ann.listen(LOBBY), () => ann.transport.open(everyone, LOBBY)];
    for (const call of calls) expect(await codeOf(call)).toBe('ERROR_INVALID_HANDLE');
  });

  test('lets listenings be closed twice, even when it has stopped', async () => {
    const { ann } = rig;
    const [first, second] = [await ann.listen(LOBBY), await ann.listen(OTHER)];
    await first.close();
    await first.close();
    await ann.transport.stop();
    await first.close();
    await second.close();
  });

  test('counts what it carries, and what is dropped by its reason', async () => {
    const { ann, bob, everyone, medium } = rig;
    await ann.listen(LOBBY);
    await bob.send(everyone, LOBBY, 'four', 'seven77');
    await rig.arrived(2);
    ann.verdict = 'queue-full';
    await bob.send(everyone, LOBBY, 'x');
    await medium.until(() => ann.transport.stats().drops['queue-full'] === 1);
    expect(bob.transport.stats()).toMatchObject({ sentMessages: 3, sentBytes: 12 });
    expect(ann.transport.stats()).toMatchObject({
      receivedMessages: 3,
      receivedBytes: 12,
      drops: { 'queue-full': 1 },
    });
  });
}

function carriesMessages(rig: ContractRig): void {
  test('carries bytes of every size up to its largest, as they were', async () => {
    const { ann, bob, everyone } = rig;
    await ann.listen(LOBBY);
    const channel = await bob.transport.open(everyone, LOBBY);
    const largest = Math.min(channel.maxMessageSize, 1_048_576);
    const sizes = [0, 1, 424, 1000, 1200, 1500, 9000].filter((size) => size <= largest);
    for (const size of [...sizes, largest]) {
      const data = pattern(size);
      await bob.sendOn(channel, data);
      await rig.arrived(1);
      expect(Buffer.compare(ann.received.pop()!.data, data)).toBe(0);
    }
  });

  test('says to which slot, from which station and over what a message came', async () => {
    const { ann, bob, everyone } = rig;
    await ann.listen(OTHER);
    await bob.send(everyone, OTHER, 'one', 'two');
    await rig.arrived(2);
    const [one, two] = ann.received;
    expect(one).toMatchObject({
      slot: OTHER.key,
      station: bob.station.id,
      from: 'BOB-PC',
      source: { transport: bob.transport.name, interfaces: expect.any(Array) },
    });
    expect(['local', 'loopback', 'on-link', 'brokered']).toContain(one!.source.trust);
    expect(two!.source.id).toBe(one!.source.id);
    expect(two!.sequence).toBe(one!.sequence + 1);
  });

  test('carries the longest names', async () => {
    const cat = await rig.start('C'.repeat(rig.medium.computerNameLengthMax ?? 63));
    const slot = slotPath(`${'Ä'.repeat(127)}X`);
    await rig.ann.listen(slot);
    await cat.send(rig.everyone, slot, 'hello');
    await rig.arrived(1);
    expect(rig.ann.received[0]).toMatchObject({ slot: slot.key, from: cat.station.computerName });
  });

  test('carries every sequence number of 32 bits', async () => {
    const { ann, bob, everyone } = rig;
    await ann.listen(LOBBY);
    const channel = await bob.transport.open(everyone, LOBBY);
    const sequences = [0, 2 ** 31, 2 ** 32 - 1];
    for (const sequence of sequences) {
      await channel.send({ sequence, data: pattern(1), anonymous: false });
    }
    await rig.arrived(3);
    expect(ann.received.map(({ sequence }) => sequence)).toEqual(sequences);
  });

  test('leaves the name out for a sender who wants none', async () => {
    const { ann, bob, everyone } = rig;
    await ann.listen(LOBBY);
    const channel = await bob.transport.open(everyone, LOBBY);
    await bob.sendOn(channel, 'nameless', { anonymous: true });
    await bob.sendOn(channel, 'named');
    await rig.arrived(2);
    expect(ann.received.map(({ from }) => from)).toEqual(['', 'BOB-PC']);
  });

  test('has done with the bytes of a sender when send() returns', async () => {
    const { ann, bob, everyone } = rig;
    await ann.listen(LOBBY);
    const channel = await bob.transport.open(everyone, LOBBY);
    const large = Math.min(channel.maxMessageSize, 3000);
    const sending = [pattern(10), Buffer.from(pattern(20)), pattern(large)].map((data) => {
      const sent = bob.sendOn(channel, data);
      data.fill(0);
      return sent;
    });
    for (const sent of sending) await sent;
    await rig.arrived(3);
    for (const { data } of ann.received) {
      expect(Buffer.compare(data, pattern(data.length))).toBe(0);
    }
  });

  test('keeps the order of a sender, and never writes to bytes that were received', async () => {
    const { ann, bob, everyone } = rig;
    await ann.listen(LOBBY);
    const messages = Array.from({ length: 100 }, (_, index) => `${index}`.repeat(50));
    await bob.send(everyone, LOBBY, ...messages);
    await rig.arrived(messages.length);
    expect(ann.texts).toEqual(messages);
  });

  test('brings each message to its own slot', async () => {
    const { ann, bob, everyone } = rig;
    await ann.listen(LOBBY);
    await ann.listen(OTHER);
    for (const slot of [LOBBY, OTHER, LOBBY]) await bob.send(everyone, slot, slot.key);
    await rig.arrived(3);
    expect(ann.texts.toSorted()).toEqual([LOBBY.key, LOBBY.key, OTHER.key]);
    expect(ann.texts).toEqual(ann.received.map(({ slot }) => slot));
  });

  test('brings nothing to a slot that is no longer listened to', async () => {
    const { ann, bob, everyone } = rig;
    const listening = await ann.listen(LOBBY);
    const channel = await bob.transport.open(everyone, LOBBY);
    await bob.sendOn(channel, 'before');
    await rig.arrived(1);
    await listening.close();
    await inVain(bob.sendOn(channel, 'after'));
    await rig.settled(bob, ann);
    expect(ann.texts).toEqual(['before']);
  });
}

function knowsItsScopes(rig: ContractRig, scopes: readonly Parameters<Transport['open']>[0][]) {
  const addresses = {
    local: { kind: 'direct' },
    domain: { kind: 'domain', tag: domainTag('WORKGROUP') },
    name: ANN,
  };

  test.each(scopes)('says whom a message was for: $kind', async (scope) => {
    const { ann, bob } = rig;
    await ann.listen(LOBBY);
    await bob.send(scope, LOBBY, 'hello');
    await rig.arrived(1);
    expect(ann.received[0]!.address).toEqual(addresses[scope.kind]);
  });

  test.each(scopes)('says beforehand how large a message may be: $kind', async (scope) => {
    const { ann, bob } = rig;
    await ann.listen(LOBBY);
    const { maxMessageSize } = await bob.transport.open(scope, LOBBY);
    expect(maxMessageSize).toBe(bob.transport.maxMessageSize(scope, LOBBY));
    expect(maxMessageSize).toBeGreaterThanOrEqual(424);
  });

  test('finds no slot on this computer that is not there', async () => {
    const { bob } = rig;
    expect(await codeOf(() => bob.transport.open(HERE, LOBBY))).toBe('ERROR_FILE_NOT_FOUND');
    for (const scope of [DOMAIN, ANN]) await bob.send(scope, LOBBY, 'to nobody');
  });

  test('has no way back to a source of another transport', async () => {
    const foreign: Source = {
      transport: 'pigeon',
      id: 'pigeon:7',
      trust: 'routed',
      address: undefined,
      interfaces: [],
    };
    const reply = (): unknown => rig.bob.transport.reply(foreign, LOBBY);
    expect(await codeOf(reply)).toBe('ERROR_NOT_SUPPORTED');
  });
}

function givesNamesOneOwner(rig: ContractRig): void {
  test('gives a name to one owner, until that closes it or stops', async () => {
    const [cat, { ann, bob }] = [await rig.start('CAT-PC'), rig];
    const owned = await ann.listen(LOBBY);
    for (const other of [ann, bob]) {
      expect(await codeOf(() => other.listen(LOBBY))).toBe('ERROR_ALREADY_EXISTS');
    }
    await owned.close();
    await bob.listen(LOBBY);
    expect(await codeOf(() => cat.listen(LOBBY))).toBe('ERROR_ALREADY_EXISTS');
    await bob.transport.stop();
    await cat.listen(LOBBY);
  });

  test('tells a writer that its slot has gone, and never brings it to the next', async () => {
    const { ann, bob, medium } = rig;
    const listening = await ann.listen(LOBBY);
    const channel = await bob.transport.open(HERE, LOBBY);
    await listening.close();
    await ann.listen(LOBBY);
    let code: string | undefined;
    // The first may be under way before the news has come.
    await medium.until(() => {
      void codeOf(() => bob.sendOn(channel, 'late')).then((ended) => (code = ended));
      return code !== undefined;
    });
    expect(code).toBe('ERROR_HANDLE_EOF');
    await rig.settled(bob, ann);
    expect(ann.received).toEqual([]);
  });
}

function reachesManyStations(rig: ContractRig): void {
  test('starts without any network, and has no interface then', async () => {
    const cat = await rig.start('CAT-PC', { offline: true });
    expect(cat.transport.interfaces()).toEqual([]);
    await cat.listen(LOBBY);
    await cat.send(DOMAIN, LOBBY, 'anyone?');
  });

  test('says which interfaces it uses', async () => {
    await rig.ann.listen(LOBBY);
    const interfaces = rig.ann.transport.interfaces();
    expect(interfaces.length).toBeGreaterThan(0);
    for (const { name, address, family } of interfaces) {
      expect([name, address]).not.toContain('');
      expect(['IPv4', 'IPv6', 'other']).toContain(family);
    }
  });

  test('brings a message once to all who listen to one name', async () => {
    const [cat, dan, { ann, bob }] = [await rig.start('CAT-PC'), await rig.start('DAN-PC'), rig];
    for (const each of [ann, bob, cat]) await each.listen(LOBBY);
    await dan.send(DOMAIN, LOBBY, 'one', 'two');
    for (const each of [ann, bob, cat]) {
      await rig.arrived(2, each);
      await rig.settled(dan, each);
      expect(each.texts).toEqual(['one', 'two']);
    }
  });

  test('brings a reply to the very station that wrote, and to no other', async () => {
    const [cat, { ann, bob }] = [await rig.start('CAT-PC'), rig];
    for (const each of [ann, cat]) await each.listen(LOBBY);
    await bob.send(DOMAIN, LOBBY, 'who is there?');
    await bob.listen(LOBBY);
    for (const each of [ann, cat]) {
      await rig.arrived(1, each);
      const channel = each.transport.reply(each.received[0]!.source, LOBBY);
      expect(channel.maxMessageSize).toBeGreaterThanOrEqual(424);
      await each.sendOn(channel, each.station.computerName);
      channel.close();
    }
    await rig.arrived(2, bob);
    await rig.settled(ann, cat);
    await rig.settled(cat, ann);
    expect(bob.texts.toSorted()).toEqual(['ANN-PC', 'CAT-PC']);
    expect(bob.received[0]!.address).toEqual({ kind: 'direct' });
    expect([...ann.texts, ...cat.texts]).toEqual(['who is there?', 'who is there?']);
  });
}

/** Waits for the end of a send that leads nowhere. It may fail, if it does so as it should. */
async function inVain(sending: Promise<void> | undefined): Promise<void> {
  await codeOf(() => sending);
}

/** The code of the MailslotError that a call ends in; undefined if it succeeds. */
async function codeOf(call: () => unknown): Promise<string | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    if (error instanceof MailslotError) return error.code;
    throw error;
  }
}

/** Bytes that no shift, cut or repetition leaves as they were. */
function pattern(size: number): Uint8Array {
  return new Uint8Array(size).map((_, index) => (index * 31 + (index >> 8) * 7) & 255);
}
