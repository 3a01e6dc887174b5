import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { type Outcome, runProgram } from './support/program.ts';

/** Captured between Samba hosts. */
const NAMES = ['01-startup', '11-netlogon', '14-minimal'] as const;

function fileOf(name: (typeof NAMES)[number]): string {
  return fileURLToPath(new URL(`captures/${name}.pcapng`, import.meta.url));
}

function linesOf({ out }: Outcome): readonly string[] {
  return out.split('\n').slice(0, -1);
}

const monitor = (input: Uint8Array, ...more: string[]): Promise<Outcome> =>
  runProgram(['monitor', '--read', '-', ...more], { input });

describe('monitor --read', () => {
  test.each(NAMES)('has a line in plain words for every datagram of %s', async (name) => {
    const outcome = await runProgram(['monitor', '--read', fileOf(name)]);
    const lines = linesOf(outcome);
    expect(outcome.status).toBe(0);
    expect(lines).toHaveLength({ '01-startup': 13, '11-netlogon': 12, '14-minimal': 12 }[name]);
    const named =
      /announcement: |request election: |announcement request: |logon request: |logon response: /;
    expect(lines.filter((line) => !named.test(line))).toEqual([]);
    expect(outcome.err).toContain(`${lines.length} datagrams of NetBIOS`);
  });

  test('says what domain controllers are asked and answer', async () => {
    const lines = linesOf(await runProgram(['monitor', '--read', fileOf('11-netlogon')]));
    expect(lines.slice(-2)).toEqual([
      expect.stringMatching(
        /^\d\d:\d\d:\d\d\.\d{3} {2}10\.77\.0\.3 .* logon request: HOST3 asks who serves HOST3\$, answer to \\MAILSLOT\\NET\\GETDC1004D0A {2}from HOST3<00>$/,
      ),
      expect.stringMatching(/10\.77\.0\.1 .* logon response: \\\\HOST1 of MSLAB serves HOST3\$/),
    ]);
  });

  test('has the fields in JSON, and the time of the capture', async () => {
    const out = linesOf(await runProgram(['monitor', '--json', '--read', fileOf('11-netlogon')]));
    expect(JSON.parse(out.at(-1)!)).toMatchObject({
      time: '2026-11-22T08:33:32.004Z',
      source: '10.77.0.1',
      from: 'HOST1<00>',
      slot: 'NET\\GETDC1004D0A',
      service: { kind: 'sam-logon-response', outcome: 'logon', domain: 'MSLAB', ntVersion: 1 },
    });
    expect(JSON.parse(out[0]!)).toMatchObject({ slot: 'BROWSE', browser: { name: 'HOST1' } });
  });

  test('shows what only Samba takes, and what is wrong with it', async () => {
    const lines = linesOf(await runProgram(['monitor', '--read', fileOf('14-minimal')]));
    expect(lines.filter((line) => line.includes('malformed:'))).toEqual([
      expect.stringMatching(/host announcement: MINIMAL \(SERVER\).* malformed: Expected a part/),
    ]);
  });

  test('ends after so many lines', async () => {
    const outcome = await runProgram(['monitor', '--count', '3', '--read', fileOf('01-startup')]);
    expect(linesOf(outcome)).toHaveLength(3);
    expect(outcome.status).toBe(0);
  });

  test('shows an opaque payload as such, and no control character of it', async () => {
    const data = Buffer.from('\u001b[2Jsecret');
    const lines = linesOf(await monitor(pcap([mailslotWrite('CHEYENNEDS', data)])));
    expect(lines).toEqual([
      expect.stringMatching(/ARCserve discovery: 10 bytes in a format that is not public/),
    ]);
    const unknown = linesOf(await monitor(pcap([mailslotWrite('LOBBY', data)])));
    expect(unknown).toEqual([expect.stringMatching(/ ␛\[2Jsecret {2}from/)]);
  });

  test('shows what is no mailslot write as that', async () => {
    const lines = linesOf(await monitor(pcap([Buffer.from([0x13, 0, 1, 2, 3])])));
    expect(lines).toEqual([expect.stringMatching(/not a mailslot write: Expected a type of mess/)]);
  });
});

describe('captures', () => {
  const frame = mailslotWrite('LOBBY', Buffer.from('hello'));

  test.each([
    ['little endian, microseconds', { endian: 'LE', magic: 0xa1b2c3d4, fraction: 250_999 }],
    ['big endian, microseconds', { endian: 'BE', magic: 0xa1b2c3d4, fraction: 250_999 }],
    ['little endian, nanoseconds', { endian: 'LE', magic: 0xa1b23c4d, fraction: 250_999_999 }],
    ['big endian, nanoseconds', { endian: 'BE', magic: 0xa1b23c4d, fraction: 250_999_999 }],
  ] as const)('of tcpdump are read: %s', async (_, format) => {
    const [line] = linesOf(await monitor(pcap([frame], format), '--json'));
    expect(JSON.parse(line!)).toMatchObject({ time: '2023-11-14T22:13:20.250Z', text: 'hello' });
  });

  test.each([
    ['with a VLAN tag', 1, Buffer.from('02000000000102000000000281000007', 'hex'), true],
    ['of any interface of Linux', 113, Buffer.alloc(14), true],
    ['of a tunnel', 101, Buffer.alloc(0), false],
    ['of the loopback interface of BSD', 0, Buffer.from([2, 0, 0, 0]), false],
  ] as const)('%s are read', async (_, linkType, head, typed) => {
    const type = typed ? Buffer.from([8, 0]) : Buffer.alloc(0);
    const bytes = pcap([frame], { linkType, head: Buffer.concat([head, type]) });
    expect(linesOf(await monitor(bytes))).toEqual([expect.stringMatching(/hello/)]);
  });

  test('that break off end with their last whole packet', async () => {
    const bytes = readFileSync(fileOf('11-netlogon'));
    let lines = -1;
    for (let end = 200; end <= bytes.length; end += 97) {
      const outcome = await monitor(bytes.subarray(0, end));
      expect(outcome.status).toBe(0);
      expect(linesOf(outcome).length).toBeGreaterThanOrEqual(lines);
      lines = linesOf(outcome).length;
    }
    expect(lines).toBeGreaterThan(8);
  });

  test('other files are refused, and blocks that are too large', async () => {
    for (const input of [Buffer.alloc(0), Buffer.from('hello, world')]) {
      const outcome = await monitor(input);
      expect(outcome.status).toBe(2);
      expect(outcome.err).toContain('That is no capture');
    }
    const huge = pcap([frame]);
    huge.writeUInt32LE(0xfffffff0, 24 + 8);
    expect((await monitor(huge)).err).toContain('a block of 4294967280 bytes');
  });

  test('a file that is not there is told of', async () => {
    const outcome = await runProgram(['monitor', '--read', '/nowhere/office.pcap']);
    expect(outcome.status).toBe(1);
    expect(outcome.err).toContain('ENOENT');
  });

  test('damaged anywhere, they are shown or refused', async () => {
    const samples = [...NAMES.map((name) => readFileSync(fileOf(name))), pcap([frame, frame])];
    const change = fc.tuple(fc.nat(), fc.nat(255));
    const changes = fc.array(change, { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...samples), changes, async (sample, all) => {
        const bytes = Buffer.from(sample);
        for (const [at, value] of all) bytes[at % bytes.length] = value;
        expect([0, 2]).toContain((await monitor(bytes, '--json')).status);
      }),
      { numRuns: 300 },
    );
  });
});

