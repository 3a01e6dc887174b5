import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { DecodeError } from '../src/bytes.ts';
import { seededRandom } from '../src/random.ts';
import {
  CORRESPONDENT_MS,
  Correspondents,
  CORRESPONDENTS_HOST_MAX,
  CORRESPONDENTS_MAX,
  RENEW_MS,
  TOLD_MAX,
} from '../src/transports/udp/correspondents.ts';
import type { Endpoint } from '../src/transports/udp/options.ts';
import { decodePlace, encodePlace } from '../src/transports/udp/places.ts';
import {
  decodeSeeding,
  encodeSeeding,
  NO_COOKIE,
  PLACES_MAX,
  type SeedingMessage,
  TOKEN_BYTES,
} from '../src/transports/udp/seeding.ts';
import { UdpSource } from '../src/transports/udp/sources.ts';

/** The port that all share, of seeds; and the own one that a station speaks from. */
const SHARED = 19_795;
const OWN = 40_000;

function endpoint(host: number, port = OWN): Endpoint {
  return { address: `10.0.${host >> 8}.${host & 0xff}`, port, family: 'IPv4' };
}

function sourceAt(endpoint: Endpoint): UdpSource {
  return new UdpSource(endpoint, { trust: 'on-link', interfaces: ['eth0'] }, false);
}

/** Hosts that hear one another by unicast alone; datagrams arrive at once, and may be lost. */
class Network {
  readonly hosts: { endpoint: Endpoint; correspondents: Correspondents; sources: UdpSource[] }[] =
    [];
  now = 1;
  datagrams = 0;
  lost: () => boolean = () => false;
  readonly #queue: (() => void)[] = [];

  add(host: number, seeds: readonly Endpoint[] = []): Correspondents {
    const own = endpoint(host);
    const sources: UdpSource[] = [];
    const correspondents = new Correspondents(seeds, {
      random: seededRandom(host),
      sources,
      send: (to, payload) => this.#send(own, to, payload),
      sourceAt: (place) => sources.find(({ id }) => id === sourceAt(place).id) ?? sourceAt(place),
      placeOf: (source) => encodePlace(source),
      locate: (place) => {
        const endpoint = decodePlace(place, undefined);
        return endpoint && sourceAt(endpoint);
      },
    });
    this.hosts.push({ endpoint: own, correspondents, sources });
    return correspondents;
  }

  run(seconds: number): void {
    for (let second = 0; second < seconds; second++) {
      for (const { correspondents } of this.hosts) correspondents.tick(this.now);
      for (let next = this.#queue.shift(); next; next = this.#queue.shift()) next();
      this.now += 1000;
    }
  }

  #send(from: Endpoint, to: UdpSource, payload: Uint8Array): void {
    this.datagrams++;
    const target = this.hosts.find(({ endpoint }) => endpoint.address === to.address);
    if (target === undefined || this.lost()) return;
    this.#queue.push(() => target.correspondents.receive(sourceAt(from), payload, this.now));
  }
}

function targetsOf(correspondents: Correspondents): string[] {
  return correspondents.targets.map(({ address }) => address).toSorted();
}

describe('one seed', () => {
  test('is enough to learn all, who then write to one another without it', () => {
    const network = new Network();
    const all = [1, 2, 3, 4, 5].map((host) =>
      network.add(host, host === 1 ? [] : [endpoint(1, SHARED)]),
    );
    network.run(10);
    const addresses = network.hosts.map(({ endpoint }) => endpoint.address);
    for (const [at, one] of all.entries()) {
      expect(targetsOf(one)).toEqual(addresses.filter((_, other) => other !== at));
    }
    network.hosts.shift();
    network.run(60);
    for (const [at, one] of all.slice(1).entries()) {
      expect(targetsOf(one)).toEqual(addresses.slice(1).filter((_, other) => other !== at));
    }
  });

  test('is enough at 30 % loss, too', () => {
    const network = new Network();
    const random = seededRandom(3);
    network.lost = () => random.next() < 0.3;
    const all = [1, 2, 3, 4].map((host) =>
      network.add(host, host === 1 ? [] : [endpoint(1, SHARED)]),
    );
    network.run(20);
    for (const one of all) expect(one.targets).toHaveLength(3);
  });

  test('that starts again at another port is found again', () => {
    const network = new Network();
    const guest = network.add(2, [endpoint(1, SHARED)]);
    network.add(1);
    network.run(2);
    expect(guest.targets).toHaveLength(1);
    network.hosts.pop();
    network.run(CORRESPONDENT_MS / 1000 + 1);
    expect(guest.targets).toEqual([]);
    network.add(1);
    network.run(2 * (RENEW_MS / 1000));
    expect(guest.targets).toHaveLength(1);
  });

  test('that is heard by multicast is not asked', () => {
    const network = new Network();
    const guest = network.add(2, [endpoint(1)]);
    const seed = sourceAt(endpoint(1));
    seed.came('multicast', 1);
    network.hosts[0]!.sources.push(seed);
    network.run(5);
    expect(network.datagrams).toBe(0);
    expect(guest.targets).toEqual([]);
  });

  test('tells of those it hears by multicast', () => {
    const network = new Network();
    network.add(1);
    const neighbour = sourceAt(endpoint(3));
    neighbour.came('multicast', 1);
    network.hosts[0]!.sources.push(neighbour);
    const guest = network.add(2, [endpoint(1, SHARED)]);
    network.add(3);
    network.run(2);
    expect(targetsOf(guest)).toEqual(['10.0.0.1', '10.0.0.3']);
  });
});

