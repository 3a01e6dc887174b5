/** A browser under fire: distorted frames of real peers, from many who are none. */

import { readFileSync } from 'node:fs';

import {
  decodeBody,
  decodeDatagram,
  decodeMailslotWrite,
  NetbiosName,
} from '@mailslot/core/netbios/internal';
import { seededRandom } from '@mailslot/core/testing';
import {
  type BrowserEffect,
  type BrowserInput,
  BrowserMachine,
  describeFrame,
} from '@mailslot/discovery/internal';

import { fuzzed } from '../swarm/fuzzer.ts';

/** What one frame may bring about: a reset master has most to say. */
const EFFECTS_MAX = 24;

/** Names that come from everywhere: those heard once, and those that stay. */
const HOSTS_MAX = 1 + 1024 + 4096;

/** Frames in a second of virtual time. */
const FRAMES_PER_SECOND = 1000;

/** What a browser may say in a second, whatever it hears: answers to one address each, and what it says by itself. */
const SENT_PER_SECOND_MAX = 100;

const vectors: readonly { readonly id: string; readonly hex: string }[] = JSON.parse(
  readFileSync(new URL('../../vectors/netbios.json', import.meta.url), 'utf8'),
);
const SEEDS = vectors
  .filter(({ id }) => /^(?:brws-(?!host-minimal)|lanman-)/.test(id))
  .map(({ hex }) => {
    const { data } = decodeBody(decodeDatagram(new Uint8Array(Buffer.from(hex, 'hex'))).part);
    return new Uint8Array(decodeMailslotWrite(data).data);
  });

export interface FuzzReport {
  readonly inputs: number;
  readonly malformed: number;
  readonly hosts: number;
  readonly sent: number;
}

/** Throws if anything but what may happen happens. The same seed does the same. */
export function fuzzBrowser(seed: number, inputs: number): FuzzReport {
  const random = seededRandom(seed);
  const names = { computerName: 'ANN-PC', domain: 'MSLAB' };
  const role = seed % 2 === 0 ? 'potential' : 'domain-master';
  const machine = new BrowserMachine({ ...names, role, random: seededRandom(seed + 1) });
  const to = NetbiosName.parse('MSLAB<1e>');
  let now = 1;
  let sent = 0;
  const step = (input: BrowserInput): void => {
    const effects = machine.step(input, now);
    if (effects.length > EFFECTS_MAX) throw new Error(`${effects.length} effects of one input.`);
    for (const effect of effects) perform(effect);
  };
  /** Names are granted, nobody is found, and no list is to be had. */
  const perform = (effect: BrowserEffect): void => {
    if (effect.type === 'send') sent++;
    const later: BrowserInput | undefined =
      effect.type === 'register'
        ? { type: 'registered', name: effect.name, ok: random.next() < 0.8 }
        : effect.type === 'find'
          ? { type: 'found', name: effect.name, owner: undefined }
          : effect.type === 'pull'
            ? { type: 'pulled', pull: effect.pull, lists: undefined }
            : undefined;
    if (later !== undefined) step(later);
  };
  step({ type: 'start' });
  for (let input = 0; input < inputs; input++) {
    now += 1000 / FRAMES_PER_SECOND;
    if (machine.nextWakeAt <= now) step({ type: 'wake' });
    const bytes = fuzzed(SEEDS, random);
    const slot = random.next() < 0.9 ? 'BROWSE' : 'LANMAN';
    if (describeFrame(slot, bytes) === '') throw new Error('A frame without words.');
    const address = `10.77.${Math.trunc(random.next() * 256)}.${Math.trunc(random.next() * 256)}`;
    const from = NetbiosName.of(`PC-${Math.trunc(random.next() * 1e6)}`, 0);
    step({ type: 'frame', slot, bytes, to, from, address, origin: undefined });
  }
  const hosts = machine.lists.servers(true).length;
  if (hosts > HOSTS_MAX) throw new Error(`${hosts} hosts are held.`);
  const seconds = inputs / FRAMES_PER_SECOND;
  if (sent > SENT_PER_SECOND_MAX * (seconds + 1)) throw new Error(`${sent} frames sent.`);
  step({ type: 'close' });
  if (machine.nextWakeAt !== Infinity) throw new Error('It waits for something after its end.');
  return { inputs, malformed: machine.stats.drops.malformed ?? 0, hosts, sent };
}
