import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';

import { type Address, type Datagram, domainTag, type Source } from '@mailslot/core/internal';

import { COPIES_MAX, COPY_MS, RecentCopies } from '../src/relay/recent-copies.ts';
import {
  type Passage,
  RELAY_RATE,
  type RelayDropReason,
  RelayTable,
  type Side,
  SIDE_MISSES_MAX,
  STATION_MS_MAX,
  STATION_QUIET_MS,
  STATIONS_HOST_MAX,
  STATIONS_MAX,
} from '../src/relay/relay-table.ts';
import { encodeMessage, realmOf, TYPE } from '../src/presence/message.ts';
import { peerKeyOf } from '../src/presence/peer-id.ts';

const REALM = realmOf('WORKGROUP', 'tanks');
const ALL: Address = { kind: 'domain', tag: domainTag('WORKGROUP') };
const SECURED = 0x10;

function beat(realm: number = REALM, flags = 0): Uint8Array {
  return encodeMessage({
    type: TYPE.ANNOUNCE,
    flags,
    intervalCode: 16,
    realm,
    id: peerKeyOf('V1StGXR8_Z5jdHi6B-myT'),
    sequence: 1,
    revision: 0,
    groupCount: 1,
    body: new Uint8Array(),
    trailer: new Uint8Array(),
  });
}

function lanSource(port: number, address = '10.0.0.1'): Source {
  return {
    transport: 'udp',
    id: `udp:${address}:${port}`,
    trust: 'on-link',
    address,
    interfaces: ['eth0'],
  };
}

const BEYOND: Source = {
  transport: 'nats',
  id: 'nats:x',
  trust: 'on-link',
  address: undefined,
  interfaces: ['nats'],
};

const BEAT = beat();
const OTHER_BEAT = beat(REALM, 4);
let sequence = 0;
let arrived: string[];
let left: string[];
let table: RelayTable;

beforeEach(() => {
  [arrived, left] = [[], []];
  table = newTable();
});

function newTable(): RelayTable {
  return new RelayTable({
    realm: REALM,
    onArrived: (station) => arrived.push(station),
    onLeft: (station) => left.push(station),
  });
}

function said(station: string, more: Partial<Datagram> = {}): Datagram {
  const data = more.data ?? BEAT;
  const source = lanSource(5000);
  return {
    slot: 'MPP',
    address: ALL,
    station,
    sequence: ++sequence,
    from: '',
    source,
    ...more,
    data,
  };
}

function toStation(station: string): Address {
  return { kind: 'station', station };
}

function hear(datagram: Datagram, side: Side, now = 0): Passage | RelayDropReason {
  return table.judge(datagram, side, now);
}

const ON = { to: 'beyond', at: undefined } as const;
const IN = { to: 'lan', at: undefined } as const;

describe('a bridge passes on', () => {
  test('what is said to all, in both directions', () => {
    expect(hear(said('ann'), 'lan')).toEqual(ON);
    expect(hear(said('bob', { source: BEYOND }), 'beyond')).toEqual(IN);
    expect(hear(said('cid', { source: BEYOND, relayed: true }), 'beyond')).toEqual(IN);
    expect(table.counts).toEqual({ lan: 1, beyond: 2 });
  });

  test('what is secured as well: it needs no secret', () => {
    expect(hear(said('ann', { data: beat(REALM, SECURED) }), 'lan')).toEqual(ON);
  });

  test('what is for one, to where that one was heard', () => {
    const source = lanSource(5001);
    hear(said('ann', { source }), 'lan');
    hear(said('bob', { source: BEYOND }), 'beyond');
    expect(hear(said('ann', { address: toStation('bob') }), 'lan')).toEqual(ON);
    const letter = { slot: 'MPP\\X', address: toStation('ann'), source: BEYOND };
    expect(hear(said('bob', letter), 'beyond')).toEqual({ to: 'lan', at: source });
  });

  test('answers to where a station speaks to all from, and not to where it has knocked from', () => {
    const source = lanSource(5001);
    hear(said('ann', { source }), 'lan');
    hear(said('ann', { source: lanSource(6000), address: toStation('bob') }), 'lan');
    hear(said('bob', { source: BEYOND }), 'beyond');
    const answer = said('bob', { source: BEYOND, address: toStation('ann') });
    expect(hear(answer, 'beyond')).toEqual({ to: 'lan', at: source });
  });
});

