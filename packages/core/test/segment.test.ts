import { describe, expect, test, vi } from 'vitest';

import { type Faults, type Port, Segment, type SegmentOptions } from '@mailslot/core/testing';

interface Heard {
  readonly packet: string;
  readonly from: string;
  readonly at: number;
}

/** One host with one port, and what it has heard. */
class Station {
  readonly heard: Heard[] = [];
  readonly refusals: number[] = [];
  readonly port: Port<string>;
  readonly #segment: Segment<string>;

  constructor(segment: Segment<string>, host: string) {
    this.#segment = segment;
    this.port = segment.attach(host, {
      receive: (packet, from) => {
        this.heard.push({ packet, from: from.host.name, at: segment.clock.now() - 1 });
      },
      refused: (by) => this.refusals.push(by.id),
    });
  }

  get packets(): string[] {
    return this.heard.map(({ packet }) => packet);
  }

  send(packet: string, to?: Station, bytes = 200): void {
    this.#segment.carry(this.port, to?.port, packet, bytes);
  }

  /** Sends so many packets, one each millisecond, numbered from 0. */
  stream(count: number): void {
    for (let number = 0; number < count; number++) {
      this.send(`${number}`);
      this.#segment.clock.advance(1);
    }
    this.#segment.clock.advance(100);
  }
}

function build<Names extends string[]>(options: SegmentOptions<string>, ...names: Names) {
  const segment = new Segment<string>(options);
  const stations = names.map((name) => new Station(segment, name));
  return { segment, stations: stations as { [Index in keyof Names]: Station } };
}

/** Of so many packets, one each millisecond, which one receiver gets and which another does. */
function received(options: SegmentOptions<string>, count: number): readonly [boolean[], boolean[]] {
  const { stations } = build({ seed: 3, ...options }, 'ann', 'bob', 'cat');
  const [ann, bob, cat] = stations;
  ann.stream(count);
  const which = (station: Station): boolean[] => {
    const got = new Set(station.packets);
    return Array.from({ length: count }, (_, number) => got.has(`${number}`));
  };
  return [which(bob), which(cat)];
}

const share = (flags: readonly boolean[]): number => flags.filter(Boolean).length / flags.length;

