import { describe, expect, test } from 'vitest';

import {
  ACTIVE_ERROR,
  CONFLICT_ERROR,
  decodeEntries,
  encodeEntries,
  type NamePacket,
  OPCODE,
  QUERY,
  RCODE,
  REFRESH,
  REGISTRATION,
  RELEASE,
  RESPONSE,
  TYPE_NB,
  WAIT,
} from '../src/transports/netbios/name-packet.ts';
import {
  conflictDemand,
  queryAnswer,
  statusRequest,
} from '../src/transports/netbios/name-packets.ts';
import { WATCHES_MAX } from '../src/transports/netbios/name-finder.ts';
import { ANSWERS_PER_S_MAX, OWN_NAMES_MAX } from '../src/transports/netbios/name-owner.ts';
import { TRANSACTIONS_MAX } from '../src/transports/netbios/name-transactions.ts';
import { NetbiosName, WILDCARD } from '../src/transports/netbios/netbios-name.ts';
import { REFRESH_MS_MIN, WAIT_MS_MAX } from '../src/transports/netbios/timing.ts';
import { type LanNode, NameLan } from './support/netbios-lan.ts';

const ANN = NetbiosName.parse('ANN-PC<00>');
const GROUP = NetbiosName.parse('MSLAB<00>');
const WINS = '10.0.0.200';
const SERVED = { nameServers: [WINS] } as const;

function register(node: LanNode, name: NetbiosName = ANN, group: boolean = false): void {
  node.step({ type: 'register', name, group });
}

/** A node that has its name. */
function owner(
  lan: NameLan,
  address: string,
  name: NetbiosName = ANN,
  group: boolean = false,
): LanNode {
  const node = lan.node(address);
  register(node, name, group);
  lan.advance(1_000);
  lan.sent.length = 0;
  return node;
}

/** Sleeps: it hears nothing, and no time passes for it. */
function sleep(lan: NameLan, node: LanNode, meanwhile: () => void): void {
  lan.unplug(node.address);
  meanwhile();
  lan.plug(node);
  lan.sent.length = 0;
  node.effects.length = 0;
  node.step({ type: 'woke' });
}

/** What a name server answers to a request. */
function answerOf(request: NamePacket, flags: number, ttlS: number, address: string): NamePacket {
  const name = request.question!.name;
  const data = encodeEntries([{ group: false, nodeType: 'H', address }]);
  const answer = { name, type: TYPE_NB, ttlS, data };
  return {
    ...request,
    flags: RESPONSE | flags,
    question: undefined,
    additional: undefined,
    answer,
  };
}

/** A name server that answers each request as it is told. */
function nameServer(
  lan: NameLan,
  answer: (request: NamePacket, from: string) => NamePacket | undefined,
): NamePacket[] {
  const requests: NamePacket[] = [];
  lan.stranger(WINS, (packet, from) => {
    requests.push(packet);
    const answered = answer(packet, from);
    if (answered !== undefined) lan.send(WINS, answered, { address: from, port: 137 });
  });
  return requests;
}

const opcodes = (packets: readonly NamePacket[]): number[] =>
  packets.map(({ flags }) => flags & OPCODE);

