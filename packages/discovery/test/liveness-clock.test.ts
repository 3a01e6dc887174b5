import { describe, expect, test } from 'vitest';

import { LIVENESS_STEP_MS_MAX, LivenessClock } from '../src/presence/liveness-clock.ts';

describe('the liveness clock', () => {
  test('follows the monotonic clock while steps are short', () => {
    const clock = new LivenessClock();
    for (const now of [1000, 1200, 1450]) clock.advance(now);
    expect(clock.now).toBe(450);
  });

  test('counts a jump for no more than one step', () => {
    const clock = new LivenessClock();
    for (const now of [1000, 3_601_000, 3_601_100]) clock.advance(now);
    expect(clock.now).toBe(LIVENESS_STEP_MS_MAX + 100);
  });

  test('never goes back', () => {
    const clock = new LivenessClock();
    for (const now of [1000, 1200, 500, 600]) clock.advance(now);
    expect(clock.now).toBe(300);
  });
});