/** The lengths of all runs of losses. */
function gaps(got: readonly boolean[]): number[] {
  return got
    .map((one) => (one ? '1' : '0'))
    .join('')
    .split('1')
    .map((run) => run.length)
    .filter((length) => length > 0);
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Who hears whom: for each station the first letters of those who reach it. */
function reach(segment: Segment<string>, stations: readonly Station[]): string[] {
  for (const station of stations) {
    station.heard.length = 0;
    station.send('hello');
  }
  segment.clock.advance(10);
  return stations.map(({ heard }) => heard.map(({ from }) => from[0]).join(''));
}

/** Ann, and Bob whose port is closed. */
function closed(options: SegmentOptions<string> = {}) {
  const { segment, stations } = build({ latencyMs: 1, ...options }, 'ann', 'bob');
  const [ann, bob] = stations;
  segment.detach(bob.port);
  return { segment, ann, bob };
}

/** A run in which everything goes wrong at some time. */
function eventfulRun(seed: number, text = 'packet'): string {
  const names = ['ann', 'bob', 'cat', 'dan'];
  const { segment, stations } = build(
    {
      seed,
      loss: 0.1,
      jitterMs: 3,
      duplication: 0.1,
      bursts: { meanMs: 5, share: 0.1 },
      trace: (packet) => new TextEncoder().encode(packet),
    },
    ...names,
  );
  const { random } = segment;
  const pick = <Item>(items: readonly Item[]): Item =>
    items[Math.floor(random.next() * items.length)]!;
  const faults = [
    () => segment.partition([pick(names)]),
    () => segment.partitionOneWay([pick(names)], [pick(names)]),
    () => segment.heal(),
    () => segment.unplug(pick(names)),
    () => names.forEach((name) => segment.plugIn(name)),
    () => segment.stall(pick(names), 20),
    () => segment.set({ loss: 0.3, latencyMs: 2 }, { from: pick(names) }),
    () => segment.set({ bursts: { meanMs: 10, share: 0.2 } }, { to: pick(names) }),
  ];
  for (let step = 0; step < 2000; step++) {
    if (step % 50 === 0) pick(faults)();
    pick(stations).send(`${text} ${step}`);
    segment.clock.advance(1);
  }
  segment.clock.advance(100);
  expect(segment.traffic.delivered).toBeGreaterThan(1000);
  return segment.traceHash!;
}

describe('a packet', () => {
  test('to all reaches every other port, at the latency, in the order they were opened', () => {
    const order: string[] = [];
    const segment = new Segment<string>({ latencyMs: 3 });
    const [ann] = ['ann', 'bob', 'cat', 'dan'].map((name) =>
      segment.attach(name, {
        receive: (packet, from) => {
          order.push(`${name} ${packet} ${from.host.name} ${segment.clock.now()}`);
        },
      }),
    );
    segment.carry(ann!, undefined, 'hello', 5);
    segment.clock.advance(2.9);
    expect(order).toEqual([]);
    segment.clock.advance(0.1);
    expect(order).toEqual(['bob hello ann 4', 'cat hello ann 4', 'dan hello ann 4']);
  });

  test('to one port reaches that alone', () => {
    const { segment, stations } = build({}, 'ann', 'bob', 'cat');
    const [ann, bob, cat] = stations;
    ann.send('hello', bob);
    segment.clock.advance(1);
    expect(bob.packets).toEqual(['hello']);
    expect([...ann.packets, ...cat.packets]).toEqual([]);
  });

  test('is one event, and the very same object, for all who get it', () => {
    const segment = new Segment<object>({ loss: 0.5 });
    const got: object[] = [];
    const ports = Array.from({ length: 100 }, (_, index) =>
      segment.attach(`host ${index}`, { receive: (packet) => got.push(packet) }),
    );
    const packet = { text: 'hello' };
    const events = vi.spyOn(segment.clock, 'add');
    segment.carry(ports[0]!, undefined, packet, 5);
    segment.clock.advance(1);
    expect(events).toHaveBeenCalledTimes(1);
    expect(got.length).toBeGreaterThan(20);
    expect(new Set(got)).toEqual(new Set([packet]));
  });

  test('under way when its sender closes still arrives; its receiver closed, it does not', () => {
    const { segment, stations } = build({}, 'ann', 'bob', 'cat');
    const [ann, bob, cat] = stations;
    ann.send('last words');
    segment.detach(ann.port);
    segment.detach(cat.port);
    segment.detach(cat.port);
    segment.clock.advance(1);
    expect(bob.packets).toEqual(['last words']);
    expect(cat.packets).toEqual([]);
    bob.send('anybody?');
    segment.clock.advance(1);
    expect(segment.traffic).toEqual({ sent: 2, delivered: 1, lost: 1, overflowed: 0 });
  });

  test('passes between ports of one host whatever the wire does', () => {
    const { segment, stations } = build({ loss: 1 }, 'ann', 'ann', 'bob');
    const [first, second, bob] = stations;
    segment.unplug('ann');
    segment.partition(['ann'], ['bob']);
    first.send('to all');
    first.send('to one', second);
    segment.clock.advance(1);
    expect(second.packets).toEqual(['to all', 'to one']);
    expect([...first.packets, ...bob.packets]).toEqual([]);
  });
});

describe('loss', () => {
  test('takes its share from each receiver, each packet by itself', () => {
    const [byBob, byCat] = received({ loss: 0.2 }, 20_000);
    expect(share(byBob)).toBeCloseTo(0.8, 1);
    expect(share(byCat)).toBeCloseTo(0.8, 1);
    expect(share(byBob.map((got, index) => got && byCat[index]!))).toBeCloseTo(0.64, 1);
    // A run of independent losses is 1 / (1 - loss) long.
    expect(mean(gaps(byBob))).toBeGreaterThan(1.15);
    expect(mean(gaps(byBob))).toBeLessThan(1.35);
  });

  test('on what one host sends takes a packet from all receivers together', () => {
    const { segment, stations } = build({ seed: 5 }, 'ann', 'bob', 'cat');
    const [ann, bob, cat] = stations;
    segment.set({ loss: 0.5 }, { from: 'ann' });
    ann.stream(2000);
    expect(bob.packets.length / 2000).toBeCloseTo(0.5, 1);
    expect(cat.packets).toEqual(bob.packets);
    cat.heard.length = 0;
    bob.stream(100);
    expect(cat.packets).toHaveLength(100);
  });

  test('on what one host receives adds to that of the segment, until it is set to 0', () => {
    const { segment, stations } = build({ seed: 5, loss: 0.2 }, 'ann', 'bob', 'cat');
    const [ann, bob, cat] = stations;
    segment.set({ loss: 0.5 }, { to: 'bob' });
    ann.stream(5000);
    expect(bob.packets.length / 5000).toBeCloseTo(0.4, 1);
    expect(cat.packets.length / 5000).toBeCloseTo(0.8, 1);
    segment.set({ loss: 0 }, { to: 'bob' });
    segment.set({ loss: 0 });
    bob.heard.length = 0;
    ann.stream(100);
    expect(bob.packets).toHaveLength(100);
  });

  test('counts what each receiver missed', () => {
    const { segment, stations } = build({ loss: 1 }, 'ann', 'bob', 'cat');
    stations[0].stream(10);
    expect(segment.traffic).toEqual({ sent: 10, delivered: 0, lost: 20, overflowed: 0 });
  });
});

describe('bursts', () => {
  const bursts = { meanMs: 50, share: 0.1 };

  test('silence each receiver at times of its own, for as long and as often as they say', () => {
    const [byBob, byCat] = received({ bursts }, 100_000);
    for (const got of [byBob, byCat]) {
      expect(1 - share(got)).toBeGreaterThan(0.08);
      expect(1 - share(got)).toBeLessThan(0.12);
      expect(mean(gaps(got))).toBeGreaterThan(40);
      expect(mean(gaps(got))).toBeLessThan(60);
    }
    const both = byBob.map((got, index) => !got && !byCat[index]!);
    expect(share(both)).toBeLessThan(0.03);
  });

  test('may lose only a part of what falls into them', () => {
    const [byBob] = received({ bursts: { ...bursts, share: 0.5, loss: 0.5 } }, 100_000);
    expect(share(byBob)).toBeGreaterThan(0.7);
    expect(share(byBob)).toBeLessThan(0.8);
  });

  test('of what one host sends silence it for all', () => {
    const { segment, stations } = build({ seed: 3 }, 'ann', 'bob', 'cat');
    const [ann, bob, cat] = stations;
    segment.set({ bursts }, { from: 'ann' });
    ann.stream(20_000);
    expect(cat.packets).toEqual(bob.packets);
    expect(bob.packets.length / 20_000).toBeGreaterThan(0.85);
    expect(bob.packets.length / 20_000).toBeLessThan(0.95);
  });

  test('end when they are set to undefined', () => {
    const { segment, stations } = build({ bursts: { meanMs: 1e9, share: 0.99 } }, 'ann', 'bob');
    segment.set({ bursts: undefined });
    stations[0].stream(100);
    expect(stations[1].packets).toHaveLength(100);
  });
});

describe('delay', () => {
  test('adds up: latency of the segment, of the sender and of the receiver', () => {
    const { segment, stations } = build({ latencyMs: 1 }, 'ann', 'bob', 'cat');
    const [ann, bob, cat] = stations;
    segment.set({ latencyMs: 10 }, { from: 'ann' });
    segment.set({ latencyMs: 100 }, { to: 'cat' });
    ann.send('hello');
    bob.send('hello', cat);
    segment.clock.advance(1000);
    expect(bob.heard).toEqual([{ packet: 'hello', from: 'ann', at: 11 }]);
    expect(cat.heard.map(({ from, at }) => [from, at])).toEqual([
      ['bob', 101],
      ['ann', 111],
    ]);
  });

  test('with jitter is another for each receiver and packet, evenly spread, and reorders', () => {
    const { segment, stations } = build({ latencyMs: 10, jitterMs: 20 }, 'ann', 'bob', 'cat');
    const [ann, bob, cat] = stations;
    const start = segment.clock.now() - 1;
    ann.stream(5000);
    const delays = bob.heard.map(({ packet, at }) => at - start - Number(packet));
    expect(Math.min(...delays)).toBeGreaterThan(9.99);
    expect(Math.max(...delays)).toBeLessThan(30.01);
    expect(mean(delays)).toBeGreaterThan(19.5);
    expect(mean(delays)).toBeLessThan(20.5);
    expect(bob.packets).not.toEqual(cat.packets);
    expect(bob.packets.map(Number)).not.toEqual(bob.packets.map(Number).toSorted((a, b) => a - b));
    expect(new Set(bob.packets).size).toBe(5000);
  });
});

describe('duplication', () => {
  test.each<[string, Faults, 'all' | 'from' | 'to']>([
    ['the segment', { duplication: 0.3 }, 'all'],
    ['what a host sends', { duplication: 0.3 }, 'from'],
    ['what a host receives', { duplication: 0.3 }, 'to'],
    ['the segment, with jitter', { duplication: 0.3, jitterMs: 5 }, 'all'],
  ])('of %s brings its share twice', (_, faults, where) => {
    const { segment, stations } = build({ seed: 9 }, 'ann', 'bob');
    const [ann, bob] = stations;
    if (where === 'all') segment.set(faults);
    else if (where === 'from') segment.set(faults, { from: 'ann' });
    else segment.set(faults, { to: 'bob' });
    ann.stream(5000);
    expect(new Set(bob.packets).size).toBe(5000);
    expect(bob.packets.length / 5000).toBeGreaterThan(1.25);
    expect(bob.packets.length / 5000).toBeLessThan(1.35);
  });
});

test('faults that no network can have are refused, and nothing is changed by them', () => {
  const { segment, stations } = build({}, 'ann', 'bob');
  const impossible: Faults[] = [
    { loss: -0.1 },
    { loss: 1.1 },
    { duplication: NaN },
    { latencyMs: -1 },
    { jitterMs: Infinity },
    { bursts: { meanMs: 0, share: 0.1 } },
    { bursts: { meanMs: 1, share: 1 } },
    { bursts: { meanMs: 1, share: 0.5, loss: 2 } },
  ];
  for (const faults of impossible) {
    expect(() => new Segment(faults)).toThrow(
      expect.objectContaining({ code: 'ERROR_INVALID_PARAMETER' }),
    );
    expect(() => segment.set(faults)).toThrow('lies between');
    expect(() => segment.set(faults, { to: 'bob' })).toThrow('lies between');
  }
  stations[0].stream(10);
  expect(stations[1].packets).toHaveLength(10);
});

describe('a partition', () => {
  test('lets those hear each other who are on one side; those not named are one side', () => {
    const { segment, stations } = build({}, 'ann', 'bob', 'cat', 'dan', 'eve');
    segment.partition(['ann', 'bob'], ['cat']);
    expect(reach(segment, stations)).toEqual(['b', 'a', '', 'e', 'd']);
    segment.partition(['ann']);
    expect(reach(segment, stations)).toEqual(['', 'cde', 'bde', 'bce', 'bcd']);
    segment.heal();
    expect(reach(segment, stations)).toEqual(['bcde', 'acde', 'abde', 'abce', 'abcd']);
  });

  test('of one way has a sender unheard who hears', () => {
    const { segment, stations } = build({}, 'ann', 'bob', 'cat');
    segment.partitionOneWay(['ann'], ['bob']);
    expect(reach(segment, stations)).toEqual(['bc', 'c', 'ab']);
    segment.partitionOneWay(['cat'], ['bob']);
    expect(reach(segment, stations)).toEqual(['bc', '', 'ab']);
    segment.partition(['bob', 'cat']);
    expect(reach(segment, stations)).toEqual(['', '', 'b']);
    segment.heal();
    expect(reach(segment, stations)).toEqual(['bc', 'ac', 'ab']);
  });

  test('counts from the moment of sending', () => {
    const { segment, stations } = build({ latencyMs: 5 }, 'ann', 'bob');
    const [ann, bob] = stations;
    ann.send('before');
    segment.partition(['ann']);
    ann.send('meanwhile');
    segment.heal();
    segment.clock.advance(10);
    expect(bob.packets).toEqual(['before']);
  });
});

describe('a host that is unplugged', () => {
  test('neither sends nor receives, and its ports are told once', () => {
    const segment = new Segment<string>();
    const told: boolean[] = [];
    const heard: string[] = [];
    const ann = new Station(segment, 'ann');
    const port = segment.attach('bob', {
      receive: (packet) => heard.push(packet),
      plugged: (plugged) => told.push(plugged),
    });
    segment.unplug('bob');
    segment.unplug('bob');
    expect(segment.host('bob').plugged).toBe(false);
    ann.send('unheard');
    segment.carry(port, undefined, 'unheard', 1);
    segment.plugIn('bob');
    segment.clock.advance(10);
    ann.send('heard');
    segment.carry(port, undefined, 'heard', 1);
    segment.clock.advance(10);
    expect([heard, ann.packets]).toEqual([['heard'], ['heard']]);
    expect(told).toEqual([false, true]);
  });

  test('misses what was under way', () => {
    const { segment, stations } = build({ latencyMs: 5 }, 'ann', 'bob');
    stations[0].send('hello');
    segment.unplug('bob');
    segment.clock.advance(10);
    expect(stations[1].packets).toEqual([]);
    expect(segment.traffic.lost).toBe(1);
  });
});

describe('a host that is suspended', () => {
  test('reads nothing and runs no timer, until it is resumed: timers first, then packets', () => {
    const { segment, stations } = build({}, 'ann', 'bob');
    const [ann, bob] = stations;
    const log: string[] = [];
    segment.host('bob').clock.schedule(50, () => {
      log.push(`timer at ${segment.clock.now()}, ${bob.packets.length} packets read`);
    });
    segment.suspend('bob');
    ann.stream(3);
    segment.clock.advance(1000);
    expect([bob.packets, log]).toEqual([[], []]);
    segment.resume('bob');
    segment.resume('bob');
    ann.send('next');
    segment.clock.advance(10);
    expect(log).toEqual(['timer at 1104, 0 packets read']);
    expect(bob.packets).toEqual(['0', '1', '2', 'next']);
  });

  test.each([
    [200, 166],
    [1200, 92],
  ])('keeps of packets of %i bytes what Linux keeps: %i', (bytes, kept) => {
    const { segment, stations } = build({}, 'ann', 'bob');
    const [ann, bob] = stations;
    segment.suspend('bob');
    for (let number = 0; number < 200; number++) ann.send(`${number}`, undefined, bytes);
    segment.clock.advance(10);
    segment.resume('bob');
    segment.clock.advance(10);
    expect(bob.packets).toEqual(Array.from({ length: kept }, (_, number) => `${number}`));
    expect(segment.traffic.overflowed).toBe(200 - kept);
    ann.stream(10);
    expect(bob.packets).toHaveLength(kept + 10);
  });

  test('keeps more in a larger receive buffer', () => {
    const segment = new Segment<string>();
    segment.host('bob', { receiveBufferBytes: 4 * 1024 * 1024 });
    const [ann, bob] = [new Station(segment, 'ann'), new Station(segment, 'bob')];
    segment.stall('bob', 2000);
    ann.stream(1000);
    segment.clock.advance(2000);
    expect(bob.packets).toHaveLength(1000);
  });

  test('may be suspended again while it reads, and loses nothing', () => {
    const { segment, stations } = build({}, 'ann', 'cat');
    const heard: string[] = [];
    segment.attach('bob', {
      receive(packet) {
        heard.push(packet);
        segment.suspend('bob');
      },
    });
    segment.suspend('bob');
    stations[0].stream(3);
    for (const expected of [['0'], ['0', '1'], ['0', '1', '2']]) {
      segment.resume('bob');
      segment.clock.advance(1);
      expect(heard).toEqual(expected);
    }
  });

  test('that stalls goes on by itself, unless it is suspended for good meanwhile', () => {
    const { segment, stations } = build({}, 'ann', 'bob', 'cat');
    const [ann, bob, cat] = stations;
    segment.stall('bob', 500);
    segment.stall('cat', 500);
    ann.send('hello');
    segment.clock.advance(499);
    expect(bob.packets).toEqual([]);
    segment.suspend('cat');
    segment.clock.advance(1000);
    expect(bob.heard).toEqual([{ packet: 'hello', from: 'ann', at: 500 }]);
    expect(cat.packets).toEqual([]);
  });

  test('has forgotten what waited for a port that was closed', () => {
    const { segment, stations } = build({}, 'ann', 'bob');
    segment.suspend('bob');
    stations[0].stream(3);
    segment.detach(stations[1].port);
    segment.resume('bob');
    segment.clock.advance(10);
    expect(stations[1].packets).toEqual([]);
  });
});

describe('what was sent to a closed port alone', () => {
  test('is refused by its host, one round trip later', () => {
    const { segment, ann, bob } = closed();
    ann.send('hello', bob);
    segment.clock.advance(1.9);
    expect(ann.refusals).toEqual([]);
    segment.clock.advance(0.1);
    expect(ann.refusals).toEqual([bob.port.id]);
    expect(segment.port(bob.port.id)).toBe(bob.port);
  });

  test('is not if its host is asleep, unplugged or out of reach, nor if it was for all', () => {
    for (const cut of [
      (segment: Segment<string>) => segment.suspend('bob'),
      (segment: Segment<string>) => segment.unplug('bob'),
      (segment: Segment<string>) => segment.partition(['bob']),
      (segment: Segment<string>) => segment.partitionOneWay(['bob'], ['ann']),
      (segment: Segment<string>) => segment.set({ loss: 1 }, { to: 'ann' }),
    ]) {
      const { segment, ann, bob } = closed();
      cut(segment);
      ann.send('hello', bob);
      segment.clock.advance(10);
      expect(ann.refusals).toEqual([]);
    }
    const { segment, ann } = closed();
    ann.send('hello, all');
    segment.clock.advance(10);
    expect(ann.refusals).toEqual([]);
  });

  test('is refused to a port that takes in nothing else', () => {
    const { segment, ann, bob } = closed();
    let refused = 0;
    const knocking = segment.attach('ann', { refused: () => refused++ });
    expect(segment.port(knocking.id)).toBeUndefined();
    segment.carry(knocking, bob.port, 'anybody there?', 1);
    segment.clock.advance(10);
    expect([refused, ann.packets]).toEqual([1, []]);
    segment.detach(knocking);
    segment.carry(knocking, bob.port, 'anybody there?', 1);
    segment.clock.advance(10);
    expect(refused).toBe(1);
  });
});

test('clocks of hosts drift apart and begin as they please', () => {
  const segment = new Segment<string>();
  const fast = segment.host('fast', { driftPpm: 100, clockStartMs: 5_000_000 });
  const slow = segment.host('slow');
  segment.drift('slow', -50);
  expect([fast.clock.now(), slow.clock.now()]).toEqual([5_000_000, 1]);
  segment.clock.advance(1_000_000);
  expect(fast.clock.now()).toBeCloseTo(6_000_100, 6);
  expect(slow.clock.now()).toBeCloseTo(999_951, 6);
});

test('a flood keeps its rate, evenly, and ends', () => {
  const { segment, stations } = build({}, 'ann', 'bob');
  const [ann, bob] = stations;
  segment.flood({ perSecond: 20_000, durationMs: 500 }, (index) => ann.send(`${index}`));
  segment.clock.advance(250);
  expect(bob.packets.length).toBeGreaterThan(4980);
  expect(bob.packets.length).toBeLessThan(5010);
  segment.clock.advance(10_000);
  expect(bob.packets).toEqual(Array.from({ length: 10_000 }, (_, index) => `${index}`));
  const [first, second] = bob.heard;
  expect(second!.at - first!.at).toBeCloseTo(0.05, 9);
});

describe('a trace', () => {
  test('is the same for the same seed, and another for another seed or another content', () => {
    const first = eventfulRun(1);
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    expect(eventfulRun(1)).toBe(first);
    expect(eventfulRun(2)).not.toBe(first);
    expect(eventfulRun(1, 'Packet')).not.toBe(first);
  });

  test('is kept only when it is asked for', () => {
    expect(new Segment().traceHash).toBeUndefined();
  });
});
