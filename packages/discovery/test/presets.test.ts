/** Holds the presets to what is said of them. */

import { describe, expect, test } from 'vitest';

import {
  BEAT_BYTES_INITIAL,
  budgetIntervalMs,
  WIRE_OVERHEAD_BYTES,
} from '../src/presence/interval.ts';
import { presets, tune, type Tuning } from '../src/presence/tuning.ts';
import { type Host, PresenceNet } from './support/presence-net.ts';

/** The interval of so many peers with usual records. */
function intervalOf(peers: number, tuning: Tuning): number {
  return budgetIntervalMs({ members: peers, residents: peers }, BEAT_BYTES_INITIAL, tuning);
}

/** How long the slowest of the others takes to give up one whose process has ended, and one whose host has. */
function timesToGiveUp(peers: number, tuning: Tuning): { processMs: number; hostMs: number } {
  const [processMs, hostMs] = [(host: Host) => host.kill(), (host: Host) => host.cutOff()].map(
    (end) => {
      const net = new PresenceNet(peers);
      const [victim, ...others] = net.joinMany(peers, tuning) as [Host, ...Host[]];
      net.clock.advance(20_000);
      end(victim);
      const from = net.now;
      net.clock.advance(30_000);
      const downs = others.flatMap(({ news }) => news.filter(({ type }) => type === 'down'));
      expect(downs.map(({ peer }) => peer.id)).toEqual(others.map(() => victim.id));
      return Math.max(...downs.map(({ at }) => at)) - from;
    },
  );
  return { processMs: processMs!, hostMs: hostMs! };
}

describe('a preset', () => {
  test.each(Object.entries(presets))('%s is within the ranges of its options', (_, preset) => {
    expect(tune(preset())).toEqual(preset());
  });

  test.each(Object.entries(presets))('%s can be changed without changing it', (_, preset) => {
    const mine = preset();
    Object.assign(mine, { graceMs: 1 });
    expect(preset()).not.toEqual(mine);
  });

  test('lan lets ten peers beat twice a second for half of its budget', () => {
    expect(intervalOf(10, presets.lan())).toBe(500);
    const net = new PresenceNet(1);
    net.joinMany(10);
    net.clock.advance(10_000);
    const [bytes, datagrams] = [net.multicastBytes, net.multicasts];
    net.clock.advance(60_000);
    const sent = net.multicastBytes - bytes + WIRE_OVERHEAD_BYTES * (net.multicasts - datagrams);
    expect((8 * sent) / 60).toBeLessThan(28_000);
    expect((8 * sent) / 60).toBeGreaterThan(18_000);
  });

  test('lan has fifty peers wake each other six times a second, each interval eight seconds at most', () => {
    expect(50_000 / intervalOf(50, presets.lan())).toBeCloseTo(6.25);
    expect(intervalOf(281, presets.lan())).toBe(8000);
  });

  test.each<[name: keyof typeof presets, peers: number, processMs: number, hostMs: number]>([
    ['lan', 2, 1500, 2500],
    ['lan', 10, 1500, 2500],
    ['lobby', 2, 800, 1500],
    ['lobby', 10, 800, 1500],
    ['lobby', 30, 800, 1500],
    ['quiet', 10, 10_000, 20_000],
    ['wide', 10, 3000, 6000],
  ])(
    '%s shows a crash among %i within %i ms, of a whole host within %i ms',
    (name, peers, ...most) => {
      const { processMs, hostMs } = timesToGiveUp(peers, presets[name]());
      expect(processMs).toBeLessThanOrEqual(most[0]);
      expect(hostMs).toBeLessThanOrEqual(most[1]);
    },
  );

  test('lobby takes a quarter of a second between beats, up to its budget', () => {
    expect(intervalOf(40, presets.lobby())).toBe(250);
    expect(intervalOf(100, presets.lobby())).toBeLessThan(600);
  });

  test('quiet beats every five seconds at most', () => {
    for (const peers of [1, 10, 30]) {
      expect(intervalOf(peers, presets.quiet())).toBeGreaterThanOrEqual(5000);
    }
  });

  test('wide has a thousand beat every three seconds, and five thousand every fifteen', () => {
    expect(Math.round(intervalOf(1000, presets.wide()) / 1000)).toBe(3);
    expect(intervalOf(5000, presets.wide()) / 1000).toBeGreaterThan(13);
    expect(intervalOf(5000, presets.wide()) / 1000).toBeLessThan(15.5);
  });
});
