import { describe, expect, test } from 'vitest';

import {
  NAME_SERVERS_MAX,
  type NetbiosOptions,
  parseOptions,
} from '../src/transports/netbios/options.ts';

describe('netbios()', () => {
  test('finds names by broadcast, at the ports of RFC 1002, unless told otherwise', () => {
    expect(parseOptions({})).toEqual({
      interfaces: undefined,
      nameServers: [],
      nodeType: 'B',
      scope: '',
      ports: { name: 137, datagram: 138 },
    });
  });

  test('asks a name server first where there is one', () => {
    const nameServers = Array.from({ length: NAME_SERVERS_MAX }, (_, at) => `10.0.0.${at}`);
    expect(parseOptions({ nameServers }).nodeType).toBe('H');
    expect(parseOptions({ nameServers, nodeType: 'M', scope: 'Lab' })).toMatchObject({
      nodeType: 'M',
      scope: 'LAB',
    });
  });

  test.each<[string, NetbiosOptions]>([
    ['interfaces', { interfaces: 'eth0' as unknown as string[] }],
    ['nameServers', { nameServers: ['wins.example.org'] }],
    ['nameServers', { nameServers: Array(NAME_SERVERS_MAX + 1).fill('10.0.0.1') }],
    ['nodeType', { nodeType: 'X' as 'B' }],
    ['nodeType', { nodeType: 'P' }],
    ['scope', { scope: 'a b' }],
    ['ports', { ports: { name: 0 } }],
    ['ports', { ports: { datagram: 65_536 } }],
    ['ports', { ports: { name: 138 } }],
  ])('takes no %s out of range: %j', (option, options) => {
    expect(() => parseOptions(options)).toThrow(
      expect.objectContaining({
        code: 'ERROR_INVALID_PARAMETER',
        message: expect.stringMatching(new RegExp(`^netbios\\(\\): ${option}`)),
      }),
    );
  });
});
