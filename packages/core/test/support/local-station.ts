/** A station with nothing but the local transport, and all that it was told. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import {
  local,
  type MailslotError,
  systemClock,
  systemRandom,
  type Transport,
} from '@mailslot/core';
import { type Datagram, slotPath, type TransportHost, utf8Bytes } from '@mailslot/core/internal';

export const LOBBY = slotPath('lobby');

export interface LocalStation {
  readonly transport: Transport;
  readonly host: TransportHost;
  readonly received: Datagram[];
  readonly problems: MailslotError[];
}

let stations = 0;

/** A directory for sockets that is removed after the test. Its path is short enough anywhere. */
export async function socketDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'ms-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Starts a station that is stopped after the test. */
export async function localStation(
  directory: string,
  options: Partial<TransportHost> = {},
): Promise<LocalStation> {
  const received: Datagram[] = [];
  const problems: MailslotError[] = [];
  const number = ++stations;
  const host: TransportHost = {
    station: { id: `st-${1000 + number}`.slice(0, 6), computerName: 'ANN-PC', domain: 'WORKGROUP' },
    clock: systemClock,
    random: systemRandom,
    receive: (datagram) => void received.push(datagram),
    interfacesChanged() {},
    woke() {},
    problem: (error) => void problems.push(error),
    ...options,
  };
  const transport = local({ directory });
  await transport.start(host);
  onTestFinished(() => transport.stop());
  return { transport, host, received, problems };
}

let sequence = 0;

export function message(
  data: string | Uint8Array,
  options: { anonymous?: boolean; sequence?: number } = {},
): { sequence: number; data: Uint8Array; anonymous: boolean } {
  const bytes = typeof data === 'string' ? utf8Bytes(data) : data;
  return { sequence: sequence++, data: bytes, anonymous: false, ...options };
}

export function texts(datagrams: readonly Datagram[]): string[] {
  return datagrams.map(({ data }) => new TextDecoder().decode(data));
}
