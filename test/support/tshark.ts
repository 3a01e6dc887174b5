/** A second opinion on what we send: Wireshark's. */

import { execFileSync } from 'node:child_process';

import { pcapOf, type SentDatagram } from './pcap.ts';

/** Wireshark numbers its notes by how bad they are; from this on, something is wrong with the frame. */
const EXPERT_WARN = 0x0060_0000;

/** A frame as Wireshark reads it. */
export interface Dissection {
  /** The summary of the last protocol it found. */
  readonly info: string;
  /** Warnings and errors, in words, malformed frames among them. */
  readonly complaints: readonly string[];
}

/** What tshark says of a capture in the format of tcpdump, frame by frame. `filter` is a display filter. */
export function dissectCapture(pcap: Uint8Array, filter: string = 'udp'): Dissection[] {
  const fields = ['_ws.col.Info', '_ws.expert.severity', '_ws.expert.message', '_ws.malformed'];
  const options = ['-n', '-r', '-', '-Y', filter, '-T', 'fields', '-E', 'occurrence=a'];
  const separators = ['-E', 'separator=/t', '-E', 'aggregator=|'];
  const output = execFileSync(
    'tshark',
    [...options, ...separators, ...fields.flatMap((field) => ['-e', field])],
    { input: pcap, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] },
  );
  return output.split('\n').slice(0, -1).map(parse);
}

/** What tshark says of UDP datagrams. */
export function dissect(datagrams: readonly SentDatagram[]): Dissection[] {
  return dissectCapture(pcapOf(datagrams));
}

function parse(line: string): Dissection {
  const [info = '', severities = '', messages = '', malformed = ''] = line.split('\t');
  const texts = messages.split('|');
  const complaints = severities
    .split('|')
    .flatMap((severity, at) => (Number(severity) >= EXPERT_WARN ? [texts[at] ?? severity] : []));
  return { info, complaints: malformed === '' ? complaints : [...complaints, 'malformed'] };
}
