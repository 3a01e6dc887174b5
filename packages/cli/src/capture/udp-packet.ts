/** The UDP datagram in a captured packet. */

import { SocketAddress } from 'node:net';

import type { CapturedPacket } from './capture-file.ts';

export interface UdpPacket {
  readonly source: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payload: Buffer;
}

/** LINKTYPE_… numbers, and how many bytes come before the type of what they carry, or before IP itself. */
const ETHERNET = 1;
const ETHERNET_TYPE_AT = 12;
const LINUX_COOKED = 113;
const LINUX_COOKED_TYPE_AT = 14;
const LINUX_COOKED_2 = 276;
const LINUX_COOKED_2_BYTES = 20;
const LOOPBACK = new Set([0, 108]);
const LOOPBACK_BYTES = 4;
const RAW = new Set([12, 101, 228, 229]);

const VLAN_TAGS = new Set([0x8100, 0x88a8]);
const IP_TYPES = new Set([0x0800, 0x86dd]);

const UDP = 17;
const UDP_BYTES = 8;
const IPV4_BYTES_MIN = 20;
const IPV6_BYTES = 40;

/** Undefined for whatever else it is: other protocols, fragments, packets cut too short. */
export function udpPacketIn({ linkType, bytes }: CapturedPacket): UdpPacket | undefined {
  const packet = networkLayer(linkType, bytes);
  switch ((packet?.[0] ?? 0) >> 4) {
    case 4:
      return ipv4(packet!);
    case 6:
      return ipv6(packet!);
    default:
      return undefined;
  }
}

/** From the IP header on. */
function networkLayer(linkType: number, bytes: Buffer): Buffer | undefined {
  if (linkType === ETHERNET) return afterType(bytes, ETHERNET_TYPE_AT);
  if (linkType === LINUX_COOKED) return afterType(bytes, LINUX_COOKED_TYPE_AT);
  if (linkType === LINUX_COOKED_2) return bytes.subarray(LINUX_COOKED_2_BYTES);
  if (LOOPBACK.has(linkType)) return bytes.subarray(LOOPBACK_BYTES);
  return RAW.has(linkType) ? bytes : undefined;
}

function afterType(bytes: Buffer, at: number): Buffer | undefined {
  let typeAt = at;
  while (typeAt + 2 <= bytes.length) {
    const type = bytes.readUInt16BE(typeAt);
    if (IP_TYPES.has(type)) return bytes.subarray(typeAt + 2);
    if (!VLAN_TAGS.has(type)) return undefined;
    typeAt += 4;
  }
  return undefined;
}

function ipv4(packet: Buffer): UdpPacket | undefined {
  if (packet.length < IPV4_BYTES_MIN || packet[9] !== UDP) return undefined;
  const fragment = packet.readUInt16BE(6) & 0x3fff;
  if (fragment !== 0) return undefined;
  const header = (packet[0]! & 0x0f) * 4;
  const source = packet.subarray(12, 16).join('.');
  return udp(packet.subarray(header, packet.readUInt16BE(2)), source);
}

function ipv6(packet: Buffer): UdpPacket | undefined {
  if (packet.length < IPV6_BYTES || packet[6] !== UDP) return undefined;
  const groups = Array.from({ length: 8 }, (_, at) => packet.readUInt16BE(8 + 2 * at).toString(16));
  const source = new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address;
  return udp(packet.subarray(IPV6_BYTES, IPV6_BYTES + packet.readUInt16BE(4)), source);
}

function udp(datagram: Buffer, source: string): UdpPacket | undefined {
  if (datagram.length < UDP_BYTES) return undefined;
  return {
    source,
    sourcePort: datagram.readUInt16BE(0),
    destinationPort: datagram.readUInt16BE(2),
    payload: datagram.subarray(UDP_BYTES, Math.max(UDP_BYTES, datagram.readUInt16BE(4))),
  };
}
