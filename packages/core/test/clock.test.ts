import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { systemClock } from '@mailslot/core';

describe('the system clock', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('fires once, when the delay is over', () => {
    const fired = vi.fn<() => void>();
    systemClock.schedule(250, fired);
    vi.advanceTimersByTime(249);
    expect(fired).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1000);
    expect(fired).toHaveBeenCalledTimes(1);
  });

  test('a cancelled timer never fires; a second cancel does nothing', () => {
    const fired = vi.fn<() => void>();
    const timer = systemClock.schedule(250, fired);
    timer.cancel();
    timer.cancel();
    vi.advanceTimersByTime(1000);
    expect(fired).not.toHaveBeenCalled();
  });

  test('a delay in the past is none', () => {
    const fired = vi.fn<() => void>();
    systemClock.schedule(-5, fired);
    vi.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledTimes(1);
  });

  test('waits longer than setTimeout can hold, and can be cancelled on the way', () => {
    const days = 24 * 3_600_000;
    const fired = vi.fn<() => void>();
    systemClock.schedule(60 * days, fired);
    const cancelled = systemClock.schedule(60 * days, fired);
    vi.advanceTimersByTime(60 * days - 1);
    expect(fired).not.toHaveBeenCalled();
    cancelled.cancel();
    vi.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledTimes(1);
  });

  test('for ever is no timer at all', () => {
    systemClock.schedule(Infinity, () => {}).cancel();
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('its time runs on from above 0, and its wall time is that of the computer', () => {
  const before = systemClock.now();
  expect(before).toBeGreaterThan(0);
  expect(systemClock.now()).toBeGreaterThanOrEqual(before);
  expect(Math.abs(systemClock.wallTime() - Date.now())).toBeLessThan(1000);
});

test('a timer does not keep the process alive', () => {
  const timeout = vi.spyOn(globalThis, 'setTimeout');
  const timer = systemClock.schedule(60_000, () => {});
  const handle = timeout.mock.results[0]!.value as NodeJS.Timeout;
  expect(handle.hasRef()).toBe(false);
  timer.cancel();
  timeout.mockRestore();
});
