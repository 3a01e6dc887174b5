import { describe, expect, test } from 'vitest';

import { nats, type NatsOptions } from '@mailslot/core/nats';

import { parseOptions, SERVERS_MAX, SUBJECT_BYTES_MAX } from '../src/transports/nats/options.ts';
import { codeOf } from './support/outcomes.ts';

/** What a program in plain JavaScript may pass. */
function mistyped(options: Record<string, unknown>): NatsOptions {
  return options as unknown as NatsOptions;
}

const servers = 'nats://127.0.0.1:4222';

describe('the options of nats()', () => {
  test('need no more than a server', () => {
    expect(parseOptions({ servers: 'nats.example.org' })).toEqual({
      servers: ['nats.example.org'],
      where: 'nats.example.org',
      authenticator: undefined,
      tls: undefined,
      subject: 'mailslot',
    });
  });

  test.each([
    ['nats://ann:s%40d@a.example:4000', { user: 'ann', pass: 's@d' }],
    ['nats://t0k3n@a.example:4000', { auth_token: 't0k3n' }],
    ['nats://100%@a.example:4000', { auth_token: '100%' }],
  ])('take credentials out of %s, and show them nowhere', (server, expected) => {
    const { servers: hosts, where, authenticator } = parseOptions({ servers: [server, 'b'] });
    expect(hosts).toEqual(['a.example:4000', 'b']);
    expect(where).toBe('a.example:4000, b');
    expect(authenticator!()).toMatchObject(expected);
  });

  test('prefer credentials of their own', () => {
    const credentials = { user: 'bob', password: 'secret' };
    const { authenticator } = parseOptions({ servers: 'nats://ann:x@a', credentials });
    expect(authenticator!()).toMatchObject({ user: 'bob', pass: 'secret' });
  });

  test('demand TLS if they say so, or if a server does', () => {
    expect(parseOptions({ servers: 'tls://a' }).tls).toEqual({});
    expect(parseOptions({ servers, tls: true }).tls).toEqual({});
    expect(parseOptions({ servers, tls: { caFile: 'ca.pem' } }).tls).toEqual({ caFile: 'ca.pem' });
    expect(parseOptions({ servers, tls: false }).tls).toBeUndefined();
  });

  test.each<[string, NatsOptions]>([
    ['no servers', mistyped({})],
    ['an empty list of servers', { servers: [] }],
    ['an empty server', { servers: '' }],
    ['a server that is no text', mistyped({ servers: [4222] })],
    ['too many servers', { servers: Array.from({ length: SERVERS_MAX + 1 }, () => servers) }],
    ['another protocol', { servers: 'ws://127.0.0.1' }],
    ['a port out of range', { servers: 'nats://127.0.0.1:70000' }],
    ['an empty subject', { servers, subject: '' }],
    ['a wildcard for a subject', { servers, subject: 'mailslot.>' }],
    ['an empty token in a subject', { servers, subject: 'a..b' }],
    ['a long subject', { servers, subject: 'x'.repeat(SUBJECT_BYTES_MAX + 1) }],
    ['credentials that are none', mistyped({ servers, credentials: { name: 'ann' } })],
    ['a seed that is none', { servers, credentials: { nkeySeed: 'SUX' } }],
    ['a creds file that is none', { servers, credentials: { creds: '/home/ann/ann.creds' } }],
  ])('are refused: %s', async (_, options) => {
    expect(await codeOf(() => nats(options))).toBe('ERROR_INVALID_PARAMETER');
  });

  test('repeat no password when they are refused', () => {
    expect(() => nats({ servers: 'nats://ann:hunter2@host:port' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });
});
