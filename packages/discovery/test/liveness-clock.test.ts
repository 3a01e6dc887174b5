import { describe, expect, test } from 'vitest';

import { LATENESS_MS_MAX, LivenessClock } from '../src/presence/liveness-clock.ts';

const TICK_MS = 50;

/** A clock among peers that beat twice a second each, at 0 and with somebody just heard. */
function among(peers: number): { clock: LivenessClock; pass: (ms: number) => void } {
  const clock = new LivenessClock();
  let now = 1000;
  clock.advance(now, now);
  clock.expect(peers, peers / 500);
  clock.heard(now);
  const pass = (ms: number): void => {
    for (const end = now + ms; now < end;) {
      now += Math.min(TICK_MS, end - now);
      clock.advance(now, now);
    }
  };
  return { clock, pass };
}

describe('the liveness clock', () => {
  test('follows the monotonic clock while steps are in time', () => {
    const clock = new LivenessClock();
    for (const now of [1000, 1200, 3450]) clock.advance(now, now);
    expect(clock.now).toBe(2450);
  });

  test('counts what a step is late for no more than its limit', () => {
    const clock = new LivenessClock();
    clock.advance(1000, 1000);
    clock.advance(3_600_000, 2000);
    expect(clock.now).toBe(1000 + LATENESS_MS_MAX);
    clock.advance(3_600_100, 3_600_100);
    expect(clock.now).toBe(1100 + LATENESS_MS_MAX);
  });

  test('counts a datagram that comes long after a step was due no more than that', () => {
    const clock = new LivenessClock();
    clock.advance(1000, 1000);
    // Several steps after the stall: what lay in the socket, then the timer.
    for (const now of [61_000, 61_001, 61_002]) clock.advance(now, 1200);
    expect(clock.now).toBe(200 + LATENESS_MS_MAX + 2);
  });

  test('never goes back', () => {
    const clock = new LivenessClock();
    for (const now of [1000, 1200, 500, 600]) clock.advance(now, now);
    expect(clock.now).toBe(300);
  });

  test('runs on with nobody there to be heard', () => {
    const { clock, pass } = among(0);
    pass(100_000);
    expect(clock.now).toBe(100_000);
    expect(clock.standing).toBe(false);
    expect(clock.isolated).toBe(false);
  });
});

describe('while nobody at all is heard', () => {
  test.each([
    [50, 250],
    [10, 250],
    [5, 500],
    [1, 2500],
  ])('of %i peers, it stands still after %i ms', (peers, quietMs) => {
    const { clock, pass } = among(peers);
    pass(quietMs);
    expect(clock.standing).toBe(false);
    pass(900);
    expect(clock.standing).toBe(true);
    expect(clock.now).toBe(quietMs);
  });

  test.each([
    [3, 10_000],
    [30, 10_000],
    [2, 1000],
    [1, 1000],
  ])('of %i peers, it stands still for %i ms, is isolated, and runs on', (peers, standstillMs) => {
    const { clock, pass } = among(peers);
    const quietMs = Math.max(250, 2500 / peers);
    pass(quietMs + standstillMs - 10);
    expect([clock.standing, clock.isolated]).toEqual([true, false]);
    pass(10);
    expect([clock.standing, clock.isolated]).toEqual([false, true]);
    const stoodAt = clock.now;
    pass(5000);
    expect(clock.now).toBeCloseTo(stoodAt + 5000);
    expect(clock.isolated).toBe(true);
  });

  test('one voice ends it, and the next silence is a new one', () => {
    const { clock, pass } = among(10);
    pass(5000);
    clock.heard(6000);
    expect([clock.standing, clock.isolated]).toEqual([false, false]);
    pass(250);
    expect(clock.now).toBe(500);
    pass(9990);
    expect([clock.standing, clock.isolated]).toEqual([true, false]);
  });

  test('one voice ends isolation too', () => {
    const { clock, pass } = among(10);
    pass(60_000);
    expect(clock.isolated).toBe(true);
    clock.heard(61_000);
    expect(clock.isolated).toBe(false);
  });

  test('a step counts until the silence became strange, and no further', () => {
    const { clock, pass } = among(10);
    pass(200);
    clock.advance(1430, 1430);
    expect(clock.now).toBe(250);
    expect(clock.standing).toBe(true);
  });
});
