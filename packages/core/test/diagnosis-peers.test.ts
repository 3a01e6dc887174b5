/** What follows from what others say, as a table of facts and findings. */

import { describe, expect, test } from 'vitest';

import type { Check } from '@mailslot/core';

import { neighbours } from '../src/diagnosis/neighbours.ts';
import { type PeerContext, type PeerFacts, peerFindings } from '../src/diagnosis/peer-findings.ts';

const OWN_TAG = 1;

const CONTEXT: PeerContext = {
  platform: 'linux',
  port: 19_795,
  hops: 1,
  domain: 'WORKGROUP',
  domainTag: OWN_TAG,
  ownMulticast: true,
  directRoutes: true,
  reachesOthers: true,
};

/** A neighbour with whom all is well. */
const WELL: PeerFacts = {
  name: '',
  address: '10.0.0.2',
  sameComputer: false,
  onLink: true,
  domainTag: OWN_TAG,
  answered: new Set(['multicast', 'broadcast', 'unicast']),
  heardInGroup: true,
  asked: true,
  askedForGroup: true,
};

const FAR: PeerFacts = { ...WELL, address: '10.9.0.1', onLink: false, askedForGroup: false };
const DEAF: PeerFacts = { ...WELL, name: 'DEAF-PC', answered: new Set(['broadcast', 'unicast']) };
const MUTE: PeerFacts = { ...WELL, name: 'MUTE-PC', heardInGroup: false };
const CUT_OFF: PeerFacts = { ...DEAF, heardInGroup: false };
const SILENT: PeerFacts = { ...WELL, name: 'SILENT', answered: new Set(), domainTag: undefined };
const LOST: PeerFacts = {
  ...WELL,
  name: 'LOST',
  answered: new Set(['multicast']),
  heardInGroup: false,
};
const FOREIGN: PeerFacts = { ...WELL, domainTag: 2 };
const HERE: PeerFacts = { ...CUT_OFF, sameComputer: true, asked: false, askedForGroup: false };

type Outcome = Partial<Record<Check, boolean | null>>;

function outcome(peers: readonly PeerFacts[], context: Partial<PeerContext> = {}): Outcome {
  const findings = peerFindings(peers, { ...CONTEXT, ...context });
  return Object.fromEntries(findings.map(({ check, ok }) => [check, ok]));
}

const ALL_WELL: Outcome = {
  programs: true,
  peers: true,
  network: true,
  'multicast-out': true,
  'multicast-in': true,
  unicast: true,
  domain: true,
};

describe('of other programs it follows', () => {
  test.each<[string, readonly PeerFacts[], Partial<PeerContext>, Outcome]>([
    ['nothing where nobody is', [], {}, { programs: true, peers: null }],
    ['nothing on loopback', [HERE], { reachesOthers: false }, { programs: true, peers: null }],
    [
      'nothing of the network from those of this computer',
      [HERE],
      {},
      { programs: true, peers: null },
    ],
    ['that all is well', [WELL], {}, ALL_WELL],
    ['that one is deaf', [WELL, DEAF], {}, { ...ALL_WELL, 'multicast-out': false }],
    ['that one is mute', [WELL, MUTE], {}, { ...ALL_WELL, 'multicast-in': false }],
    [
      'that the network is to blame where nothing passes either way',
      [CUT_OFF],
      {},
      { ...ALL_WELL, network: false, 'multicast-out': null, 'multicast-in': null },
    ],
    [
      'that ends are to blame where one is deaf and another mute',
      [DEAF, MUTE],
      {},
      { ...ALL_WELL, 'multicast-out': false, 'multicast-in': false },
    ],
    [
      'nothing of multicast where our own does not work',
      [CUT_OFF],
      { ownMulticast: false },
      { programs: true, peers: true, unicast: true, domain: true },
    ],
    [
      'that answers get lost where one is heard and does not answer',
      [SILENT],
      {},
      { programs: true, peers: true, unicast: false },
    ],
    [
      'that it cannot be told who is mute where questions get lost',
      [LOST],
      { directRoutes: false },
      {
        programs: true,
        peers: true,
        network: true,
        'multicast-out': true,
        unicast: null,
        domain: true,
      },
    ],
    [
      'nothing of multicast from those behind a router',
      [FAR],
      {},
      { programs: true, peers: true, unicast: true, domain: true },
    ],
    ['that all others are elsewhere', [FOREIGN], {}, { ...ALL_WELL, domain: false }],
    ['that some may be elsewhere', [FOREIGN, WELL], {}, ALL_WELL],
  ])('%s', (_, peers, context, expected) => {
    expect(outcome(peers, context)).toEqual(expected);
  });

  test('who is meant, each once, and of many only some', () => {
    const many = Array.from({ length: 7 }, (_, at) => ({ ...DEAF, address: `10.0.0.${at + 2}` }));
    const finding = peerFindings([...many, many[0]!], CONTEXT).find(
      ({ check }) => check === 'multicast-out',
    );
    expect(finding?.detail).toContain('DEAF-PC (10.0.0.2), DEAF-PC (10.0.0.3)');
    expect(finding?.detail).toContain('and 2 more');
  });

  test.each([
    [1, /which group messages do not cross/],
    [4, /forwards no multicast/],
  ])('what %s hops have to do with it', (hops, meaning) => {
    const finding = peerFindings([], { ...CONTEXT, hops }).find(({ check }) => check === 'peers');
    expect(finding?.meaning).toMatch(meaning);
  });
});

describe('neighbours of an address', () => {
  test.each([
    ['10.0.0.7/24', ['10.0.0.1', '10.0.0.254']],
    ['10.0.0.1/24', ['10.0.0.2', '10.0.0.254']],
    ['10.0.0.254/24', ['10.0.0.1', '10.0.0.253']],
    ['192.168.255.9/16', ['192.168.0.1', '192.168.255.254']],
    ['240.1.2.3/8', ['240.0.0.1', '240.255.255.254']],
    ['10.0.0.9/29', ['10.0.0.10', '10.0.0.14']],
    ['10.0.0.1/30', []],
    ['10.0.0.1/32', []],
    ['fe80::1/64', []],
    ['', []],
  ])('%s are %s', (cidr, expected) => {
    expect(neighbours(cidr)).toEqual(expected);
  });
});
