/**
 * Attacks on a group, each in every mode, by somebody on the segment who hears all, sends from any address, and keeps
 * what it hears. A stranger has no secret; a holder has, and where peers sign an identity of its own. Without a secret
 * both are the same. What each can do is on docs/security.md.
 */

import { ByteWriter } from '@mailslot/core/internal';
import { describe, expect, test } from 'vitest';

import { type Digest, DIGEST_BYTES, writeDigest } from '../src/presence/digest.ts';
import { decodeMessage, FLAG, type SecurityMode, TYPE } from '../src/presence/message.ts';
import { encodeEntry, encodePage } from '../src/presence/page.ts';
import { type PeerKey, peerKeyOf } from '../src/presence/peer-id.ts';
import { encodeProbe } from '../src/presence/probe.ts';
import { TLV } from '../src/presence/tlv.ts';
import type { Host } from './support/presence-net.ts';
import { type Attacker, LAIR, Scene } from './support/scene.ts';

const MODES = [0, 1, 2, 3] as const;

/** Every mode, with everybody who may attack there. */
const CASES: readonly (readonly [SecurityMode, Attacker])[] = MODES.flatMap((mode) =>
  (['stranger', 'holder'] as const).map((attacker) => [mode, attacker] as const),
);

/** Three who have known each other for a while. */
interface Group {
  readonly scene: Scene;
  readonly ann: Host;
  readonly bob: Host;
  readonly cid: Host;
}

async function gather(mode: SecurityMode): Promise<Group> {
  const scene = await Scene.set(mode);
  const [ann, bob, cid] = [scene.enter('Ann'), scene.enter('Bob'), scene.enter('Cid')];
  scene.settle(10_000);
  return { scene, ann, bob, cid };
}

/** Is this attacker believed there in the name of another? */
function isBelieved(mode: SecurityMode, attacker: Attacker): boolean {
  return mode === 0 || (attacker === 'holder' && mode !== 3);
}

/** Is it let in there, as itself? */
function isAdmitted(mode: SecurityMode, attacker: Attacker): boolean {
  return mode === 0 || attacker === 'holder';
}

describe.each(MODES)('in mode %i, recordings', (mode) => {
  test('of this life played again, from anywhere, change nothing', async () => {
    const { scene, ann, bob, cid } = await gather(mode);
    for (const { bytes, from } of scene.recordings()) {
      scene.inject(bytes);
      scene.inject(bytes, from);
    }
    scene.net.clock.advance(20_000);
    for (const host of [ann, bob, cid]) expect(scene.newsOf(host)).toEqual([]);
  });

  test('of a goodbye take nobody off the list, not even the same peer come again', async () => {
    const { scene, bob, cid } = await gather(mode);
    cid.feed({ type: 'close' });
    scene.settle(2000);
    const goodbyes = scene
      .recordings()
      .filter(({ bytes }) => decodeMessage(bytes).type === TYPE.BYE);
    expect(goodbyes).toHaveLength(3);
    scene.enter('Cid again', 3);
    scene.settle(10_000);
    for (const { bytes, from } of goodbyes) {
      scene.inject(bytes);
      scene.inject(bytes, from);
    }
    scene.net.clock.advance(20_000);
    expect(scene.newsOf(bob)).toEqual([]);
  });

  test('of an earlier life list it beside the present one, as long as they last', async () => {
    const { scene, ann, bob } = await gather(mode);
    const life = scene.recordings().filter(({ from }) => from.id === ann.source.id);
    ann.kill();
    // Tombstones do not stand for ever.
    scene.settle(10 * 60_000);
    scene.enter('Ann again', 1);
    scene.settle(10_000);
    for (const { bytes } of life) scene.inject(bytes);
    scene.net.clock.advance(60_000);
    expect(bob.names).toEqual(['Ann again', 'Cid']);
    const downs = scene.newsOf(bob).filter((news) => news.startsWith('down'));
    expect(downs.every((news) => news === 'down Ann: expired')).toBe(true);
  });
});