describe('a name without a name server', () => {
  test('is claimed three times, then demanded, then ours: RFC 1002 section 5.1.1.1', () => {
    const lan = new NameLan();
    const node = lan.node('10.0.0.1');
    register(node);
    lan.advance(749);
    expect(node.log).toEqual([]);
    lan.advance(1);
    expect(node.log).toEqual(['registered ANN-PC<00>']);
    expect(lan.sent.map(({ at }) => at - 1_000)).toEqual([0, 250, 500, 750]);
    expect(lan.flags).toEqual([...Array(3).fill('10.0.0.1 > all 2910'), '10.0.0.1 > all 2810']);
    expect(new Set(lan.sent.map(({ packet }) => packet.id)).size).toBe(1);
    expect(node.service.nextAt).toBe(Infinity);
  });

  test.each([
    ['unique', 'unique', false, false],
    ['unique', 'group', false, true],
    ['group', 'unique', true, false],
  ])('that another has as %s is refused as %s', (_, __, owned, wanted) => {
    const lan = new NameLan();
    const first = owner(lan, '10.0.0.1', ANN, owned);
    const second = lan.node('10.0.0.2');
    register(second, ANN, wanted);
    expect(second.effects).toContainEqual({ type: 'refused', name: ANN, by: '10.0.0.1' });
    expect(lan.flags).toEqual(['10.0.0.2 > all 2910', '10.0.0.1 > 10.0.0.2 ad86']);
    expect(lan.sent[1]!.packet.answer!.ttlS).toBe(0);
    expect(second.service.hears(ANN)).toBe(false);
    expect(first.service.owns(ANN)).toBe(true);
    expect(second.service.nextAt).toBe(Infinity);
  });

  test('of a group is shared', () => {
    const lan = new NameLan();
    owner(lan, '10.0.0.1', GROUP, true);
    const second = lan.node('10.0.0.2');
    register(second, GROUP, true);
    lan.advance(1_000);
    expect(second.log).toEqual(['registered MSLAB<00>']);
    expect(lan.flags.filter((flags) => flags.startsWith('10.0.0.1'))).toEqual([]);
  });

  test('that two claim at once goes to the lower address', () => {
    const lan = new NameLan();
    const nodes = [lan.node('10.0.0.9'), lan.node('10.0.0.10')];
    for (const node of nodes) register(node);
    lan.advance(1_000);
    expect(nodes.map(({ log }) => log)).toEqual([
      ['registered ANN-PC<00>'],
      ['refused ANN-PC<00>'],
    ]);
  });

  test('is heard of from the beginning, and answered for from the end', () => {
    const lan = new NameLan();
    const node = lan.node('10.0.0.1');
    register(node);
    expect([node.service.hears(ANN), node.service.owns(ANN)]).toEqual([true, false]);
    const other = lan.node('10.0.0.2');
    other.ask({ type: 'query', name: ANN });
    expect(lan.flags.filter((flags) => flags.startsWith('10.0.0.1 > 10'))).toEqual([]);
  });

  test('is given back three times: RFC 1002 section 5.1.1.4', () => {
    const lan = new NameLan();
    const node = owner(lan, '10.0.0.1');
    node.step({ type: 'release', name: ANN });
    expect(node.service.owns(ANN)).toBe(false);
    lan.advance(1_000);
    expect(lan.flags).toEqual(Array(3).fill('10.0.0.1 > all 3010'));
    expect(node.log.at(-1)).toBe('released ANN-PC<00>');
  });

  test('that is given back before it was ours is claimed no further', () => {
    const lan = new NameLan();
    const node = lan.node('10.0.0.1');
    register(node);
    node.step({ type: 'release', name: ANN });
    lan.advance(2_000);
    expect(node.log).toEqual(['released ANN-PC<00>']);
    expect(opcodes(lan.sent.map(({ packet }) => packet))).toEqual([
      REGISTRATION,
      ...Array(3).fill(RELEASE),
    ]);
  });

  test('that begins with an asterisk is ours without a word', () => {
    const lan = new NameLan();
    const node = lan.node('10.0.0.1');
    register(node, NetbiosName.parse('*SMBSERVER<20>'));
    expect(node.log).toEqual(['registered *SMBSERVER<20>']);
    expect(lan.sent).toEqual([]);
  });

  test('is one of so many, and no more', () => {
    const lan = new NameLan();
    const node = lan.node('10.0.0.1');
    for (let count = 0; count <= OWN_NAMES_MAX; count++) {
      register(node, NetbiosName.of(`NAME${count}`, 0));
    }
    expect(node.log).toEqual([`refused NAME${OWN_NAMES_MAX}<00>`]);
    lan.advance(1_000);
    expect(node.log).toHaveLength(OWN_NAMES_MAX + 1);
    lan.node('10.0.0.2').ask({ type: 'status', address: '10.0.0.1' });
    const status = lan.sent.at(-1)!.packet.answer!.data;
    expect(12 + 34 + 10 + status.length).toBeLessThanOrEqual(576);
  });
});