describe('a bridge does not pass on', () => {
  test('what another has brought to the LAN', () => {
    expect(hear(said('bob', { relayed: true }), 'lan')).toBe('relayed');
    expect(hear(said('bob', { relayed: true, address: toStation('ann') }), 'lan')).toBe('relayed');
  });

  test('what comes from beyond the link, where anybody may be', () => {
    const source = { ...lanSource(1, '198.51.100.1'), trust: 'routed' } as const;
    expect(hear(said('eve', { source }), 'lan')).toBe('routed');
  });

  test('other services, other mailslots, and what is for itself', () => {
    expect(hear(said('ann', { data: beat(1) }), 'lan')).toBe('service');
    expect(hear(said('ann', { data: new Uint8Array(3) }), 'lan')).toBe('service');
    expect(hear(said('ann', { slot: 'LOBBY' }), 'lan')).toBe('service');
    expect(hear(said('ann', { slot: 'MPP\\X' }), 'lan')).toBe('service');
    expect(hear(said('ann', { address: { kind: 'direct' } }), 'lan')).toBe('service');
    expect(table.counts.lan).toBe(0);
  });

  test('copies, until they may be another message; but what only bears the same number', () => {
    const first = said('ann');
    expect(hear(first, 'lan')).toEqual(ON);
    expect(hear({ ...first, source: lanSource(5000, '10.0.1.1') }, 'lan')).toBe('duplicate');
    expect(hear({ ...first, relayed: true, source: BEYOND }, 'beyond')).toBe('duplicate');
    expect(hear({ ...first, data: beat(REALM, 4) }, 'lan')).toEqual(ON);
    hear(said('ann'), 'lan', COPY_MS);
    hear(said('ann'), 'lan', 2 * COPY_MS);
    expect(hear(first, 'lan', 2 * COPY_MS)).toEqual(ON);
  });

  test('letters from and to those who are not there', () => {
    expect(hear(said('ann', { address: toStation('bob') }), 'lan')).toBe('stranger');
    hear(said('bob', { source: BEYOND }), 'beyond');
    expect(hear(said('bob', { source: BEYOND, address: toStation('ann') }), 'beyond')).toBe(
      'stranger',
    );
  });

  test('more than its rate', () => {
    const verdicts = Array.from({ length: RELAY_RATE.burst + 1 }, () => hear(said('ann'), 'lan'));
    expect(verdicts.filter((verdict) => verdict === 'limit')).toHaveLength(1);
    expect(hear(said('bob', { source: BEYOND }), 'beyond')).toEqual(IN);
  });
});

