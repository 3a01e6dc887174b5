/** Where a datagram came from that a bridge has brought: a station of another network, behind a place of this one. */

import { STATION_ID_BYTES } from '../../message.ts';
import type { HeardBy, Source, Trust } from '../transport.ts';
import { encodePlace } from './places.ts';
import { UdpSource } from './sources.ts';

export class RelayedSource implements Source {
  readonly transport = 'udp';
  readonly id: string;
  /** An application cannot dial the station there: what it would reach is the bridge. */
  readonly address = undefined;
  /** The bridge. */
  readonly via: UdpSource;
  readonly station: string;

  constructor(via: UdpSource, station: string) {
    this.via = via;
    this.station = station;
    this.id = `${via.id}/${Buffer.from(station, 'latin1').toString('hex')}`;
  }

  /**
   * The station, by whichever bridge and family: what it says comes by all of them, and only the first copy is heard. So
   * whoever poses as a bridge can speak for any station beyond one, but for none that is here.
   */
  get host(): string {
    return `beyond/${this.station}`;
  }

  /** However near the bridge is, nobody here knows what is beyond it. */
  get trust(): Trust {
    return this.via.trust === 'routed' ? 'routed' : 'relayed';
  }

  get interfaces(): readonly string[] {
    return this.via.interfaces;
  }

  get heardBy(): readonly HeardBy[] {
    return this.via.heardBy;
  }
}

/** Where a station is, as a neighbour of its bridge is told: where the bridge is, then the station. */
export function encodeRelayedPlace({ via, station }: RelayedSource): Uint8Array | undefined {
  const bridge = encodePlace(via);
  return bridge && new Uint8Array([...bridge, ...stationBytes(station)]);
}

/** The two parts of such a place; undefined if it is too short for one. */
export function splitRelayedPlace(place: Uint8Array): readonly [Uint8Array, string] | undefined {
  const at = place.length - STATION_ID_BYTES;
  return at > 0 ? [place.subarray(0, at), stationIn(place.subarray(at))] : undefined;
}

/** The same, as those beyond the bridge are told: they have no use for a place of this network. */
export function encodeStation(source: Source): Uint8Array | undefined {
  if (source instanceof RelayedSource) return stationBytes(source.station);
  const station = source instanceof UdpSource ? source.header?.station : undefined;
  return station === undefined ? undefined : stationBytes(station);
}

/** The station that one beyond the bridge tells of: the way to it is the same. */
export function decodeStation(place: Uint8Array, { via }: RelayedSource): Source | undefined {
  return place.length === STATION_ID_BYTES ? new RelayedSource(via, stationIn(place)) : undefined;
}

function stationBytes(station: string): Uint8Array {
  return Uint8Array.from(Buffer.from(station, 'latin1'));
}

function stationIn(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
