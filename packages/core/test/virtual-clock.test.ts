import { describe, expect, test } from 'vitest';

import { seededRandom, VirtualClock } from '@mailslot/core/testing';

describe('a virtual clock', () => {
  test('stands still, and not at 0, until it is told to move', () => {
    const clock = new VirtualClock();
    expect(clock.now()).toBe(1);
    clock.advance(250);
    expect(clock.now()).toBe(251);
  });

  test('its wall time moves with it', () => {
    const clock = new VirtualClock();
    const before = clock.wallTime();
    clock.advance(1000);
    expect(clock.wallTime() - before).toBe(1000);
    expect(new Date(before).getUTCFullYear()).toBe(2025);
  });

  test('runs timers in order, each at its own time, up to and including the end', () => {
    const clock = new VirtualClock();
    const log: string[] = [];
    for (const delay of [20, 10, 30, 31]) clock.schedule(delay, () => log.push(`${clock.now()}`));
    clock.advance(30);
    expect(log).toEqual(['11', '21', '31']);
  });

  test('runs what timers schedule, if it falls due on the way', () => {
    const clock = new VirtualClock();
    const log: number[] = [];
    const tick = (): void => {
      log.push(clock.now());
      clock.schedule(10, tick);
    };
    clock.schedule(10, tick);
    clock.advance(35);
    expect(log).toEqual([11, 21, 31]);
  });

  test('never runs a cancelled timer, one without end, and takes the past for now', () => {
    const clock = new VirtualClock();
    const log: string[] = [];
    const cancelled = clock.schedule(1, () => log.push('cancelled'));
    clock.schedule(Infinity, () => log.push('for ever')).cancel();
    clock.schedule(-1, () => log.push('past'));
    cancelled.cancel();
    clock.advance(0);
    expect(log).toEqual(['past']);
    clock.advance(1e9);
    expect(log).toEqual(['past']);
  });

  test('lets promises settle between timers when asked to', async () => {
    const clock = new VirtualClock();
    const log: number[] = [];
    const sleep = (delayMs: number): Promise<void> =>
      new Promise((resolve) => void clock.schedule(delayMs, resolve));
    void (async () => {
      for (;;) {
        await sleep(10);
        log.push(clock.now());
      }
    })();
    await clock.advanceAsync(30);
    expect(log).toEqual([11, 21, 31]);
  });

  test('never goes backwards, even when a timer moves it', () => {
    const clock = new VirtualClock();
    clock.schedule(1, () => clock.advance(100));
    clock.advance(2);
    expect(clock.now()).toBe(102);
  });

  test('has one event happen again and again, each time it is added', () => {
    const clock = new VirtualClock();
    const log: number[] = [];
    const event = {
      index: -1,
      happen() {
        log.push(clock.now());
        if (log.length < 3) clock.add(clock.now() + 5, event);
      },
    };
    clock.add(2, event);
    clock.advance(100);
    expect(log).toEqual([2, 7, 12]);
    clock.add(200, event);
    clock.remove(event);
    clock.remove(event);
    clock.advance(Infinity);
    expect(log).toHaveLength(3);
  });

  test('keeps order among thousands of timers, set and cancelled at random', () => {
    const clock = new VirtualClock();
    const random = seededRandom(5);
    const log: number[] = [];
    const timers = Array.from({ length: 5000 }, () => {
      const at = Math.floor(random.next() * 1000);
      return { at, timer: clock.schedule(at, () => log.push(clock.now() - 1)) };
    });
    const [cancelled, kept] = [timers.slice(0, 2500), timers.slice(2500)];
    for (const { timer } of cancelled) timer.cancel();
    clock.advance(1000);
    expect(log).toEqual(kept.map(({ at }) => at).toSorted((a, b) => a - b));
  });
});