describe('a name in conflict', () => {
  test('is neither answered for nor defended, but still listed: [MS-NBTE] section 3.1', () => {
    const lan = new NameLan();
    const node = owner(lan, '10.0.0.1');
    const other = lan.node('10.0.0.2');
    const demand = conflictDemand({ id: 7, scope: '' }, ANN, { group: false, nodeType: 'B' });
    lan.send('10.0.0.2', demand, { address: '10.0.0.1', port: 137 });
    expect(node.log.at(-1)).toBe('lost ANN-PC<00>');
    expect(node.service.hears(ANN)).toBe(false);

    register(other);
    other.ask({ type: 'query', name: ANN });
    lan.advance(1_000);
    expect(other.log).toContain('registered ANN-PC<00>');
    other.ask({ type: 'status', address: '10.0.0.1' });
    expect(other.effects.at(-1)).toMatchObject({
      status: { names: [{ name: ANN, conflict: true }] },
    });
  });

  test('is told so by whoever found it twice, a second long: RFC 1002 section 5.1.1.5', () => {
    const lan = new NameLan();
    const finder = lan.node('10.0.0.3');
    finder.ask({ type: 'query', name: ANN });
    const { id } = lan.sent[0]!.packet;
    const from = (address: string): void => {
      const entry = { group: false, nodeType: 'B', address } as const;
      const to = { address: '10.0.0.3', port: 137 };
      lan.send(address, queryAnswer({ id, scope: '' }, ANN, entry), to);
    };
    from('10.0.0.1');
    from('10.0.0.1');
    expect(lan.flags.filter((flags) => flags.includes('ad87'))).toEqual([]);
    from('10.0.0.2');
    expect(lan.flags.at(-1)).toBe('10.0.0.3 > 10.0.0.2 ad87');
    const [entry] = decodeEntries(lan.sent.at(-1)!.packet.answer!.data);
    expect(entry.address).toBe('0.0.0.0');
    lan.advance(1_001);
    lan.sent.length = 0;
    from('10.0.0.4');
    expect(lan.flags).toEqual(['10.0.0.4 > 10.0.0.3 8580']);
  });

  test('can be claimed again', () => {
    const lan = new NameLan();
    const node = owner(lan, '10.0.0.1');
    const demand = conflictDemand({ id: 7, scope: '' }, ANN, { group: false, nodeType: 'B' });
    const input = { type: 'received', packet: demand, from: { address: '10.9.9.9', port: 137 } };
    node.step({ ...(input as { type: 'received' } & typeof input), near: false });
    expect(node.service.owns(ANN), 'a stranger takes no name away').toBe(true);
    lan.send('10.0.0.2', demand, { address: '10.0.0.1', port: 137 });
    expect(node.service.owns(ANN)).toBe(false);
    register(node);
    lan.advance(1_000);
    expect(node.service.owns(ANN)).toBe(true);
  });

  test('that a slow owner objects to late is given up', () => {
    const lan = new NameLan();
    const node = lan.node('10.0.0.1');
    register(node);
    lan.advance(1_000);
    const request = lan.sent[0]!.packet;
    const objection = answerOf(request, REGISTRATION | 0x0580 | ACTIVE_ERROR, 0, '10.0.0.2');
    lan.send('10.0.0.2', objection, { address: '10.0.0.1', port: 137 });
    expect(node.log).toEqual(['registered ANN-PC<00>', 'lost ANN-PC<00>']);
  });

  test('is watched for in so many answers, and no more', () => {
    const lan = new NameLan();
    let id = 0;
    const random = { next: () => id++ / 0x1_0000, bytes: (size: number) => new Uint8Array(size) };
    const finder = lan.node('10.0.0.3', { random });
    for (let count = 0; count <= WATCHES_MAX; count++) {
      const name = NetbiosName.of(`NAME${count}`, 0);
      finder.ask({ type: 'query', name });
      const { id } = lan.sent.at(-1)!.packet;
      const entry = { group: false, nodeType: 'B', address: '10.0.0.1' } as const;
      lan.send('10.0.0.1', queryAnswer({ id, scope: '' }, name, entry), {
        address: '10.0.0.3',
        port: 137,
      });
    }
    const first = lan.sent[0]!.packet;
    const entry = { group: false, nodeType: 'B', address: '10.0.0.2' } as const;
    const second = queryAnswer(first, first.question!.name, entry);
    lan.send('10.0.0.2', second, { address: '10.0.0.3', port: 137 });
    expect(lan.flags.filter((flags) => flags.includes('ad87'))).toEqual([]);
  });
});

