/** Where a datagram came from on NATS: a station. What lies between is nobody's business here. */

import { STATION_ID_BYTES } from '../../message.ts';
import type { Source } from '../transport.ts';
import { hexOf } from './subjects.ts';

/** What the one interface of this transport is called. */
export const INTERFACE_NAME = 'nats';

const INTERFACE_NAMES: readonly string[] = [INTERFACE_NAME];

export class NatsSource implements Source {
  readonly transport = 'nats';
  readonly id: string;
  /** Whoever may publish in this account and domain is as near as anyone on a LAN. */
  readonly trust = 'on-link';
  /** A server does not tell where a message comes from. */
  readonly address = undefined;
  readonly interfaces: readonly string[] = INTERFACE_NAMES;
  readonly station: string;

  constructor(station: string) {
    this.station = station;
    this.id = `nats:${hexOf(station)}`;
  }
}

/** What one station tells another of a third: its id, and nothing else. */
export function encodePlace({ station }: NatsSource): Uint8Array {
  return new Uint8Array(Buffer.from(station, 'latin1'));
}

/** Undefined if it is no place. */
export function decodePlace(place: Uint8Array): NatsSource | undefined {
  if (place.length !== STATION_ID_BYTES) return undefined;
  return new NatsSource(String.fromCharCode(...place));
}
