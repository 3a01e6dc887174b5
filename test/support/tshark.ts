/** A second opinion on what we send: Wireshark's. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { pcapOf, type SentDatagram } from './pcap.ts';

/** Wireshark numbers its notes by how bad they are; from this on, something is wrong with the frame. */
const EXPERT_WARN = 0x0060_0000;

const FIELDS = ['_ws.col.Info', '_ws.expert.severity', '_ws.expert.message', '_ws.malformed'];

/** A line a frame, tabs between fields, bars between the values of one. */
const FORMAT = [
  '-Eseparator=/t',
  '-Eoccurrence=a',
  '-Eaggregator=|',
  ...FIELDS.flatMap((field) => ['-e', field]),
];

/** A frame as Wireshark reads it. */
export interface Dissection {
  /** The summary of the last protocol it found. */
  readonly info: string;
  /** Warnings and errors, in words, malformed frames among them. */
  readonly complaints: readonly string[];
}

/** What tshark says of a capture in the format of tcpdump, frame by frame. `filter` is a display filter. */
export function dissectCapture(pcap: Uint8Array, filter: string = 'udp'): Dissection[] {
  const directory = mkdtempSync(join(tmpdir(), 'mailslot-tshark-'));
  try {
    // It reads no pipes in this way.
    const file = join(directory, 'capture.pcap');
    writeFileSync(file, pcap);
    const options = ['-n', '-r', file, '-Y', filter, '-T', 'fields', ...FORMAT];
    const output = execFileSync('tshark', options, { encoding: 'utf8', stdio: 'pipe' });
    return output.split('\n').slice(0, -1).map(parse);
  } finally {
    rmSync(directory, { recursive: true });
  }
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