describe('a query', () => {
  test('is asked three times, and then in vain', () => {
    const lan = new NameLan();
    const node = lan.node('10.0.0.1');
    const request = node.ask({ type: 'query', name: ANN });
    lan.advance(750);
    expect(lan.flags).toEqual(Array(3).fill('10.0.0.1 > all 0110'));
    expect(node.effects).toEqual([{ type: 'found', request, answer: undefined }]);
  });

  test('is answered by the owner, to the very port', () => {
    const lan = new NameLan();
    owner(lan, '10.0.0.1');
    const other = lan.node('10.0.0.2');
    const request = other.ask({ type: 'query', name: ANN });
    expect(lan.flags).toEqual(['10.0.0.2 > all 0110', '10.0.0.1 > 10.0.0.2 8580']);
    const answer = { group: false, nodeType: 'B', addresses: ['10.0.0.1'] };
    expect(other.effects).toEqual([{ type: 'found', request, answer }]);
  });

  test('for a name of our own needs no answer', () => {
    const lan = new NameLan();
    const node = owner(lan, '10.0.0.1');
    node.ask({ type: 'query', name: ANN });
    expect(node.effects.at(-1)).toMatchObject({ answer: { addresses: ['10.0.0.1'] } });
    expect(lan.sent).toEqual([]);
  });

  test('to one node for a name it does not have is denied; to all, it says nothing', () => {
    const lan = new NameLan();
    lan.node('10.0.0.1');
    const question = { name: ANN, type: TYPE_NB };
    const query = {
      id: 1,
      flags: 0x0110,
      scope: '',
      question,
      answer: undefined,
      additional: undefined,
    };
    lan.send('10.0.0.2', query, 'all');
    lan.send('10.0.0.2', { ...query, flags: 0x0100 }, { address: '10.0.0.1', port: 137 });
    expect(lan.flags.slice(1)).toEqual(['10.0.0.2 > 10.0.0.1 0100', '10.0.0.1 > 10.0.0.2 8583']);
  });

  test('of another scope is of another network', () => {
    const lan = new NameLan();
    const scoped = lan.node('10.0.0.1', { scope: 'ELSEWHERE' });
    register(scoped);
    lan.advance(1_000);
    lan.sent.length = 0;
    lan.node('10.0.0.2').ask({ type: 'query', name: ANN });
    expect(lan.flags).toEqual(['10.0.0.2 > all 0110']);
  });

  test('is one of so many at once: the next is in vain', () => {
    const lan = new NameLan();
    const node = lan.node('10.0.0.1');
    for (let count = 0; count < TRANSACTIONS_MAX; count++) node.ask({ type: 'query', name: ANN });
    expect(node.effects).toEqual([]);
    node.ask({ type: 'query', name: ANN });
    expect(node.effects).toHaveLength(1);
    expect(new Set(lan.sent.map(({ packet }) => packet.id)).size).toBe(TRANSACTIONS_MAX);
  });

  test('is answered so often a second, and no more', () => {
    const lan = new NameLan();
    owner(lan, '10.0.0.1');
    const flood = (): number => {
      lan.sent.length = 0;
      for (let count = 0; count <= ANSWERS_PER_S_MAX; count++) {
        lan.send('10.0.0.2', statusRequest({ id: count, scope: '' }), {
          address: '10.0.0.1',
          port: 137,
        });
      }
      return lan.sent.filter(({ from }) => from === '10.0.0.1').length;
    };
    expect(flood()).toBe(ANSWERS_PER_S_MAX);
    lan.advance(1_000);
    expect(flood()).toBe(ANSWERS_PER_S_MAX);
  });
});

