/** Counts what passes the switch: whole frames, with their Ethernet header, each once. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import type { Lan } from './lan.ts';
import { lastWill } from './last-will.ts';

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;

/** Nobody reads more than a frame's length. */
const SNAP_BYTES = 64;

export interface Traffic {
  readonly packets: number;
  readonly bytes: number;
}

export class Capture implements AsyncDisposable {
  readonly #directory: string;
  readonly #tcpdump: ChildProcess;
  readonly #end: () => void;

  /** Resolves when every frame is seen from then on. */
  static async start(lan: Lan): Promise<Capture> {
    const directory = await mkdtemp(join(tmpdir(), 'bench-peers-'));
    const capture = new Capture(lan, directory);
    // It says that it listens.
    await once(createInterface({ input: capture.#tcpdump.stderr! }), 'line');
    return capture;
  }

  private constructor(lan: Lan, directory: string) {
    this.#directory = directory;
    const quickly = ['-n', '-s', String(SNAP_BYTES), '-Z', 'root'];
    const [command, ...args] = lan.command('tcpdump', '-i', 'br0', ...quickly);
    this.#tcpdump = spawn(command, [...args, '-w', this.#file, 'udp or tcp'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#end = lastWill(() => this.#tcpdump.kill());
  }

  get #file(): string {
    return join(this.#directory, 'frames.pcap');
  }

  /** Stops, and tells what was seen. */
  async stop(): Promise<Traffic> {
    const exit = once(this.#tcpdump, 'exit');
    this.#end();
    await exit;
    return count(await readFile(this.#file));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** Reads the headers of a capture in the classic format, written by a little-endian machine. */
function count(file: Buffer): Traffic {
  let [packets, bytes] = [0, 0];
  let at = FILE_HEADER_BYTES;
  while (at + RECORD_HEADER_BYTES <= file.length) {
    packets++;
    bytes += file.readUInt32LE(at + 12);
    at += RECORD_HEADER_BYTES + file.readUInt32LE(at + 8);
  }
  return { packets, bytes };
}