describe.each(CASES)('in mode %i, a %s', (mode, attacker) => {
  test('who says goodbye for another, from a place of its own', async () => {
    const { scene, ann, bob } = await gather(mode);
    scene.tell(bob, scene.forge(attacker, ann, { type: TYPE.BYE }));
    scene.net.clock.advance(20_000);
    // In an open service the victim has a second to object; where a secret proves it, it is obeyed.
    const obeyed = mode !== 0 && isBelieved(mode, attacker);
    expect(scene.newsOf(bob)).toEqual(obeyed ? ['down Ann: goodbye', 'up Ann'] : []);
    expect(bob.names).toEqual(['Ann', 'Cid']);
  });

  test('who says it from the address and port of its victim', async () => {
    const { scene, ann, bob } = await gather(mode);
    scene.tell(bob, scene.forge(attacker, ann, { type: TYPE.BYE }), ann.source);
    scene.net.clock.advance(20_000);
    const obeyed = isBelieved(mode, attacker);
    expect(scene.newsOf(bob)).toEqual(obeyed ? ['down Ann: goodbye', 'up Ann'] : []);
    expect(bob.names).toEqual(['Ann', 'Cid']);
  });

  test('who gives another a record of its making', async () => {
    const { scene, ann, bob } = await gather(mode);
    const body = scene.bodyOf(attacker, 'Mallory');
    scene.tell(bob, scene.forge(attacker, ann, { flags: FLAG.FULL, revision: 1, body }));
    scene.net.clock.advance(20_000);
    const believed = isBelieved(mode, attacker);
    // The victim objects; then nothing more is heard from the forger's address.
    const news = ['update Mallory', 'update Ann', 'update Ann'];
    expect(scene.newsOf(bob)).toEqual(believed ? news : []);
    expect(bob.names).toEqual(['Ann', 'Cid']);
  });

  test('who asks after a peer again and again, in the names of all others, kills nobody', async () => {
    const { scene, ann, bob, cid } = await gather(mode);
    for (let round = 1; round <= 30; round++) {
      const subject = { key: peerKeyOf(ann.id), lastSequence: scene.lastOf(ann) + 1000, round };
      for (const asker of [bob, cid]) {
        const parts = { type: TYPE.PROBE, body: encodeProbe(subject) };
        scene.inject(scene.forge(attacker, asker, parts), asker.source);
      }
      scene.net.clock.advance(130);
    }
    scene.net.clock.advance(20_000);
    for (const host of [ann, bob, cid]) {
      expect(scene.newsOf(host).filter((news) => news.startsWith('down'))).toEqual([]);
    }
  });

  test('who invents a peer, has one listed as long as it takes to miss it', async () => {
    const { scene, bob } = await gather(mode);
    const body = scene.bodyOf(attacker, 'Mallory');
    scene.inject(scene.seal(attacker, { id: scene.idOf(attacker), flags: FLAG.FULL, body }));
    scene.net.clock.advance(20_000);
    const listed = ['up Mallory', 'suspect Mallory', 'down Mallory: expired'];
    expect(scene.newsOf(bob)).toEqual(isAdmitted(mode, attacker) ? listed : []);
  });

  test('who takes the id of another before a newcomer has heard of that', async () => {
    const scene = await Scene.set(mode);
    const ann = scene.enter('Ann');
    scene.settle(5000);
    const newcomer = scene.enter('Bob');
    const body = scene.bodyOf(attacker, 'Mallory');
    const forged = scene.forge(attacker, ann, { flags: FLAG.FULL, body });
    newcomer.feed({ type: 'datagram', bytes: forged, source: LAIR });
    expect(newcomer.names).toEqual(isBelieved(mode, attacker) ? ['Mallory'] : []);
    // At the latest when the true one has something new to say.
    ann.feed({ type: 'update', record: { name: 'Ann', endpoints: [], info: 'new' } });
    scene.net.clock.advance(20_000);
    expect(newcomer.names).toEqual(['Ann']);
  });

  test('who gives a newcomer a list of invented peers', async () => {
    const scene = await Scene.set(mode);
    const ghosts = [1, 2, 3].map(() => scene.idOf(attacker));
    const newcomer = scene.enter('Ann');
    serveLies(scene, attacker, newcomer, ghosts);
    const listed = newcomer.names.filter((name) => name === 'Ghost');
    // Each entry is to be the announcement that the peer itself has signed.
    expect(listed).toHaveLength(isBelieved(mode, attacker) ? ghosts.length : 0);
    scene.net.clock.advance(60_000);
    expect(newcomer.names).toEqual([]);
  });

  test('who sends a list that nobody has asked for', async () => {
    const { scene, ann, bob } = await gather(mode);
    const body = pageOf([scene.idOf(attacker)]);
    scene.inject(scene.forge(attacker, ann, { type: TYPE.PAGE, body }), ann.source);
    scene.net.clock.advance(20_000);
    expect(scene.newsOf(bob)).toEqual([]);
  });

  test('is counted where nothing of it is believed', async () => {
    const { scene, ann, bob } = await gather(mode);
    for (const type of [TYPE.ANNOUNCE, TYPE.BYE, TYPE.PROBE, TYPE.PULL, TYPE.PAGE]) {
      scene.inject(scene.forge(attacker, ann, { type }));
    }
    scene.net.clock.advance(10);
    const refused = bob.machine.stats.drops.security ?? 0;
    expect(refused).toBe(isBelieved(mode, attacker) ? 0 : 5);
  });
});