describe('limits', () => {
  test(`are ${CORRESPONDENTS_MAX} correspondents, ${CORRESPONDENTS_HOST_MAX} of one address`, () => {
    const network = new Network();
    const seed = network.add(1);
    for (let host = 2; host < CORRESPONDENTS_MAX + 10; host++) {
      network.hosts.splice(1);
      network.add(host, [endpoint(1, SHARED)]);
      network.run(1);
      network.now -= 1000;
    }
    expect(seed.targets).toHaveLength(CORRESPONDENTS_MAX);

    const said: SeedingMessage[] = [];
    const crowded = new Correspondents([], {
      random: seededRandom(1),
      sources: [],
      send: (_, payload) => said.push(decodeSeeding(payload)!),
      sourceAt,
      placeOf: () => undefined,
      locate: () => undefined,
    });
    for (let port = 0; port <= CORRESPONDENTS_HOST_MAX; port++) {
      const from = sourceAt(endpoint(2, OWN + port));
      const hello = { type: 'hello', token: NO_COOKIE } as const;
      crowded.receive(from, encodeSeeding({ ...hello, cookie: NO_COOKIE }), 1);
      const { cookie = NO_COOKIE } = said.pop() as { readonly cookie?: Uint8Array };
      crowded.receive(from, encodeSeeding({ ...hello, cookie }), 1);
    }
    expect(crowded.targets).toHaveLength(CORRESPONDENTS_HOST_MAX);
  });

  test(`are ${TOLD_MAX} places told of, each given up if nobody answers there`, () => {
    const network = new Network();
    const asked = new Set<string>();
    const liar = sourceAt(endpoint(1));
    let token: Uint8Array = NO_COOKIE;
    const guest = new Correspondents([endpoint(1, SHARED)], {
      random: seededRandom(1),
      sources: [],
      send: (to, payload) => {
        const message = decodeSeeding(payload)!;
        if (to.port === SHARED) ({ token } = message);
        else asked.add(to.id);
      },
      sourceAt,
      placeOf: () => undefined,
      locate: (place) => {
        const endpoint = decodePlace(place, undefined);
        return endpoint && sourceAt(endpoint);
      },
    });
    guest.tick(network.now);
    const tell = (first: number, now: number): void => {
      const hosts = Array.from({ length: PLACES_MAX }, (_, at) =>
        encodePlace(endpoint(first + at))!,
      );
      guest.receive(liar, encodeSeeding({ type: 'places', token, places: hosts }), now);
    };
    tell(1000, network.now);
    tell(2000, network.now);
    expect(asked.size).toBe(TOLD_MAX);
    for (let now = 2; now < 60_000; now += 1000) guest.tick(now);
    asked.clear();
    guest.tick(70_000);
    expect(asked.size).toBe(0);
    // Whoever was not asked tells nothing.
    guest.receive(
      liar,
      encodeSeeding({
        type: 'places',
        token: new Uint8Array(8).fill(9),
        places: [encodePlace(endpoint(9))!],
      }),
      70_000,
    );
    expect(asked.size).toBe(0);
  });
});

describe('the messages', () => {
  const token = fc.uint8Array({ minLength: TOKEN_BYTES, maxLength: TOKEN_BYTES });
  const place = fc.uint8Array({ maxLength: 32 });

  test('decode to what was encoded', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.record({ type: fc.constant('hello' as const), token, cookie: token }),
          fc.record({ type: fc.constant('cookie' as const), token, cookie: token }),
          fc.record({
            type: fc.constant('places' as const),
            token,
            places: fc.array(place, { maxLength: PLACES_MAX }),
          }),
        ),
        (message) => {
          expect(decodeSeeding(encodeSeeding(message))).toEqual(message);
        },
      ),
    );
  });

  test(`name ${PLACES_MAX} places at most, and anything else is a DecodeError`, () => {
    const places = Array.from({ length: PLACES_MAX + 1 }, () => new Uint8Array(1));
    const tooMany = encodeSeeding({ type: 'places', token: NO_COOKIE, places });
    expect(() => decodeSeeding(tooMany)).toThrow(DecodeError);
    expect(decodeSeeding(new Uint8Array([9, ...NO_COOKIE]))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(errorOf(() => decodeSeeding(bytes)) ?? DecodeError).toBe(DecodeError);
      }),
    );
  });
});

/** The class of what a call throws. */
function errorOf(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return Object(error).constructor;
  }
}
