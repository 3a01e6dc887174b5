import type { Source } from '@mailslot/core/internal';
import { describe, expect, test } from 'vitest';

import {
  Admission,
  EXPECTED_MS,
  EXPECTED_SOURCES_MAX,
  LISTED_STRANGERS_RATE,
  RESIDENT_RATE,
  SIGNATURE_RATE,
  STRANGER_RATE,
  UNKNOWN_HOSTS_RATE,
  UNKNOWN_RATE,
} from '../src/presence/admission.ts';
import { Peer } from '../src/presence/peer.ts';
import { Roster } from '../src/presence/roster.ts';
import { limitsOf } from '../src/presence/source-limits.ts';
import { sourceAt } from './support/sources.ts';

const record = { name: 'Ann', endpoints: [], info: undefined };
const here = sourceAt('10.1.0.1:1');

const residents = new Roster({ max: 100_000, provenAtOnce: true });
const strangers = new Roster({ max: 100_000, provenAtOnce: false });

function listed(roster: Roster, key: string, source: Source | undefined): Peer {
  const peer = new Peer(key, 1, { record, revision: 0 }, source);
  roster.add(peer, 16, 0, source === undefined ? 'vouched' : 'stranger');
  return peer;
}

function hostAt(host: number): Source {
  return sourceAt(`10.2.${host >>> 8}.${host & 0xff}:1`);
}

function admitted(admit: () => boolean, times = 30_000): number {
  return Array.from({ length: times }, admit).filter(Boolean).length;
}

describe('a peer that nobody knows', () => {
  test('shares a bucket with all others on its host', () => {
    const admission = new Admission();
    const { burst, perSecond } = limitsOf(here).datagrams;
    let port = 1;
    expect(admitted(() => admission.admit(sourceAt(`10.1.0.1:${port++}`), undefined, 1))).toBe(
      burst,
    );
    expect(admitted(() => admission.admit(here, undefined, 1001))).toBe(perSecond);
  });

  test('shares another with all whose hosts have not spoken before', () => {
    const admission = new Admission();
    let host = 0;
    const admitNext = (now: number) => admission.admit(hostAt(host++), undefined, now);
    expect(admitted(() => admitNext(1))).toBe(UNKNOWN_HOSTS_RATE.burst);
    expect(admitted(() => admitNext(1001))).toBe(UNKNOWN_HOSTS_RATE.perSecond);
  });

  test('shares a third with all whose hosts have', () => {
    const admission = new Admission();
    let turn = 0;
    const admitNext = (now: number) => admission.admit(hostAt(turn++ % 1000), undefined, now);
    admitted(() => admitNext(1), 1000);
    expect(admitted(() => admitNext(1))).toBe(UNKNOWN_RATE.burst);
    expect(admitted(() => admitNext(1001))).toBe(UNKNOWN_RATE.perSecond);
  });

  test('is heard at its second word beside a flood of addresses that are used once', () => {
    const admission = new Admission();
    let host = 0;
    const flood = (): boolean => admission.admit(sourceAt(`fe80--${host++}:1`), undefined, 1);
    admitted(flood);
    expect(admission.admit(here, undefined, 1)).toBe(false);
    admitted(flood, 600);
    expect(admission.admit(here, undefined, 31)).toBe(true);
  });

  test('is not hindered by one host that floods', () => {
    const admission = new Admission();
    admitted(() => admission.admit(here, undefined, 1), 100_000);
    expect(admission.admit(hostAt(1), undefined, 1)).toBe(true);
  });

  test('is heard beside a flood from every address of its subnet', () => {
    const admission = new Admission();
    let heard = 0;
    for (let flood = 0; flood < 200_000; flood++) {
      const now = 1 + flood / 20;
      admission.admit(hostAt(flood % 254), undefined, now);
      // Once in 101 ms, and in step with nothing.
      if (flood % 2020 === 0 && admission.admit(here, undefined, now)) heard++;
    }
    expect(heard).toBeGreaterThan(40);
  });

  test.for([
    ['2 000 peers on this computer', { trust: 'loopback', address: '127.0.0.1' }],
    ['2 000 peers behind a broker', { trust: 'brokered', address: undefined }],
    ['2 000 peers behind a bridge', { trust: 'relayed', address: undefined }],
  ] as const)('is heard at once among %s', ([, whereabouts]) => {
    const admission = new Admission();
    const source: Source = { ...here, ...whereabouts };
    expect(admitted(() => admission.admit(source, undefined, 1), 2000)).toBe(2000);
    // Never all that there is: others have their part.
    expect(admitted(() => admission.admit(source, undefined, 1))).toBeLessThan(
      UNKNOWN_RATE.burst - 2000,
    );
    expect(admission.admit(hostAt(1), undefined, 1)).toBe(true);
  });

  test('beyond the link is one with all others beyond it', () => {
    const admission = new Admission();
    let host = 0;
    const next = (): Source => ({ ...hostAt(host++), trust: 'routed' });
    const { burst } = limitsOf(next()).datagrams;
    expect(admitted(() => admission.admit(next(), undefined, 1))).toBe(burst);
  });
});

