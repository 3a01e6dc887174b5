import { readFileSync } from 'node:fs';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { DecodeError } from '../src/bytes.ts';
import {
  decodeBody,
  decodeDatagram,
  encodeDatagram,
} from '../src/transports/netbios/datagram-packet.ts';
import { checkScope, HOPS_MAX, readName } from '../src/transports/netbios/encoded-name.ts';
import {
  dataBytesMax,
  decodeMailslotWrite,
  encodeMailslotWrite,
  MAILSLOT_WRITE,
  SMB_BYTES_MAX,
} from '../src/transports/netbios/mailslot-write.ts';
import {
  decodeEntries,
  decodeNamePacket,
  encodeEntries,
  encodeNamePacket,
  TYPE_NB,
  TYPE_NBSTAT,
} from '../src/transports/netbios/name-packet.ts';
import {
  MSBROWSE,
  NAME_TEXT_BYTES_MAX,
  NetbiosName,
  SUFFIX,
  WILDCARD,
} from '../src/transports/netbios/netbios-name.ts';
import {
  decodeNodeStatus,
  encodeNodeStatus,
  NODE_NAMES_MAX,
} from '../src/transports/netbios/node-status.ts';

interface Vector {
  readonly id: string;
  readonly port: number;
  readonly what: string;
  readonly hex: string;
}

const vectors: readonly Vector[] = JSON.parse(
  readFileSync(new URL('../../../test/vectors/netbios.json', import.meta.url), 'utf8'),
);

/** What only Samba takes for a datagram, or carries no data. */
const ODD = ['brws-host-minimal', 'made-dgram-error'];

const bytesOf = (id: string): Uint8Array =>
  Buffer.from(vectors.find((vector) => vector.id === id)!.hex, 'hex');

const ofPort = (port: number): [string, Buffer][] =>
  vectors
    .filter((vector) => vector.port === port && !ODD.includes(vector.id))
    .map(({ id, what, hex }) => [`${id}: ${what}`, Buffer.from(hex, 'hex')]);

describe('a NetBIOS name', () => {
  test('is 15 characters of upper case, filled up, and a suffix', () => {
    const name = NetbiosName.of('Ann-PC', SUFFIX.server);
    expect(Buffer.from(name.bytes).toString('latin1')).toBe('ANN-PC         \u0020');
    expect(String(name)).toBe('ANN-PC<20>');
    expect(NetbiosName.parse('ann-pc<20>').equals(name)).toBe(true);
    expect(name.with(SUFFIX.workstation).equals(name)).toBe(false);
  });

  test('takes the longest, and nothing longer', () => {
    const longest = 'X'.repeat(NAME_TEXT_BYTES_MAX);
    expect(NetbiosName.of(longest, 0).name).toBe(longest);
    expect(() => NetbiosName.of(`${longest}X`, 0)).toThrow('15 characters');
    expect(NetbiosName.ofHost(`${longest}-and-more`, 0).name).toBe(longest);
  });

  test('has no character that no byte stands for', () => {
    expect(NetbiosName.of('Grüße', 0).name).toBe('GRÜßE');
    expect(() => NetbiosName.of('漢字', 0)).toThrow('code page 850');
    expect(NetbiosName.ofHost('漢字', 0).name).toBe('??');
  });

  test.each(['ANN', 'ANN<0>', 'ANN<xyz>', `${'X'.repeat(16)}<00>`])('is not %s', (text) => {
    expect(() => NetbiosName.parse(text)).toThrow(
      expect.objectContaining({ code: 'ERROR_INVALID_NAME' }),
    );
  });

  test('has the letters of RFC 1001 section 14.1, but for the two that are wrong there', () => {
    const name = NetbiosName.fromBytes(Buffer.from('The NetBIOS name'));
    const question = { name, type: TYPE_NB };
    const none = { answer: undefined, additional: undefined };
    const packet = encodeNamePacket({ id: 0, flags: 0, scope: 'SCOPE.ID.COM', question, ...none });
    expect(Buffer.from(packet).toString('latin1')).toContain(
      '\u0020FEGIGFCAEOGFHEECEJEPFDCAGOGBGNGF\u0005SCOPE\u0002ID\u0003COM\0',
    );
    expect(decodeNamePacket(packet)).toMatchObject({ scope: 'SCOPE.ID.COM', question: { name } });
  });
});

