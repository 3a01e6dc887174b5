import { isIPv4, isIPv6, SocketAddress } from 'node:net';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { formatAddress, parseAddress } from '../src/ip-address.ts';

describe('an IP address', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['::', '::'],
    ['::1', '::1'],
    ['FE80::1%eth0', 'fe80::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['1:2:3:4:5:6::', '1:2:3:4:5:6::'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
  ])('%s is written %s', (text, written) => {
    expect(formatAddress(parseAddress(text)!)).toBe(written);
  });

  test('comes back from its text, which the system takes for the same', () => {
    const zeros = fc.constant(0);
    const byte = fc.oneof(zeros, fc.nat(0xff));
    fc.assert(
      fc.property(fc.array(byte, { minLength: 16, maxLength: 16 }), (values) => {
        const bytes = Uint8Array.from(values);
        const text = formatAddress(bytes);
        expect(parseAddress(text)).toEqual(bytes);
        expect(isIPv6(text)).toBe(true);
        const full = Array.from({ length: 8 }, (_, at) =>
          ((values[2 * at]! << 8) | values[2 * at + 1]!).toString(16),
        ).join(':');
        const { address } = new SocketAddress({ family: 'ipv6', address: full });
        // The system writes embedded IPv4 addresses with dots.
        fc.pre(!address.includes('.'));
        expect(text).toBe(address);
      }),
    );
  });

  test('is what the system takes for one, and nothing else is', () => {
    const pieces = fc.constantFrom(
      '0',
      '1',
      'ffff',
      '10000',
      '256',
      '255',
      '01',
      ':',
      '::',
      '.',
      'g',
      '1.2.3.4',
    );
    const texts = fc.oneof(
      fc.array(pieces, { maxLength: 16 }).map((parts) => parts.join('')),
      fc.ipV4(),
      fc.ipV6(),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(parseAddress(text) !== undefined).toBe(isIPv4(text) || isIPv6(text));
      }),
      { numRuns: 5000 },
    );
  });
});