describe('a listed stranger', () => {
  test('has a bucket of its own at the place where it was heard', () => {
    const admission = new Admission();
    const peer = listed(strangers, 'stranger', here);
    admitted(() => admission.admit(here, undefined, 1));
    expect(admitted(() => admission.admit(here, peer, 1))).toBe(STRANGER_RATE.burst);
    expect(admitted(() => admission.admit(here, peer, 1001))).toBe(STRANGER_RATE.perSecond);
  });

  test('is nobody elsewhere', () => {
    const admission = new Admission();
    const peer = listed(strangers, 'elsewhere', here);
    const { burst } = limitsOf(here).datagrams;
    expect(admitted(() => admission.admit(hostAt(1), peer, 1))).toBe(burst);
  });

  test('shares a bucket with all others listed, but not with the unknown', () => {
    const admission = new Admission();
    const peers = Array.from({ length: 1000 }, (_, at) =>
      listed(strangers, `stranger ${at}`, hostAt(at)),
    );
    let host = 0;
    admitted(() => admission.admit(hostAt(2000 + host++), undefined, 1));
    let turn = 0;
    const admitNext = (): boolean => {
      const peer = peers[turn++ % peers.length]!;
      return admission.admit(peer.path!, peer, 1);
    };
    expect(admitted(admitNext)).toBe(LISTED_STRANGERS_RATE.burst);
  });
});

test('fifty processes of one host that start at once are heard, every word', () => {
  const admission = new Admission();
  const roster = new Roster({ max: 1000, provenAtOnce: false });
  for (let now = 1; now < 2000; now += 150) {
    for (let process = 0; process < 50; process++) {
      const source = sourceAt(`10.1.0.1:${process}`);
      const peer = roster.get(`process ${process}`);
      expect(admission.admit(source, peer, now)).toBe(true);
      if (peer === undefined) listed(roster, `process ${process}`, source);
    }
  }
});

describe('a known peer', () => {
  test('has a bucket of its own, whatever flood there is', () => {
    const admission = new Admission();
    const peer = listed(residents, 'proven', here);
    const other = listed(residents, 'other', here);
    let host = 0;
    admitted(() => admission.admit(hostAt(host++), undefined, 1));
    admitted(() => admission.admit(here, undefined, 1));
    expect(admitted(() => admission.admit(here, peer, 1))).toBe(RESIDENT_RATE.burst);
    expect(admitted(() => admission.admit(here, peer, 1001))).toBe(RESIDENT_RATE.perSecond);
    expect(admission.admit(here, other, 1)).toBe(true);
  });

  test('is nobody where it was never heard', () => {
    const admission = new Admission();
    const peer = listed(residents, 'moved', here);
    admitted(() => admission.admit(hostAt(1), peer, 1), 1000);
    expect(admission.admit(hostAt(1), peer, 1)).toBe(false);
    expect(admission.admit(here, peer, 1)).toBe(true);
    peer.heardFrom(hostAt(1));
    expect(admission.admit(hostAt(1), peer, 1)).toBe(true);
  });

  test('is known anywhere, if it was heard nowhere and another peer vouches for it', () => {
    const admission = new Admission();
    const peer = listed(strangers, 'vouched', undefined);
    let host = 0;
    admitted(() => admission.admit(hostAt(host++), undefined, 1));
    expect(admission.admit(here, peer, 1)).toBe(true);
  });

  test('keeps its bucket exact for a month', () => {
    const admission = new Admission();
    const peer = listed(residents, 'old', here);
    const month = 30 * 24 * 3_600_000;
    expect(admitted(() => admission.admit(here, peer, month))).toBe(RESIDENT_RATE.burst);
  });
});

describe('an answer that is expected', () => {
  test('is let through, as many datagrams as were asked for and for a time', () => {
    const admission = new Admission();
    admitted(() => admission.admit(here, undefined, 1));
    admission.expect(here, 32, 1);
    expect(admitted(() => admission.admit(here, undefined, 1))).toBe(32);
    admission.expect(here, 32, 1);
    expect(admission.admit(here, undefined, 1 + EXPECTED_MS)).toBe(true);
    admission.expect(here, 1000, 100_000);
    const { burst } = limitsOf(here).datagrams;
    expect(admitted(() => admission.admit(here, undefined, 100_001 + EXPECTED_MS))).toBe(burst);
  });

  test('comes from the place that was asked, not from its neighbour', () => {
    const admission = new Admission();
    admitted(() => admission.admit(here, undefined, 1));
    admission.expect(here, 32, 1);
    expect(admission.admit(sourceAt('10.1.0.1:2'), undefined, 1)).toBe(false);
  });

  test('is forgotten if too many others were asked since', () => {
    const admission = new Admission();
    admitted(() => admission.admit(here, undefined, 1));
    admission.expect(here, 32, 1);
    for (let at = 2; at <= EXPECTED_SOURCES_MAX; at++) admission.expect(hostAt(at), 32, 1);
    expect(admission.admit(here, undefined, 1)).toBe(true);
    admission.expect(hostAt(1), 32, 1);
    expect(admission.admit(here, undefined, 1)).toBe(false);
  });
});

test('signatures of strangers are checked at a limited rate', () => {
  const admission = new Admission();
  expect(admitted(() => admission.admitSignature(1))).toBe(SIGNATURE_RATE.burst);
  expect(admitted(() => admission.admitSignature(1001))).toBe(SIGNATURE_RATE.perSecond);
});
