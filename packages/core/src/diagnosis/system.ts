/** As much of the computer as an examination looks at, all of it replaceable. */

import { createSocket } from 'node:dgram';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces, release } from 'node:os';

import { type Clock, systemClock } from '../clock.ts';
import { joinNetwork } from '../network.ts';
import { type Random, systemRandom } from '../random.ts';
import { local, type LocalOptions } from '../transports/local/local.ts';
import type { Endpoint } from '../transports/udp/options.ts';
import { bind, close, connect } from '../transports/udp/sockets.ts';
import type { UdpSystem } from '../transports/udp/udp-transport.ts';
import type { Environment } from './computer-findings.ts';
import type { Link } from './interface-findings.ts';

export interface DiagnosisSystem extends UdpSystem {
  readonly clock: Clock;
  readonly random: Random;
  readonly environment: () => Environment;
  /** Every network device, as far as the system lists them. */
  readonly links: () => readonly Link[];
  /** Takes a port of this computer for a moment. Rejects with the system's error. */
  readonly tryPort: (port: number) => Promise<void>;
  /** From which address this computer would write there; nothing is sent. Rejects with the system's error. */
  readonly addressTowards: (endpoint: Endpoint) => Promise<string>;
  /** Has a message go through a mailslot of this computer. Rejects if it cannot. */
  readonly tryLocal: (options: LocalOptions, signal: AbortSignal | undefined) => Promise<void>;
}

export const realSystem: DiagnosisSystem = {
  clock: systemClock,
  random: systemRandom,
  platform: process.platform,
  createSocket,
  networkInterfaces,
  environment: () => ({
    release: release(),
    container: CONTAINER_MARKS.some((path) => existsSync(path)),
  }),
  links,
  tryPort,
  addressTowards,
  tryLocal,
};

/** What Docker and Podman leave in every container. */
const CONTAINER_MARKS: readonly string[] = ['/.dockerenv', '/run/.containerenv'];

/** Where Linux shows its network devices. */
const DEVICES = '/sys/class/net';

function links(): Link[] {
  try {
    return readdirSync(DEVICES).map((name) => {
      const state = readFileSync(`${DEVICES}/${name}/operstate`, 'utf8').trim();
      return { name, up: state !== 'down' && state !== 'lowerlayerdown' };
    });
  } catch {
    // Not Linux, or one that hides them.
    return [];
  }
}

/** On loopback alone: whether a program may have a port does not depend on the address. */
async function tryPort(port: number): Promise<void> {
  const socket = createSocket('udp4');
  try {
    await bind(socket, port, '127.0.0.1');
  } finally {
    await close(socket);
  }
}

async function addressTowards({ address, port, family }: Endpoint): Promise<string> {
  const socket = createSocket(family === 'IPv4' ? 'udp4' : 'udp6');
  try {
    await bind(socket, 0, family === 'IPv4' ? '0.0.0.0' : '::');
    await connect(socket, port, address);
    return socket.address().address;
  } finally {
    await close(socket);
  }
}

/** How long a message takes at the most that goes from this process to itself. */
const LOCAL_MS_MAX = 1_000;

const ID_BYTES = 6;

async function tryLocal(options: LocalOptions, signal: AbortSignal | undefined): Promise<void> {
  const cancel = signal === undefined ? {} : { signal };
  const id = Buffer.from(systemRandom.bytes(ID_BYTES)).toString('hex');
  const reader = await joinNetwork({ transports: [local(options)], ...cancel });
  try {
    const slot = await reader.createMailslot(`doctor-${id}`, cancel);
    // Another network, so that the message really leaves the first one.
    const writer = await joinNetwork({ transports: [local(options)], ...cancel });
    try {
      await writer.send(slot.name, id);
      await slot.read({ timeoutMs: LOCAL_MS_MAX, ...cancel });
    } finally {
      await writer.close();
    }
  } finally {
    await reader.close();
  }
}
