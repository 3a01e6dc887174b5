/** The places of a simulated segment, and how one peer tells another of them. */

import type { Source } from '@mailslot/core/internal';

const IPV4 = 4;
const PLACE_BYTES = 7;

/** One object for each place, as a transport hands them out. */
export class Addresses {
  readonly #sources = new Map<string, Source>();

  /** `host` counts the computers of the segment, from 0. */
  source(host: number, port: number): Source {
    return this.#sourceAt(addressOf(host), port);
  }

  /** A place that is named once, and not remembered here. */
  invented(host: number, port: number): Source {
    return sourceOf(addressOf(host), port);
  }

  // What follows is the `Places` of a machine.

  placeOf(source: Source): Uint8Array {
    const [address, port] = source.id.split(':') as [string, string];
    const numbers = address.split('.').map(Number);
    return Uint8Array.of(IPV4, Number(port) >>> 8, Number(port) & 0xff, ...numbers);
  }

  sourceOf(place: Uint8Array): Source | undefined {
    if (place.length !== PLACE_BYTES || place[0] !== IPV4) return undefined;
    return this.#sourceAt(place.subarray(3).join('.'), (place[1]! << 8) | place[2]!);
  }

  #sourceAt(address: string, port: number): Source {
    const id = `${address}:${port}`;
    let source = this.#sources.get(id);
    if (source === undefined) this.#sources.set(id, (source = sourceOf(address, port)));
    return source;
  }
}

function addressOf(host: number): string {
  return `10.${(host >>> 16) & 0xff}.${(host >>> 8) & 0xff}.${host & 0xff}`;
}

function sourceOf(address: string, port: number): Source {
  const id = `${address}:${port}`;
  return { transport: 'udp', id, trust: 'on-link', address, interfaces: ['eth0'] };
}
