import { beforeEach, describe, expect, test } from 'vitest';

import { Directory, REMEMBERED_MAX } from '../src/transports/netbios/directory.ts';
import type { NameAnswer } from '../src/transports/netbios/name-node.ts';
import { NetbiosName } from '../src/transports/netbios/netbios-name.ts';
import type { NodeStatus } from '../src/transports/netbios/node-status.ts';
import type { Subnet } from '../src/transports/netbios/subnet.ts';
import { VirtualClock } from '../src/virtual-clock.ts';

const ANN = NetbiosName.parse('ANN-PC<00>');

let clock: VirtualClock;
let asked: string[];
let answers: Record<string, readonly string[]>;
let group: boolean;

beforeEach(() => {
  clock = new VirtualClock();
  asked = [];
  answers = {};
  group = false;
});

/** A subnet where names are found as {@link answers} says. */
function subnet(prefix: string): Subnet {
  const names = {
    async query(name: NetbiosName): Promise<NameAnswer | undefined> {
      asked.push(`${prefix} ${name.toString()}`);
      const addresses = answers[`${prefix} ${name.name}`];
      return addresses && { group, nodeType: 'B', addresses };
    },
    async status(address: string): Promise<NodeStatus | undefined> {
      asked.push(`${prefix} ${address}`);
      const node = { group: false, nodeType: 'B', conflict: false, deregistering: false } as const;
      const names = [
        { ...node, name: ANN.with(0x20) },
        { ...node, name: ANN },
      ];
      return address.startsWith(prefix) ? { names, unitId: new Uint8Array(6) } : undefined;
    },
  };
  return { names, holds: (address: string) => address.startsWith(prefix) } as unknown as Subnet;
}

describe('a directory', () => {
  test('finds a name on whichever subnet it is', async () => {
    const [one, two] = [subnet('10.1.'), subnet('10.2.')];
    const directory = new Directory(clock, () => [one, two]);
    answers['10.2. ANN-PC'] = ['10.2.0.7'];
    expect(await directory.find('ANN-PC')).toEqual({
      kind: 'unique',
      name: ANN,
      at: { subnet: two, address: '10.2.0.7' },
    });
    expect(asked).toEqual(['10.1. ANN-PC<00>', '10.2. ANN-PC<00>']);
    expect(await directory.find('BOB-PC')).toBeUndefined();
    expect(await new Directory(clock, () => []).find('ANN-PC')).toBeUndefined();
  });

  test('asks once for those who ask at once, remembers, and forgets', async () => {
    const directory = new Directory(clock, () => [subnet('10.1.')]);
    answers['10.1. ANN-PC'] = ['10.1.0.7'];
    await Promise.all([directory.find('ANN-PC'), directory.find('ANN-PC')]);
    await directory.find('ANN-PC');
    expect(asked).toHaveLength(1);
    directory.forget(ANN);
    await directory.find('ANN-PC');
    expect(asked).toHaveLength(2);
    clock.advance(600_001);
    await directory.find('ANN-PC');
    expect(asked).toHaveLength(3);
  });

  test('remembers so many, and no more', async () => {
    const directory = new Directory(clock, () => [subnet('10.1.')]);
    for (let count = 0; count <= REMEMBERED_MAX; count++) {
      answers[`10.1. N${count}`] = ['10.1.0.7'];
      await directory.find(`N${count}`);
    }
    expect(directory.known('N0')).toBeUndefined();
    expect(directory.known('N1')).toBeDefined();
  });

  test.each([
    ['one without a router', ['10.9.0.1', '10.1.0.1'], '10.1.0.1'],
    ['any other, if there is none', ['10.9.0.1'], '10.9.0.1'],
    ['none that is no host', ['255.255.255.255', '0.0.0.0', '239.1.2.3'], undefined],
  ])('takes of several addresses %s', async (_, addresses, expected) => {
    const directory = new Directory(clock, () => [subnet('10.1.')]);
    answers['10.1. ANN-PC'] = addresses;
    const found = await directory.find('ANN-PC');
    expect(found?.kind === 'unique' ? found.at.address : undefined).toBe(expected);
  });

  test('knows of a group whom a broadcast does not reach', async () => {
    const here = subnet('10.1.');
    const directory = new Directory(clock, () => [here]);
    group = true;
    answers['10.1. MSLAB'] = ['255.255.255.255', '10.1.0.1', '10.9.0.1'];
    expect(await directory.find('MSLAB')).toEqual({
      kind: 'group',
      name: NetbiosName.parse('MSLAB<00>'),
      beyond: [{ subnet: here, address: '10.9.0.1' }],
    });
  });

  test('asks an address for its name', async () => {
    const directory = new Directory(clock, () => [subnet('10.1.')]);
    expect(await directory.find('10.1.0.7')).toMatchObject({
      name: ANN,
      at: { address: '10.1.0.7' },
    });
    expect(await directory.find('10.9.0.7')).toBeUndefined();
  });
});
