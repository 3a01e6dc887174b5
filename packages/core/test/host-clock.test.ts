import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { VirtualClock } from '@mailslot/core/testing';

import { HostClock } from '../src/simulation/host-clock.ts';

describe('the clock of a host', () => {
  test('is exactly the true one, if nothing was said', () => {
    const clock = new VirtualClock();
    clock.advance(0.1 + 0.2);
    const host = new HostClock(clock);
    clock.advance(1234.567_89);
    expect(host.now()).toBe(clock.now());
    expect(host.wallTime()).toBe(clock.wallTime());
  });

  test('runs its timers by its own time', () => {
    const clock = new VirtualClock();
    const host = new HostClock(clock, 1000);
    host.drift(1e6);
    const log: string[] = [];
    for (const delay of [30, 10, 20, Infinity]) {
      host.schedule(delay, () => log.push(`${delay}: own ${host.now()}, true ${clock.now()}`));
    }
    host.schedule(5, () => log.push('cancelled')).cancel();
    clock.advance(100);
    expect(log).toEqual(['10: own 1010, true 6', '20: own 1020, true 11', '30: own 1030, true 16']);
  });

  test('has its waiting timers follow when its drift changes', () => {
    const clock = new VirtualClock();
    const host = new HostClock(clock);
    const log: number[] = [];
    host.schedule(1000, () => log.push(clock.now()));
    clock.advance(500);
    host.drift(-500_000);
    clock.advance(999);
    expect(log).toEqual([]);
    clock.advance(1);
    expect(log).toEqual([1501]);
  });

  test('that runs while the host is suspended has timers come late, all at once, in order', () => {
    const clock = new VirtualClock();
    const host = new HostClock(clock);
    const log: string[] = [];
    for (const delay of [300, 100, 5000]) {
      host.schedule(delay, () => log.push(`${delay} at ${host.now()}`));
    }
    host.suspend('runs');
    host.suspend('stops');
    clock.advance(1000);
    expect([log, host.now()]).toEqual([[], 1001]);
    host.resume();
    host.resume();
    clock.advance(0);
    expect(log).toEqual(['100 at 1001', '300 at 1001']);
    clock.advance(4000);
    expect(log.at(-1)).toBe('5000 at 5001');
  });

  test('that stops while the host is suspended has timers wait for the rest of their time', () => {
    const clock = new VirtualClock();
    const host = new HostClock(clock);
    const log: string[] = [];
    host.schedule(300, () => log.push(`own ${host.now()}, true ${clock.now()}`));
    clock.advance(100);
    host.suspend('stops');
    host.schedule(400, () => log.push(`later, own ${host.now()}`));
    clock.advance(1_000_000);
    expect(host.now()).toBe(101);
    host.resume();
    clock.advance(199);
    expect(log).toEqual([]);
    clock.advance(1000);
    expect(log).toEqual(['own 301, true 1000301', 'later, own 501']);
  });

  test('may be suspended by one of its own timers, before the next', () => {
    const clock = new VirtualClock();
    const host = new HostClock(clock);
    const log: number[] = [];
    host.schedule(10, () => {
      log.push(1);
      host.suspend('runs');
    });
    host.schedule(10, () => log.push(2));
    clock.advance(20);
    expect(log).toEqual([1]);
    host.resume();
    clock.advance(0);
    expect(log).toEqual([1, 2]);
  });

  test('goes on after a timer that throws', () => {
    const clock = new VirtualClock();
    const host = new HostClock(clock);
    const log: number[] = [];
    host.schedule(10, () => {
      throw new Error('oops');
    });
    host.schedule(20, () => log.push(clock.now()));
    expect(() => clock.advance(30)).toThrow('oops');
    clock.advance(30);
    expect(log).toEqual([21]);
  });
});

test('a clock that stands, runs backwards or begins at 0 is refused', () => {
  const clock = new VirtualClock();
  const host = new HostClock(clock);
  for (const ppm of [-1e6, -500_001, 1_000_001, NaN]) {
    expect(() => host.drift(ppm)).toThrow('driftPpm lies between');
  }
  for (const start of [0, -1, NaN]) {
    expect(() => new HostClock(clock, start)).toThrow('clockStartMs lies between');
  }
});

test('no timer sees the time before its own, or runs early, whatever the drift', () => {
  const times = fc.double({ min: 0, max: 1e9, noNaN: true });
  const starts = fc.double({ min: 1, max: 1e9, noNaN: true });
  const ppm = fc.double({ min: -500, max: 500, noNaN: true });
  fc.assert(
    fc.property(starts, ppm, fc.array(times, { maxLength: 30 }), (start, drift, delays) => {
      const clock = new VirtualClock();
      const host = new HostClock(clock, start);
      host.drift(drift);
      const scheduledAt = host.now();
      let ran = 0;
      let last = scheduledAt;
      for (const delay of delays) {
        host.schedule(delay, () => {
          ran++;
          expect(host.now()).toBeGreaterThanOrEqual(scheduledAt + delay);
          expect(host.now()).toBeLessThan(scheduledAt + delay + 0.001);
          expect(host.now()).toBeGreaterThanOrEqual(last);
          last = host.now();
        });
      }
      clock.advance(1.001e9);
      expect(ran).toBe(delays.length);
    }),
  );
});