describe('a status', () => {
  test('has all names of a node', () => {
    const lan = new NameLan();
    const node = owner(lan, '10.0.0.1');
    register(node, GROUP, true);
    lan.advance(1_000);
    const other = lan.node('10.0.0.2');
    const request = other.ask({ type: 'status', address: '10.0.0.1' });
    expect(other.effects.at(-1)).toMatchObject({
      type: 'status',
      request,
      status: {
        names: [
          { name: ANN, group: false },
          { name: GROUP, group: true },
        ],
      },
    });
  });

  test('of nobody is asked for three times, and then in vain', () => {
    const lan = new NameLan();
    const node = lan.node('10.0.0.1');
    node.ask({ type: 'status', address: '10.0.0.2' });
    lan.advance(4_500);
    expect(lan.flags).toEqual(Array(3).fill('10.0.0.1 > 10.0.0.2 0000'));
    expect(node.log).toEqual(['status']);
    expect(lan.sent[0]!.packet.question!.name.equals(WILDCARD)).toBe(true);
  });

  test('from another than was asked does not count', () => {
    const lan = new NameLan();
    const node = lan.node('10.0.0.1');
    owner(lan, '10.0.0.3');
    node.ask({ type: 'status', address: '10.0.0.2' });
    const { id } = lan.sent.at(-1)!.packet;
    lan.send(
      '10.0.0.3',
      { ...statusRequest({ id, scope: '' }), flags: 0x8400 },
      { address: '10.0.0.1', port: 137 },
    );
    expect(node.log).toEqual([]);
  });
});

