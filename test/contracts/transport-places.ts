/** What transports do that can knock at the place of a station, and tell others of it. Part of the contract of each. */

import { expect, test } from 'vitest';

import { slotPath, type Source } from '@mailslot/core/internal';

import type { ContractRig } from '../support/contract-rig.ts';

const LOBBY = slotPath('lobby');

/** The most bytes that a place may have. */
const PLACE_BYTES_MAX = 32;

export function knocksAtPlaces(rig: ContractRig): void {
  test('has a knock received like a message, and not refused', async () => {
    const [source, { ann, bob }] = [await bobHeardByAnn(rig), rig];
    if (ann.transport.knock === undefined) return;
    await bob.listen(LOBBY);
    let refusals = 0;
    ann.knock(source, LOBBY, 'anybody there?', () => refusals++);
    await rig.arrived(1, bob);
    expect(bob.texts).toEqual(['anybody there?']);
    expect(bob.received[0]).toMatchObject({
      slot: LOBBY.key,
      station: ann.station.id,
      from: '',
      address: { kind: 'direct' },
      source: { transport: ann.transport.name },
    });
    await rig.settled(bob, ann);
    expect(refusals).toBe(0);
  });

  test('has a knock at a station that has stopped refused or unanswered, and goes on', async () => {
    const [source, { ann, bob, everyone }] = [await bobHeardByAnn(rig), rig];
    if (ann.transport.knock === undefined) return;
    await bob.transport.stop();
    let refusals = 0;
    ann.knock(source, LOBBY, 'anybody there?', () => refusals++);
    expect(refusals).toBe(0);
    const cat = await rig.start('CAT-PC');
    await cat.send(everyone, LOBBY, 'I am');
    await rig.arrived(1);
    await rig.settled(cat, ann);
    expect(refusals).toBeLessThanOrEqual(1);
  });

  test('knocks at places of others, with too much, or too late, in vain', async () => {
    const [source, { ann, bob }] = [await bobHeardByAnn(rig), rig];
    if (ann.transport.knock === undefined) return;
    await bob.listen(LOBBY);
    ann.knock({ ...source, transport: 'pigeon' }, LOBBY, 'coo', notRefused);
    ann.knock(source, LOBBY, new Uint8Array(100_000), notRefused);
    await ann.transport.stop();
    ann.knock(source, LOBBY, 'late', notRefused);
    await rig.settled(await rig.start('CAT-PC'), bob);
    expect(bob.received).toEqual([]);
  });
}

export function tellsOfPlaces(rig: ContractRig): void {
  test('is led to a station by what another tells of its place', async () => {
    const [bobsPlace, { ann, bob, everyone }] = [await bobHeardByAnn(rig), rig];
    if (ann.transport.place === undefined) return;
    const cat = await rig.start('CAT-PC');
    await cat.listen(LOBBY);
    await cat.send(everyone, LOBBY, 'who is there?');
    await rig.arrived(1);
    const told = ann.transport.place(bobsPlace, ann.received[0]!.source)!;
    expect(told.length).toBeLessThanOrEqual(PLACE_BYTES_MAX);

    await ann.send(everyone, LOBBY, 'Bob is');
    await rig.arrived(1, cat);
    const place = cat.transport.locate!(told, cat.received[0]!.source)!;
    await bob.listen(LOBBY);
    await cat.sendOn(cat.transport.reply(place, LOBBY), 'hello, Bob');
    await rig.arrived(1, bob);
    expect(bob.texts).toEqual(['hello, Bob']);

    await bob.send(everyone, LOBBY, 'hello, all');
    await rig.arrived(2, cat);
    expect(cat.received[1]!.source.id).toBe(place.id);
  });

  test('is led nowhere by what is no place', async () => {
    const [source, { ann }] = [await bobHeardByAnn(rig), rig];
    if (ann.transport.place === undefined) return;
    const place = ann.transport.place(source, source)!;
    const others = [
      [],
      [0],
      [...place, 0],
      [...place.subarray(1)],
      Array(PLACE_BYTES_MAX).fill(255),
    ];
    for (const bytes of others) {
      expect(ann.transport.locate!(Uint8Array.from(bytes), source)).toBeUndefined();
    }
  });
}

/** Ann listens, and has heard Bob at this place. */
async function bobHeardByAnn(rig: ContractRig): Promise<Source> {
  const { ann, bob, everyone } = rig;
  await ann.listen(LOBBY);
  await bob.send(everyone, LOBBY, 'hello');
  await rig.arrived(1);
  return ann.received.pop()!.source;
}

function notRefused(): never {
  return expect.unreachable('A knock that never left was refused.');
}
