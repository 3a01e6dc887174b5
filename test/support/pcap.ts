/** Reads what tcpdump writes, as far as the tests need it: UDP over IPv4 and IPv6 on Ethernet. */

import { SocketAddress } from 'node:net';

/** One UDP datagram as it was on the wire. */
export interface CapturedDatagram {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** The TTL or hop limit. */
  readonly hops: number;
  readonly payload: Buffer;
}

/** The classic format, written by a little-endian machine. */
const MAGIC = 0xa1b2c3d4;
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const ETHERNET_BYTES = 14;
const UDP = 17;

/** A capture without the record at its end that is not complete yet: programs that read captures refuse it. */
export function wholeRecords(file: Buffer): Buffer {
  let end = Math.min(file.length, FILE_HEADER_BYTES);
  for (let at = end; at + RECORD_HEADER_BYTES <= file.length;) {
    at += RECORD_HEADER_BYTES + file.readUInt32LE(at + 8);
    if (at <= file.length) end = at;
  }
  return file.subarray(0, end);
}

/** The datagrams of a capture; a record that is not complete yet is left out. */
export function readPcap(file: Buffer): CapturedDatagram[] {
  if (file.length < FILE_HEADER_BYTES) return [];
  if (file.readUInt32LE(0) !== MAGIC) throw new Error('This is no little-endian pcap file.');
  const datagrams: CapturedDatagram[] = [];
  for (let at = FILE_HEADER_BYTES; at + RECORD_HEADER_BYTES <= file.length;) {
    const end = at + RECORD_HEADER_BYTES + file.readUInt32LE(at + 8);
    if (end > file.length) break;
    const datagram = readEthernet(file.subarray(at + RECORD_HEADER_BYTES, end));
    if (datagram !== undefined) datagrams.push(datagram);
    at = end;
  }
  return datagrams;
}

function readEthernet(frame: Buffer): CapturedDatagram | undefined {
  const packet = frame.subarray(ETHERNET_BYTES);
  switch (frame.readUInt16BE(12)) {
    case 0x0800:
      return readIpv4(packet);
    case 0x86dd:
      return readIpv6(packet);
    default:
      return undefined;
  }
}

function readIpv4(packet: Buffer): CapturedDatagram | undefined {
  if (packet[9] !== UDP) return undefined;
  const address = (at: number): string => packet.subarray(at, at + 4).join('.');
  return {
    source: address(12),
    destination: address(16),
    hops: packet[8]!,
    ...readUdp(packet.subarray((packet[0]! & 0x0f) * 4, packet.readUInt16BE(2))),
  };
}

function readIpv6(packet: Buffer): CapturedDatagram | undefined {
  if (packet[6] !== UDP) return undefined;
  return {
    source: ipv6Text(packet.subarray(8, 24)),
    destination: ipv6Text(packet.subarray(24, 40)),
    hops: packet[7]!,
    ...readUdp(packet.subarray(40, 40 + packet.readUInt16BE(4))),
  };
}

function readUdp(
  datagram: Buffer,
): Pick<CapturedDatagram, 'sourcePort' | 'destinationPort' | 'payload'> {
  return {
    sourcePort: datagram.readUInt16BE(0),
    destinationPort: datagram.readUInt16BE(2),
    payload: datagram.subarray(8),
  };
}

/** As systems write it. */
function ipv6Text(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(2 * at).toString(16));
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address;
}

/** A UDP datagram to be written into a capture. */
export interface SentDatagram {
  readonly port: number;
  readonly payload: Uint8Array;
}

const IPV4_BYTES = 20;
const UDP_BYTES = 8;
const SNAP_BYTES = 65_535;
const LINK_TYPE_ETHERNET = 1;

/** A capture of datagrams to and from one port each, for programs that read captures. */
export function pcapOf(datagrams: readonly SentDatagram[]): Buffer {
  const header = Buffer.alloc(FILE_HEADER_BYTES);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(SNAP_BYTES, 16);
  header.writeUInt32LE(LINK_TYPE_ETHERNET, 20);
  return Buffer.concat([header, ...datagrams.flatMap(record)]);
}

function record({ port, payload }: SentDatagram, at: number): Buffer[] {
  const headers = Buffer.alloc(ETHERNET_BYTES + IPV4_BYTES + UDP_BYTES);
  headers.writeUInt16BE(0x0800, 12);
  const ip = headers.subarray(ETHERNET_BYTES);
  ip[0] = 0x45;
  ip.writeUInt16BE(IPV4_BYTES + UDP_BYTES + payload.length, 2);
  ip[8] = 64;
  ip[9] = UDP;
  // From 192.0.2.1 to 192.0.2.2, of the block for examples; checksums of 0 are not checked.
  ip.set([192, 0, 2, 1, 192, 0, 2, 2], 12);
  const udp = ip.subarray(IPV4_BYTES);
  udp.writeUInt16BE(port, 0);
  udp.writeUInt16BE(port, 2);
  udp.writeUInt16BE(UDP_BYTES + payload.length, 4);
  const prefix = Buffer.alloc(RECORD_HEADER_BYTES);
  prefix.writeUInt32LE(at, 0);
  prefix.writeUInt32LE(headers.length + payload.length, 8);
  prefix.writeUInt32LE(headers.length + payload.length, 12);
  return [prefix, headers, Buffer.from(payload)];
}