describe('a station', () => {
  test('that is heard on the LAN first is not brought there, also if a copy is faster once', () => {
    const source = BEYOND;
    for (let at = 0; at < 10; at++) {
      const both = said('ann');
      expect(hear(both, 'lan')).toEqual(ON);
      expect(hear({ ...both, source }, 'beyond')).toBe('duplicate');
    }
    for (let at = 0; at < 10; at++) {
      const both = said('ann');
      expect(hear({ ...both, source }, 'beyond')).toBe('near');
      expect(hear(both, 'lan')).toBe('duplicate');
    }
    expect(table.counts).toEqual({ lan: 1, beyond: 0 });
  });

  test('that is forged on the LAN is brought there all the same', () => {
    const real = { source: BEYOND, relayed: true };
    for (let at = 0; at < 10; at++) {
      hear(said('bob', { data: at % 2 === 0 ? BEAT : OTHER_BEAT }), 'lan');
      const next = said('bob', real);
      expect(hear(next, 'beyond')).toEqual(IN);
      hear({ ...next, relayed: false, source: lanSource(1) }, 'lan');
    }
  });

  test('that has moved from the LAN is brought back to it after three messages', () => {
    const first = said('ann');
    hear(first, 'lan');
    const moved = { source: BEYOND, relayed: true };
    hear({ ...first, ...moved }, 'beyond');
    expect(arrived).toEqual(['ann']);
    for (let miss = 0; miss < SIDE_MISSES_MAX; miss++) {
      expect(left).toEqual([]);
      expect(hear(said('ann', moved), 'beyond')).toBe('near');
    }
    expect(left).toEqual(['ann']);
    expect(hear(said('ann', moved), 'beyond')).toEqual(IN);
    expect(hear(said('ann'), 'lan')).toEqual(ON);
    expect(arrived).toEqual(['ann', 'ann']);
  });

  test('is forgotten when it was silent for an hour', () => {
    hear(said('ann'), 'lan');
    hear(said('abe'), 'lan', STATION_MS_MAX - 1);
    expect(left).toEqual([]);
    hear(said('bea'), 'lan', STATION_MS_MAX);
    expect(left).toEqual(['ann']);
  });

  test('is refused by a full table, until others have been silent for a minute', () => {
    for (let at = 0; at < STATIONS_MAX; at++) {
      const address = `10.0.${at >>> 8}.${at & 255}`;
      expect(hear(said(`s${at}`, { source: lanSource(5000, address) }), 'lan', at)).toEqual(ON);
    }
    const late = said('late', { source: lanSource(5000, '10.1.0.1') });
    expect(hear(late, 'lan', STATION_QUIET_MS - 1)).toBe('limit');
    expect(hear(said('bob', { source: BEYOND }), 'beyond')).toEqual(IN);
    expect(hear(late, 'lan', STATION_QUIET_MS)).toEqual(ON);
    expect(left).toEqual(['s0']);
  });

  test('is refused where its host has so many that nobody else would find room', () => {
    for (let at = 0; at < STATIONS_HOST_MAX; at++) hear(said(`s${at}`), 'lan');
    expect(hear(said('late'), 'lan')).toBe('limit');
    expect(hear(said('other', { source: lanSource(1, '10.0.0.2') }), 'lan')).toEqual(ON);
  });
});

test('copies are known of as many datagrams at least as a generation has room for', () => {
  const copies = new RecentCopies<string>();
  const first = said('ann');
  copies.note(first, 'first', 0);
  for (let other = 0; other < COPIES_MAX; other++) copies.note(said('bob'), 'other', 0);
  expect(copies.fateOf(first)).toBe('first');
  for (let other = 0; other < COPIES_MAX; other++) copies.note(said('bob'), 'other', 0);
  expect(copies.fateOf(first)).toBeUndefined();
});

test('with any number of bridges a message reaches each LAN, by each of its bridges once at most', () => {
  const lans = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 5 });
  fc.assert(
    fc.property(lans, fc.integer({ min: 1, max: 20 }), (bridges, messages) => {
      const tables = bridges.map((count) => Array.from({ length: count }, newTable));
      for (let at = 0; at < messages; at++) {
        const carried = carry(said('ann'), tables);
        const [own, ...others] = bridges;
        expect(carried.toLan).toEqual([0, ...others.map((count) => (own === 0 ? 0 : count))]);
        expect(carried.toBeyond).toBe(own);
      }
    }),
  );
});

/** What becomes of a message on the first of these LANs, until nobody passes anything on any more. */
function carry(
  first: Datagram,
  tables: readonly (readonly RelayTable[])[],
): { toLan: number[]; toBeyond: number } {
  const toLan = tables.map(() => 0);
  let toBeyond = 0;
  const onAir: { datagram: Datagram; lan: number | undefined; by: RelayTable | undefined }[] = [
    { datagram: first, lan: 0, by: undefined },
  ];
  for (let next = onAir.shift(); next !== undefined; next = onAir.shift()) {
    const { datagram, lan, by } = next;
    const heardOn = lan === undefined ? tables.map((_, at) => at) : [lan];
    for (const at of heardOn) {
      for (const bridge of tables[at]!) {
        if (bridge === by) continue;
        const side = lan === undefined ? 'beyond' : 'lan';
        const source = lan === undefined ? BEYOND : datagram.source;
        const passage = bridge.judge({ ...datagram, source }, side, 0);
        if (typeof passage === 'string') continue;
        const on = passage.to === 'lan' ? at : undefined;
        if (on === undefined) toBeyond++;
        else toLan[on]!++;
        onAir.push({ datagram: { ...datagram, relayed: true }, lan: on, by: bridge });
      }
    }
  }
  return { toLan, toBeyond };
}
