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
  readonly trust = 'brokered';
  /** A server does not tell where a message comes from. */
  readonly address = undefined;
  readonly interfaces: readonly string[] = INTERFACE_NAMES;
  readonly station: string;

  constructor(station: string) {
    this.station = station;
    this.id = `nats:${hexOf(station)}`;
  }
}

/** Stations whose source is kept, at least; of twice as many at most. Some 200 bytes each. */
const SOURCES_MAX = 16_384;

/** One source for each station, so that those above see at a glance that nothing has moved. */
export class NatsSources {
  /** Two generations, as in a bucket table: invented stations push each other out. */
  #younger = new Map<string, NatsSource>();
  #elder = new Map<string, NatsSource>();

  of(station: string): NatsSource {
    const known = this.#younger.get(station);
    if (known !== undefined) return known;
    const source = this.#elder.get(station) ?? new NatsSource(station);
    this.#younger.set(station, source);
    if (this.#younger.size >= SOURCES_MAX) {
      this.#elder = this.#younger;
      this.#younger = new Map();
    }
    return source;
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