describe('with a name server', () => {
  const GRANTED = REGISTRATION | 0x0580;

  test.each(['P', 'H'] as const)('a %s node asks it alone, and refreshes in time', (nodeType) => {
    const lan = new NameLan();
    const requests = nameServer(lan, (request) => answerOf(request, GRANTED, 3_600, '10.0.0.1'));
    const node = lan.node('10.0.0.1', { nodeType, ...SERVED });
    register(node);
    expect(node.log).toEqual(['registered ANN-PC<00>']);
    expect(lan.flags[0]).toBe('10.0.0.1 > 10.0.0.200 2900');
    lan.advance(1_799_000);
    expect(requests).toHaveLength(1);
    lan.advance(1_000);
    expect(opcodes(requests)).toEqual([REGISTRATION, REFRESH]);
  });

  test('it is asked no more often than every five minutes', () => {
    const lan = new NameLan();
    const requests = nameServer(lan, (request) => answerOf(request, GRANTED, 1, '10.0.0.1'));
    register(lan.node('10.0.0.1', { nodeType: 'H', ...SERVED }));
    lan.advance(2 * REFRESH_MS_MIN);
    expect(requests).toHaveLength(3);
  });

  test('an M node asks all first, then it', () => {
    const lan = new NameLan();
    nameServer(lan, (request) => answerOf(request, GRANTED, 3_600, '10.0.0.1'));
    const node = lan.node('10.0.0.1', { nodeType: 'M', ...SERVED });
    register(node);
    lan.advance(1_000);
    expect(node.log).toEqual(['registered ANN-PC<00>']);
    expect(lan.flags).toEqual([
      ...Array(3).fill('10.0.0.1 > all 2910'),
      '10.0.0.1 > all 2810',
      '10.0.0.1 > 10.0.0.200 2900',
      '10.0.0.200 > 10.0.0.1 ad80',
    ]);
  });

  test('a computer with several subnets says so of its unique names', () => {
    const lan = new NameLan();
    nameServer(lan, (request) => answerOf(request, GRANTED, 3_600, '10.0.0.1'));
    const node = lan.node('10.0.0.1', { nodeType: 'H', multihomed: true, ...SERVED });
    register(node);
    register(node, GROUP, true);
    expect(lan.flags.filter((flags) => flags.startsWith('10.0.0.1 '))).toEqual([
      '10.0.0.1 > 10.0.0.200 7900',
      '10.0.0.1 > 10.0.0.200 2900',
    ]);
  });

  test('what it refuses is refused', () => {
    const lan = new NameLan();
    nameServer(lan, (request) => answerOf(request, GRANTED | ACTIVE_ERROR, 0, '10.0.0.7'));
    const node = lan.node('10.0.0.1', { nodeType: 'H', ...SERVED });
    register(node);
    expect(node.effects).toEqual([{ type: 'refused', name: ANN, by: WINS }]);
  });

  test('a name that it gives to another is lost', () => {
    const lan = new NameLan();
    let grant = true;
    nameServer(lan, (request) => {
      const flags = grant ? GRANTED : GRANTED | CONFLICT_ERROR;
      return answerOf(request, flags, 600, '10.0.0.1');
    });
    const node = lan.node('10.0.0.1', { nodeType: 'H', ...SERVED });
    register(node);
    grant = false;
    lan.advance(REFRESH_MS_MIN);
    expect(node.log).toEqual(['registered ANN-PC<00>', 'lost ANN-PC<00>']);
  });

  test('that is silent an H node asks all, and tries it again later', () => {
    const lan = new NameLan();
    const node = lan.node('10.0.0.1', { nodeType: 'H', ...SERVED });
    register(node);
    lan.advance(5_250);
    expect(node.log).toEqual(['registered ANN-PC<00>']);
    expect(lan.flags).toEqual([
      ...Array(3).fill('10.0.0.1 > 10.0.0.200 2900'),
      ...Array(3).fill('10.0.0.1 > all 2910'),
      '10.0.0.1 > all 2810',
    ]);
    const requests = nameServer(lan, (request) => answerOf(request, GRANTED, 3_600, '10.0.0.1'));
    lan.advance(REFRESH_MS_MIN);
    expect(opcodes(requests)).toEqual([REGISTRATION]);
    expect(node.log).toEqual(['registered ANN-PC<00>']);
    node.step({ type: 'release', name: ANN });
    expect(opcodes(requests)).toEqual([REGISTRATION, RELEASE]);
  });

  test('that is silent a P node has no names; the second of two is asked before that', () => {
    const lan = new NameLan();
    const node = lan.node('10.0.0.1', { nodeType: 'P', nameServers: ['10.0.0.199', WINS] });
    register(node);
    lan.advance(9_000);
    expect(node.effects).toMatchObject([{ type: 'refused', by: 'no name server that answers' }]);
    expect(lan.flags).toEqual([
      ...Array(3).fill('10.0.0.1 > 10.0.0.199 2900'),
      ...Array(3).fill('10.0.0.1 > 10.0.0.200 2900'),
    ]);
  });

  test('that needs time is given it, but not for ever', () => {
    const lan = new NameLan();
    nameServer(lan, (request) => answerOf(request, WAIT | 0x0400, 3_600, '10.0.0.1'));
    register(lan.node('10.0.0.1', { nodeType: 'P', ...SERVED }));
    lan.advance(WAIT_MS_MAX - 1);
    expect(lan.flags).toHaveLength(2);
    lan.advance(1);
    expect(lan.flags).toHaveLength(4);
  });

  test.each([
    ['is there', true, 'refused ANN-PC<00>'],
    ['has gone', false, 'registered ANN-PC<00>'],
  ])('that leaves it to us to ask an owner who %s', (_, there, outcome) => {
    const lan = new NameLan();
    if (there) owner(lan, '10.0.0.7');
    nameServer(lan, (request) => {
      const demanded = (request.flags & 0x0100) === 0;
      return demanded
        ? answerOf(request, GRANTED, 3_600, '10.0.0.1')
        : answerOf(request, REGISTRATION | 0x0500, 0, '10.0.0.7');
    });
    const node = lan.node('10.0.0.1', { nodeType: 'P', ...SERVED });
    register(node);
    lan.advance(10_000);
    expect(node.log).toEqual([outcome]);
  });

  test.each([
    ['P', ['server']],
    ['H', ['server', 'all']],
    ['M', ['all', 'server']],
  ] as const)('a %s node looks for a name there: %j', (nodeType, order) => {
    const lan = new NameLan();
    nameServer(lan, (request) => answerOf(request, QUERY | 0x0583, 0, '0.0.0.0'));
    const node = lan.node('10.0.0.1', { nodeType, ...SERVED });
    node.ask({ type: 'query', name: ANN });
    lan.advance(10_000);
    expect(node.log).toEqual(['found']);
    const asked = lan.sent.filter(({ from }) => from === '10.0.0.1');
    const places = asked.map(({ to }) => (to === 'all' ? 'all' : 'server'));
    expect(places.filter((place, at) => place !== places[at - 1])).toEqual(order);
    expect(asked.every(({ packet }) => (packet.flags & RCODE) === 0)).toBe(true);
  });
});