describe.each(MODES)('in mode %i, refusals that somebody forges', (mode) => {
  test('kill nobody who still speaks', async () => {
    const { scene, ann, bob } = await gather(mode);
    for (let forged = 0; forged < 200; forged++) {
      bob.feed({ type: 'refused', source: ann.source });
      scene.net.clock.advance(50);
    }
    expect(scene.newsOf(bob).filter((news) => news.startsWith('down'))).toEqual([]);
  });
});

describe('a protected message stripped of its seal', () => {
  test.each([1, 2, 3] as const)(
    'from mode %i is none of an open service, nor of ours',
    async (mode) => {
      const [secured, open] = [await gather(mode), await gather(0)];
      for (const { bytes } of secured.scene.recordings()) {
        open.scene.inject(bytes);
        const stripped = bytes.slice(0, bytes.length - (mode === 3 ? 80 : 16));
        stripped[2]! &= ~FLAG.SECURITY;
        secured.scene.inject(stripped);
      }
      for (const { scene, bob } of [secured, open]) {
        scene.net.clock.advance(100);
        expect(scene.newsOf(bob)).toEqual([]);
        expect(bob.machine.stats.drops.security).toBeGreaterThan(50);
      }
    },
  );
});

test('in mode 2 no number of one id is ever under two messages, whatever happens', async () => {
  const { scene, ann, bob, cid } = await gather(2);
  scene.tell(bob, scene.forge('holder', ann, { type: TYPE.BYE }));
  scene.net.faults = { loss: 0.3, duplication: 0.2, latencyMsMax: 30 };
  for (let change = 0; change < 20; change++) {
    cid.feed({ type: 'update', record: { name: 'Cid', endpoints: [], info: change } });
    scene.net.clock.advance(170);
  }
  scene.enter('Dot');
  scene.net.clock.advance(5000);
  cid.feed({ type: 'close' });
  scene.net.clock.advance(2000);
  const byNonce = new Map<string, string>();
  for (const { bytes, from } of scene.recordings()) {
    // What the attacker seals in the name of others is its own risk.
    if (from.id === LAIR.id) continue;
    const { id, sequence } = decodeMessage(bytes);
    const nonce = `${id} ${sequence}`;
    const text = Buffer.from(bytes).toString('hex');
    expect(byNonce.get(nonce) ?? text).toBe(text);
    byNonce.set(nonce, text);
  }
  expect(byNonce.size).toBeGreaterThan(200);
});

/** Says that it has a list, and answers whoever asks for it with peers that do not exist. */
function serveLies(scene: Scene, by: Attacker, victim: Host, ghosts: readonly PeerKey[]): void {
  const id = scene.idOf(by);
  const digest = new ByteWriter(DIGEST_BYTES + 2).uint8(TLV.DIGEST).uint8(DIGEST_BYTES);
  writeDigest(digest, DIGEST);
  const body = Buffer.concat([scene.bodyOf(by, 'Mallory'), digest.finish()]);
  let served = 0;
  for (let sequence = 1; sequence < 100; sequence += 2) {
    const flags = FLAG.FULL | FLAG.SETTLED;
    scene.inject(scene.seal(by, { id, sequence, groupCount: sequence, flags, body }));
    scene.net.clock.advance(20);
    const asked = scene
      .recordings()
      .slice(served)
      .filter(({ to }) => to === LAIR.id);
    served = scene.net.trace.length;
    if (!asked.some(({ bytes }) => decodeMessage(bytes).type === TYPE.PULL)) continue;
    const parts = { type: TYPE.PAGE, flags: FLAG.DIRECT, body: pageOf(ghosts) };
    const page = scene.seal(by, { id, sequence: sequence + 1, ...parts });
    victim.feed({ type: 'datagram', bytes: page, source: LAIR });
  }
}

const DIGEST: Digest = { count: 4, high: 1, low: 1 };

/** A page that has the whole list: these peers. */
function pageOf(ghosts: readonly PeerKey[]): Uint8Array {
  const entries = ghosts.map((key, at) =>
    encodeEntry({
      key,
      sequence: 5,
      revision: 0,
      intervalCode: 16,
      flags: 0,
      ageMs: 0,
      place: Uint8Array.of(4, 19, 136, 10, 77, 7, at),
      record: { name: 'Ghost', endpoints: [], info: null },
      signed: undefined,
    }),
  );
  const range = { first: 0, last: 0xffff_ffff };
  const cookie = new Uint8Array(8);
  return encodePage({ cookie, range, pagesToCome: 0, digest: DIGEST, entries });
}