interface Format {
  readonly endian?: 'LE' | 'BE';
  readonly magic?: number;
  readonly fraction?: number;
  readonly linkType?: number;
  readonly head?: Buffer;
}

const ETHERNET_HEAD = Buffer.from('0200000000010200000000020800', 'hex');

/** A capture of datagrams of NetBIOS. */
function pcap(
  datagrams: readonly Buffer[],
  {
    endian = 'LE',
    magic = 0xa1b2c3d4,
    fraction = 0,
    linkType = 1,
    head = ETHERNET_HEAD,
  }: Format = {},
): Buffer {
  const numbers = (...values: number[]): Buffer => {
    const bytes = Buffer.alloc(4 * values.length);
    for (const [at, value] of values.entries()) bytes[`writeUInt32${endian}`](value, 4 * at);
    return bytes;
  };
  const records = datagrams.flatMap((datagram) => {
    const packet = Buffer.concat([head, udp(datagram)]);
    return [numbers(1_700_000_000, fraction, packet.length, packet.length), packet];
  });
  return Buffer.concat([numbers(magic, 0, 0, 0, 65_535, linkType), ...records]);
}

/** A datagram from port 138 to port 138, in UDP and IPv4. */
function udp(payload: Buffer): Buffer {
  const packet = Buffer.alloc(28 + payload.length);
  packet[0] = 0x45;
  packet.writeUInt16BE(packet.length, 2);
  packet[9] = 17;
  packet.set([192, 0, 2, 1, 192, 0, 2, 2], 12);
  packet.writeUInt16BE(138, 20);
  packet.writeUInt16BE(138, 22);
  packet.writeUInt16BE(8 + payload.length, 24);
  packet.set(payload, 28);
  return packet;
}

/** A mailslot write from ANN-PC<00> to MSLAB<00>. */
function mailslotWrite(slot: string, data: Buffer): Buffer {
  const name = Buffer.from(`\\MAILSLOT\\${slot}\0`);
  const smb = Buffer.alloc(69);
  smb.write('\u00ffSMB%', 'latin1');
  smb[32] = 17;
  const offset = smb.length + name.length;
  smb.writeUInt16LE(data.length, 35);
  smb.writeUInt16LE(data.length, 55);
  smb.writeUInt16LE(offset, 57);
  smb.set([3, 0, 1, 0, 0, 0, 2, 0], 59);
  smb.writeUInt16LE(name.length + data.length, 67);
  const body = Buffer.concat([encoded('ANN-PC'), encoded('MSLAB'), smb, name, data]);
  const header = Buffer.from('1102000ac0000201008a00000000', 'hex');
  header.writeUInt16BE(body.length, 10);
  return Buffer.concat([header, body]);
}

/** A NetBIOS name with the suffix 00 (RFC 1001 section 14.1). */
function encoded(name: string): Buffer {
  const bytes = Buffer.from(`${name.padEnd(15)}\0`, 'latin1');
  const letters = [...bytes].flatMap((byte) => [0x41 + (byte >> 4), 0x41 + (byte & 15)]);
  return Buffer.from([32, ...letters, 0]);
}