describe('a scope', () => {
  test.each(['', 'A', 'Scope.Id.Com', 'x'.repeat(63)])('may be %j', (scope) => {
    expect(checkScope(scope)).toBe(scope.toUpperCase());
  });

  test.each(['.', 'a..b', 'x'.repeat(64), 'ä', 'a b', Array(HOPS_MAX).fill('a').join('.')])(
    'is not %j',
    (scope) => {
      expect(() => checkScope(scope)).toThrow('scope must be');
    },
  );

  test('fits a name of 255 bytes, and not one more', () => {
    const labels = [63, 63, 63, 28].map((length) => 'x'.repeat(length));
    expect(checkScope(labels.join('.'))).toHaveLength(220);
    expect(() => checkScope(`${labels.join('.')}x`)).toThrow('scope must be');
  });
});

describe('packets of the name service', () => {
  test.each(ofPort(137))('%s: reads, and is written the same', (_, bytes) => {
    const packet = decodeNamePacket(bytes);
    expect(Buffer.from(encodeNamePacket(packet)).toString('hex')).toBe(bytes.toString('hex'));
    for (const record of [packet.answer, packet.additional]) {
      if (record === undefined) continue;
      const { type, data } = record;
      const again =
        type === TYPE_NBSTAT
          ? encodeNodeStatus(decodeNodeStatus(data))
          : type === TYPE_NB
            ? encodeEntries(decodeEntries(data))
            : data;
      expect(Buffer.from(again).toString('hex')).toBe(Buffer.from(data).toString('hex'));
    }
  });

  test('say what they say', () => {
    expect(decodeNamePacket(bytesOf('nbns-reg-msbrowse'))).toMatchObject({
      flags: 0x2910,
      question: { name: MSBROWSE, type: TYPE_NB },
      additional: { name: MSBROWSE, ttlS: 0 },
    });
    const refused = decodeNamePacket(bytesOf('nbns-reg-refused'));
    expect(refused.flags).toBe(0xad86);
    const status = decodeNodeStatus(decodeNamePacket(bytesOf('made-ns-status-resp')).answer!.data);
    expect(status.names.map(({ name, group }) => `${String(name)} ${group}`)).toEqual([
      'ALPHA<00> false',
      'WORKGROUP<00> true',
      'ALPHA<20> false',
    ]);
    expect(decodeNamePacket(bytesOf('nbns-status-req')).question!.name.equals(WILDCARD)).toBe(true);
  });

  test('may be cut off anywhere, and are malformed then', () => {
    for (const [, bytes] of ofPort(137)) {
      for (let end = 0; end < bytes.length; end++) {
        expect(() => decodeNamePacket(bytes.subarray(0, end))).toThrow(DecodeError);
      }
    }
  });

  test('with names that point in circles are malformed', () => {
    const loop = Buffer.from(bytesOf('made-ns-query-bcast'));
    loop.writeUInt16BE(0xc00c, 12);
    expect(() => decodeNamePacket(loop)).toThrow(DecodeError);
    const letters = Buffer.concat([Buffer.from([32]), Buffer.alloc(32, 'A')]);
    const ladder = Buffer.concat([letters, Buffer.from([0xc0, 33])]);
    expect(() => readName(ladder, 0)).toThrow(`${HOPS_MAX} labels`);
  });

  test('list as many names as a byte counts, and leave the rest out', () => {
    const name = NetbiosName.of('ANN', 0);
    const one = {
      name,
      group: false,
      nodeType: 'B',
      conflict: false,
      deregistering: false,
    } as const;
    const names = Array.from({ length: NODE_NAMES_MAX + 1 }, () => one);
    const data = encodeNodeStatus({ names, unitId: new Uint8Array(6) });
    expect(data).toHaveLength(47 + 18 * NODE_NAMES_MAX);
    expect(decodeNodeStatus(data).names).toHaveLength(NODE_NAMES_MAX);
  });
});

