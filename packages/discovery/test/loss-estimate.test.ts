import { seededRandom } from '@mailslot/core/testing';
import { describe, expect, test } from 'vitest';

import { LOSS_MAX, LOSS_MIN, LossEstimate } from '../src/presence/loss-estimate.ts';

/** Lets so many datagrams be sent, of which a share is lost. */
function send(estimate: LossEstimate, datagrams: number, loss: number, seed = 1): void {
  const random = seededRandom(seed);
  let lost = 0;
  for (let datagram = 0; datagram < datagrams; datagram++) {
    if (random.next() < loss) {
      lost++;
    } else {
      estimate.note(lost);
      lost = 0;
    }
  }
}

describe('the estimate of loss', () => {
  test('is a cautious guess before anything was counted', () => {
    expect(new LossEstimate().loss).toBe(0.01);
  });

  test.each([0.01, 0.05, 0.2, 0.4])('finds a loss of %d, whatever it was before', (loss) => {
    for (const before of [0, 0.5]) {
      const estimate = new LossEstimate();
      send(estimate, 1000, before, 7);
      send(estimate, 3000, loss);
      expect(estimate.loss).toBeGreaterThan(loss - 0.04);
      expect(estimate.loss).toBeLessThan(loss + 0.04);
    }
  });

  test('is half way to a loss of a fifth after thirty datagrams', () => {
    const estimates = Array.from({ length: 50 }, (_, seed) => {
      const estimate = new LossEstimate();
      send(estimate, 30, 0.2, seed + 1);
      return estimate.loss;
    });
    const mean = estimates.reduce((sum, loss) => sum + loss / estimates.length, 0);
    expect(mean).toBeGreaterThan(0.08);
  });

  test('is moved little by one datagram once many were counted', () => {
    const estimate = new LossEstimate();
    send(estimate, 2000, 0.05);
    const before = estimate.loss;
    estimate.note(1);
    expect(Math.abs(estimate.loss - before)).toBeLessThan(0.005);
  });

  test('is moved little by an outage, however long that was', () => {
    const estimate = new LossEstimate();
    send(estimate, 2000, 0);
    estimate.note(60_000);
    expect(estimate.loss).toBeLessThan(0.03);
  });

  test('never says that nothing is lost, or more than half', () => {
    const estimate = new LossEstimate();
    send(estimate, 5000, 0);
    expect(estimate.loss).toBe(LOSS_MIN);
    send(estimate, 5000, 0.9);
    expect(estimate.loss).toBe(LOSS_MAX);
  });
});
