/** What the nats transport publishes, held to vectors and to docs/wire-nats.md. */

import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { type Address, domainTag, slotPath, type Station } from '@mailslot/core/internal';

import { type Destination, Subjects } from '../src/transports/nats/subjects.ts';
import { decodeFrame, encodeFrame, encodeHeader } from '../src/transports/udp/frame.ts';

interface Vector {
  readonly name: string;
  /** Without its tag if it is the own domain; `station` in hex. */
  readonly to:
    | { readonly kind: 'domain' }
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'station'; readonly station: string };
  readonly slot: string;
  readonly subjects: readonly string[];
  readonly from: string;
  readonly relayed: boolean;
  readonly sequence: number;
  readonly data: string;
  readonly hex: string;
}

const vectors: { readonly station: Station; readonly messages: readonly Vector[] } = JSON.parse(
  readFileSync(new URL('vectors/nats-messages.json', import.meta.url), 'utf8'),
);
const page = readFileSync(new URL('../../../docs/wire-nats.md', import.meta.url), 'utf8');

const self: Station = { ...vectors.station, id: latin1(vectors.station.id) };
const subjects = new Subjects('mailslot', self);

function latin1(hex: string): string {
  return Buffer.from(hex, 'hex').toString('latin1');
}

/** Where a station of its own writes to. */
function ownDestination({ to, slot }: Vector): Destination {
  return to.kind === 'station'
    ? subjects.toStation(latin1(to.station), slot)
    : subjects.toScope(to, slotPath(slot));
}

/** Where a bridge writes to for another station. */
function relayedDestination({ to, slot }: Vector): Destination | undefined {
  const address: Address =
    to.kind === 'domain'
      ? { kind: 'domain', tag: domainTag(self.domain) }
      : to.kind === 'station'
        ? { kind: 'station', station: latin1(to.station) }
        : to;
  return subjects.toAddress(address, slot);
}

describe('the golden vectors', () => {
  test.each(vectors.messages)('$name', (vector) => {
    const { slot, from, relayed, sequence, data } = vector;
    const destination = relayed ? relayedDestination(vector) : ownDestination(vector);
    expect(destination?.subjects).toEqual(vector.subjects);
    const header = { slot, from, station: self.id, address: destination!.address };
    const frame = encodeFrame(
      encodeHeader(relayed ? { ...header, relayed } : header),
      sequence,
      Buffer.from(data, 'hex'),
    );
    expect(Buffer.from(frame).toString('hex')).toBe(vector.hex);
    expect(decodeFrame(frame).header.relayed ?? false).toBe(relayed);
  });

  test('are those of the page', () => {
    const blocks = [...page.matchAll(/^```hex (.+)\n([^`]+)^```/gm)];
    expect(blocks.length).toBeGreaterThan(2);
    for (const [, name, lines = ''] of blocks) {
      const vector = vectors.messages.find((each) => each.name === name);
      expect(lines.replaceAll(/#.*|\s/g, '')).toBe(vector?.hex);
      for (const subject of vector?.subjects ?? []) expect(page).toContain(`\`${subject}\``);
    }
  });
});

test('a bridge writes nothing to other domains', () => {
  const elsewhere: Address = { kind: 'domain', tag: domainTag('LAB') };
  expect(subjects.toAddress(elsewhere, 'MPP')).toBeUndefined();
  expect(subjects.toAddress({ kind: 'name', name: 'LAB' }, 'MPP')).toBeUndefined();
});