describe('packets of the datagram service', () => {
  test.each(ofPort(138))('%s: reads, and is written the same', (_, bytes) => {
    const packet = decodeDatagram(bytes);
    const body = decodeBody(packet.part);
    const again = Buffer.from(encodeDatagram(packet, body));
    expect(again.toString('hex')).toBe(bytes.toString('hex'));
  });

  test('may be cut off anywhere, and are malformed then', () => {
    for (const [, bytes] of ofPort(138)) {
      for (let end = 0; end < bytes.length; end++) {
        expect(() => {
          const { part } = decodeDatagram(bytes.subarray(0, end));
          decodeMailslotWrite(decodeBody(part).data);
        }).toThrow(DecodeError);
      }
    }
  });

  test.each(ODD)('that carry nothing, or only by chance, are malformed: %s', (id) => {
    expect(() => decodeDatagram(bytesOf(id))).toThrow(DecodeError);
  });

  test('are as long as they say, whatever follows', () => {
    const bytes = bytesOf('brws-host-handmade');
    const longer = Buffer.concat([bytes, Buffer.from('and more')]);
    expect(decodeDatagram(longer).part).toEqual(decodeDatagram(bytes).part);
  });
});

describe('a mailslot write', () => {
  test.each(ofPort(138))('%s: reads, and is written the same', (_, bytes) => {
    const { data } = decodeBody(decodeDatagram(bytes).part);
    const write = decodeMailslotWrite(data);
    const end = MAILSLOT_WRITE.length + '\\MAILSLOT\\'.length + write.slot.length + 1;
    const isPadded = write.data.byteOffset - data.byteOffset > end;
    const again = encodeMailslotWrite(write, isPadded ? 4 : 1);
    expect(Buffer.from(again).toString('hex')).toBe(Buffer.from(data).toString('hex'));
  });

  // [MS-MAIL] product behaviour note 2.
  test.each([
    [1, 428],
    [4, 428],
    [5, 424],
    [8, 424],
    [9, 420],
    [12, 420],
    [13, 416],
    [16, 416],
    [351, 80],
    [431, 0],
    [432, 0],
  ])('to a slot whose name has %d characters has %d bytes at most', (length, most) => {
    const slot = 'X'.repeat(length);
    expect(dataBytesMax(slot)).toBe(most);
    const longest = encodeMailslotWrite({ slot, data: new Uint8Array(most), header: {} });
    expect(longest).toHaveLength(SMB_BYTES_MAX);
  });

  test('finds its data where it says, whatever lies between', () => {
    const bytes = encodeMailslotWrite({ slot: 'X', data: Buffer.from('data'), header: {} });
    const end = bytes.lastIndexOf(0x58) + 2;
    expect(Buffer.from(bytes.subarray(end)).toString()).toBe('\0\0\0data');
    bytes.fill(0xaa, end, end + 3);
    expect(Buffer.from(decodeMailslotWrite(bytes).data).toString()).toBe('data');
  });

  test('is told from everything else', () => {
    const write = encodeMailslotWrite({ slot: 'LOBBY', data: Buffer.from('data'), header: {} });
    const broken = [
      [0, 0xfe], // SMB 2
      [4, 0x26], // another command
      [32, 16],
      [35, 99], // not all of the data
      [57, 0], // data before the name
      [57, 0xff], // data behind the end
      [59, 2],
      [61, 2], // not a write
      [67, 3], // a name that does not end
      [69, 0x2f],
    ] as const;
    for (const [at, value] of broken) {
      const bytes = write.slice();
      bytes[at] = value;
      expect(() => decodeMailslotWrite(bytes), `byte ${at}`).toThrow(DecodeError);
    }
  });

  test('has a table whose offsets are those of the specification', () => {
    const offsets: Record<string, number> = {};
    let at = 0;
    for (const { name, type } of MAILSLOT_WRITE.fields) {
      offsets[name] = at;
      at += typeof type === 'object' ? type.bytes : { uint8: 1, uint16: 2, uint32: 4 }[type];
    }
    expect(offsets).toMatchObject({
      securityFeatures: 14,
      mid: 30,
      wordCount: 32,
      transactionFlags: 43,
      timeoutMs: 45,
      dataCount: 55,
      dataOffset: 57,
      opcode: 61,
      byteCount: 67,
    });
    expect(MAILSLOT_WRITE.length).toBe(69);
  });

  test('carries any bytes to any slot', () => {
    const slot = fc.stringMatching(/^[\x21-\x7e]{1,60}$/);
    fc.assert(
      fc.property(slot, fc.uint8Array({ maxLength: 300 }), (slot, data) => {
        const read = decodeMailslotWrite(encodeMailslotWrite({ slot, data, header: {} }));
        expect(read).toMatchObject({ slot, data });
      }),
    );
  });
});
