import { describe, expect, test } from 'vitest';

import { BEAT_BYTES_INITIAL, WIRE_OVERHEAD_BYTES } from '../src/presence/interval.ts';
import { Load } from '../src/presence/load.ts';

const BEATS = 100;

/** Lets periods pass in which the group sends so many beats, and other messages. */
function pass(load: Load, periods: number, other = 0, beats = BEATS): void {
  for (let period = 0; period < periods; period++) {
    for (let beat = 0; beat < beats; beat++) load.announced(70);
    for (let message = 0; message < other; message++) load.sent(70);
    load.measure(BEATS, 0.001);
  }
}

describe('what a group sends for each beat', () => {
  test('is a guess before it was heard', () => {
    expect(new Load().bytesPerBeat).toBe(BEAT_BYTES_INITIAL);
  });

  test('follows the size of what is announced, slowly', () => {
    const load = new Load();
    load.announced(1144);
    expect(load.bytesPerBeat).toBeLessThan(BEAT_BYTES_INITIAL * 1.2);
    for (let beat = 0; beat < 500; beat++) load.announced(32);
    expect(load.bytesPerBeat).toBeCloseTo(32 + WIRE_OVERHEAD_BYTES, 0);
  });

  test('is what beats take, as long as nothing else is sent', () => {
    const load = new Load();
    pass(load, 100);
    expect(load.bytesPerBeat).toBeCloseTo(160, 0);
  });

  test('grows with joins, changes and probes, which eat from the same budget', () => {
    const load = new Load();
    pass(load, 100, BEATS / 4);
    expect(load.bytesPerBeat / 160).toBeGreaterThan(1.22);
    expect(load.bytesPerBeat / 160).toBeLessThan(1.28);
    pass(load, 200);
    expect(load.bytesPerBeat).toBeCloseTo(160, 0);
  });

  test('follows in minutes: a period of much traffic is no reason to slow down', () => {
    const load = new Load();
    pass(load, 1, 2 * BEATS);
    expect(load.bytesPerBeat / 160).toBeLessThan(1.11);
  });

  test('grows by half at most, whatever a flood sends', () => {
    const load = new Load();
    pass(load, 200, 100 * BEATS);
    expect(load.bytesPerBeat / 160).toBeLessThanOrEqual(1.501);
  });

  test('counts what was missed, too', () => {
    const load = new Load();
    for (let period = 0; period < 100; period++) {
      for (let beat = 0; beat < BEATS * 0.8; beat++) load.announced(70);
      for (let message = 0; message < BEATS * 0.4; message++) load.sent(70);
      load.measure(BEATS, 0.2);
    }
    expect(load.bytesPerBeat / 160).toBeGreaterThan(1.4);
  });

  test('is never less than beats take, however many are missed', () => {
    const load = new Load();
    pass(load, 100, 0, BEATS / 2);
    expect(load.bytesPerBeat).toBeCloseTo(160, 0);
  });

  test('is not measured by a handful of beats', () => {
    const load = new Load();
    for (let period = 0; period < 100; period++) {
      for (let message = 0; message < 50; message++) load.sent(1000);
      load.measure(4, 0);
    }
    expect(load.bytesPerBeat).toBe(BEAT_BYTES_INITIAL);
  });
});
