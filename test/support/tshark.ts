/** A second opinion on what we send: Wireshark's. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { pcapOf, type SentDatagram } from './pcap.ts';

/** Wireshark numbers its notes by how bad they are; from this on, something is wrong with the frame. */
const EXPERT_WARN = 0x0060_0000;

/** A line for each frame; captures of tests have some thousand. */
const OUTPUT_BYTES_MAX = 64 * 2 ** 20;

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
  const format = ['-T', 'fields', '-E', 'occurrence=a', '-E', 'separator=/t', '-E', 'aggregator=|'];
  const columns = fields.flatMap((field) => ['-e', field]);
  // It reads no capture from what Node makes of its standard input, which is a socket.
  const directory = mkdtempSync(join(tmpdir(), 'mailslot-tshark-'));
  try {
    const file = join(directory, 'capture.pcap');
    writeFileSync(file, pcap);
    const output = execFileSync('tshark', ['-n', '-r', file, '-Y', filter, ...format, ...columns], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: OUTPUT_BYTES_MAX,
    });
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
