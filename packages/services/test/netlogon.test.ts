import { DecodeError } from '@mailslot/core/internal';
import {
  decodeNetlogon,
  describeNetlogon,
  encodeNetlogon,
  type NetlogonMessage,
  NT_VERSION,
} from '@mailslot/services/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

/** As Samba 4.17 took and sent them. */
const REQUEST =
  '1200000048004f005300540033000000' +
  '48004f00530054003300240000005c4d41494c534c4f545c4e45545c474554444331303034443041008000000000000000' +
  '0b000001ffffffff';
const RESPONSE =
  '13005c005c0048004f0053005400310000' +
  '0048004f00530054003300240000004d0053004c004100420000000' +
  '1000000ffffffff';

const GUID = '0f7c2a31-9d54-4b0e-8a66-0123456789ab';

const EX: NetlogonMessage = {
  kind: 'sam-logon-response-ex',
  outcome: 'logon',
  flags: 0x3fd,
  domainGuid: GUID,
  dnsForest: 'example.com',
  dnsDomain: 'lab.example.com',
  dnsHost: 'dc1.lab.example.com',
  domain: 'LAB',
  controller: 'DC1',
  userName: 'ANN-PC$',
  site: 'Zürich',
  clientSite: 'Zürich',
  address: '10.77.0.1',
  closestSite: 'Bern',
  ntVersion: NT_VERSION.V1 | NT_VERSION.V5EX_WITH_IP | NT_VERSION.WITH_CLOSEST_SITE,
};

const MESSAGES: readonly NetlogonMessage[] = [
  {
    kind: 'primary-query',
    computerName: 'ANN-PC',
    mailslot: '\\MAILSLOT\\NET\\GETDC1',
    unicodeComputerName: 'ANN-PC',
    ntVersion: 1,
  },
  {
    kind: 'primary-query',
    computerName: 'ANN-PC2',
    mailslot: '\\MAILSLOT\\NET\\GETDC1',
    unicodeComputerName: 'ANN-PC2',
    ntVersion: 1,
  },
  {
    kind: 'primary-response',
    controller: 'DC1',
    unicodeController: 'DC1',
    unicodeDomain: 'LAB',
    ntVersion: 1,
  },
  {
    kind: 'sam-logon-request',
    requestCount: 2,
    unicodeComputerName: 'ANN-PC',
    userName: '',
    mailslot: '\\MAILSLOT\\NET\\GETDC22',
    accountControl: 0x80,
    domainSid: 'S-1-5-21-1-2-4294967295',
    ntVersion: NT_VERSION.V1 + NT_VERSION.GC,
  },
  {
    kind: 'sam-logon-response',
    outcome: 'paused',
    logonServer: '\\\\DC1',
    userName: '',
    domain: 'LAB',
    directory: {
      domainGuid: GUID,
      siteGuid: '00000000-0000-0000-0000-000000000000',
      dnsForest: 'example.com',
      dnsDomain: 'example.com',
      dnsHost: 'dc1.example.com',
      address: '10.77.0.1',
      flags: 1,
    },
    ntVersion: 3,
  },
  EX,
  {
    kind: 'database-change',
    lowSerial: 7,
    changedAt: 1_700_000_000,
    pulseSeconds: 300,
    spreadSeconds: 10,
    controller: 'DC1',
    domain: 'LABS',
    unicodeController: 'DC1',
    unicodeDomain: 'LABS',
    databases: [
      { index: 0, serial: 2n ** 60n + 1n, createdAt: 133_000_000_000_000_000n },
      { index: 2, serial: 1n, createdAt: 0n },
    ],
    domainSid: 'S-1-5-21-1-2-3',
    ntVersion: 1,
  },
  { kind: 'other', opcode: 8, body: Uint8Array.of(1, 2, 3) },
];

describe('netlogon messages', () => {
  test('Samba’s request and response are read, and written to the byte', () => {
    const request = decodeNetlogon(Buffer.from(REQUEST, 'hex'));
    expect(request).toEqual({
      kind: 'sam-logon-request',
      requestCount: 0,
      unicodeComputerName: 'HOST3',
      userName: 'HOST3$',
      mailslot: '\\MAILSLOT\\NET\\GETDC1004D0A',
      accountControl: 0x80,
      domainSid: '',
      ntVersion: 0x0100_000b,
    });
    expect(Buffer.from(encodeNetlogon(request)).toString('hex')).toBe(REQUEST);
    const response = decodeNetlogon(Buffer.from(RESPONSE, 'hex'));
    expect(response).toEqual({
      kind: 'sam-logon-response',
      outcome: 'logon',
      logonServer: '\\\\HOST1',
      userName: 'HOST3$',
      domain: 'MSLAB',
      ntVersion: 1,
    });
    expect(Buffer.from(encodeNetlogon(response)).toString('hex')).toBe(RESPONSE);
  });

  test.each(MESSAGES)('a $kind comes back as it was', (message) => {
    const bytes = encodeNetlogon(message);
    expect(decodeNetlogon(bytes)).toEqual(message);
    expect(describeNetlogon(message)).not.toMatch(/undefined|NaN/);
  });

  test('names that were said before are pointed to', () => {
    const said = Buffer.from(encodeNetlogon(EX)).toString('latin1').split('example').length - 1;
    expect(said).toBe(1);
  });

  test('padding may be counted from the message or from the packet', () => {
    const [query] = MESSAGES;
    const bytes = encodeNetlogon(query!);
    const padded = bytes.indexOf(0, 2 + 'ANN-PC'.length + 1) + 1;
    // 'ANN-PC' and the slot end on an odd offset here: there is one zero more, which may be missing.
    const missing = Uint8Array.from([...bytes.subarray(0, padded), ...bytes.subarray(padded + 1)]);
    const read = bytes[padded] === 0 ? missing : bytes;
    expect(decodeNetlogon(read)).toEqual(query);
  });

  test('every opcode of the table has words', () => {
    for (let opcode = 0; opcode <= 0x19; opcode++) {
      const words = describeNetlogon({ kind: 'other', opcode, body: new Uint8Array() });
      expect(words).toMatch(/\w{3}/);
    }
  });

  test('cut anywhere, a message is refused', () => {
    for (const message of MESSAGES) {
      // After its names, eight bytes are the end of an old message, or the first half of a GUID.
      if (message.kind === 'other' || 'directory' in message) continue;
      const bytes = encodeNetlogon(message);
      for (let end = 0; end < bytes.length; end++) {
        expect(() => decodeNetlogon(bytes.subarray(0, end))).toThrow(DecodeError);
      }
    }
  });

  test('a name that points forwards or at itself is refused', () => {
    const bytes = encodeNetlogon(EX);
    const forest = 2 + 2 + 4 + 16;
    for (const to of [forest, forest + 9]) {
      const bad = bytes.slice();
      bad.set([0xc0, to], forest);
      expect(() => decodeNetlogon(bad)).toThrow(DecodeError);
    }
  });

  test('any bytes are read or refused with a DecodeError, also near a real message', () => {
    const samples = MESSAGES.map((message) => encodeNetlogon(message));
    const damaged = fc
      .tuple(
        fc.constantFrom(...samples),
        fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 8 }),
      )
      .map(([sample, changes]) => {
        const bytes = sample.slice();
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 600 })), (bytes) => {
        const thrown = thrownBy(() => describeNetlogon(decodeNetlogon(bytes)));
        expect(thrown === undefined || thrown instanceof DecodeError).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});

function thrownBy(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}