describe('a name after sleep', () => {
  test('is claimed anew, and ours and answered for meanwhile', () => {
    const lan = new NameLan();
    const node = owner(lan, '10.0.0.1');
    sleep(lan, node, () => lan.advance(3_600_000));
    expect(node.service.owns(ANN)).toBe(true);
    lan.advance(1_000);
    expect(lan.flags).toEqual([...Array(3).fill('10.0.0.1 > all 2910'), '10.0.0.1 > all 2810']);
    expect(node.service.owns(ANN)).toBe(true);
    expect(node.service.nextAt).toBe(Infinity);
  });

  test('is lost if another has it by now; a group is shared', () => {
    const lan = new NameLan();
    const node = owner(lan, '10.0.0.1');
    register(node, GROUP, true);
    lan.advance(1_000);
    const other = lan.node('10.0.0.2');
    sleep(lan, node, () => {
      register(other, ANN);
      register(other, GROUP, true);
      lan.advance(1_000);
    });
    lan.advance(1_000);
    expect(node.log).toEqual(['refused ANN-PC<00>', 'registered MSLAB<00>']);
    expect(node.service.owns(ANN)).toBe(false);
    expect(node.service.owns(GROUP)).toBe(true);
    expect(other.service.owns(ANN)).toBe(true);
  });

  test('that is given back while it is claimed anew is not claimed on', () => {
    const lan = new NameLan();
    const node = owner(lan, '10.0.0.1');
    sleep(lan, node, () => {});
    node.step({ type: 'release', name: ANN });
    lan.sent.length = 0;
    lan.advance(10_000);
    expect(opcodes(lan.sent.map(({ packet }) => packet))).not.toContain(REGISTRATION);
    expect(node.service.owns(ANN)).toBe(false);
  });

  test('stays ours if its name server is not to be reached yet, and is lost if it gave it away', () => {
    const lan = new NameLan();
    let answers: 'yes' | 'no' | 'silence' = 'yes';
    nameServer(lan, (request, from) => {
      if (answers === 'silence') return undefined;
      const refusal = answers === 'yes' ? 0 : ACTIVE_ERROR;
      return answerOf(request, REGISTRATION | 0x0580 | refusal, 86_400, from);
    });
    const node = lan.node('10.0.0.1', { nodeType: 'P', ...SERVED });
    register(node);
    expect(node.service.owns(ANN)).toBe(true);
    answers = 'silence';
    sleep(lan, node, () => {});
    lan.advance(10_000);
    expect(node.service.owns(ANN)).toBe(true);
    answers = 'no';
    sleep(lan, node, () => {});
    expect(node.log).toEqual(['lost ANN-PC<00>']);
    expect(node.service.owns(ANN)).toBe(false);
  });
});
