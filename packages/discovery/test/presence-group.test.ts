import { describe, expect, test } from 'vitest';

import { WIRE_OVERHEAD_BYTES } from '../src/presence/interval.ts';
import type { DepartureReason } from '../src/presence/machine.ts';
import { TYPE } from '../src/presence/message.ts';
import { peerKeyOf } from '../src/presence/peer-id.ts';
import { type Host, type NetFaults, PresenceNet } from './support/presence-net.ts';
import { messageWith } from './support/solo.ts';
import { sourceAt } from './support/sources.ts';

const harsh: NetFaults = { loss: 0.2, duplication: 0.1, latencyMsMax: 40 };

function downs(hosts: readonly Host[], reason: DepartureReason): number {
  return hosts.flatMap((host) => host.news).filter((news) => news.reason === reason).length;
}

/** Does everybody who lives list everybody else, and nobody more? */
function agree(hosts: readonly Host[]): boolean {
  const ids = hosts.map((host) => host.id);
  return hosts.every((host) => {
    const listed = host.machine.peers.map((peer) => peer.id).toSorted();
    return (
      listed.join() ===
      ids
        .filter((id) => id !== host.id)
        .toSorted()
        .join()
    );
  });
}

/** Lets time pass until a condition holds, and says how much did. */
function untilTrue(net: PresenceNet, withinMs: number, condition: () => boolean): number {
  const from = net.now;
  while (!condition()) {
    if (net.now - from > withinMs) throw new Error(`Not so within ${withinMs} ms.`);
    net.clock.advance(1);
  }
  return net.now - from;
}

/** What everybody sends to everybody in a time, with all that the wire adds. */
function wireBitsIn(net: PresenceNet, ms: number): number {
  const [bytes, datagrams] = [net.multicastBytes, net.multicasts];
  net.clock.advance(ms);
  return 8 * (net.multicastBytes - bytes + WIRE_OVERHEAD_BYTES * (net.multicasts - datagrams));
}

/** Everything that is said and noticed in a group that somebody leaves and somebody crashes in. */
function chronicle(seed: number): string[] {
  const net = new PresenceNet(seed, harsh);
  const peers = net.joinMany(12);
  net.clock.advance(3000);
  peers[3]!.kill();
  peers[4]!.feed({ type: 'close' });
  net.clock.advance(6000);
  return [...net.trace, ...peers.map((peer) => JSON.stringify(peer.news))];
}

/** A goodbye in the name of a host, from a place that is not its own. */
function forgedBye(victim: Host, sequence: number): Uint8Array {
  return messageWith({ type: TYPE.BYE, id: peerKeyOf(victim.id), sequence });
}

describe('a newcomer', () => {
  test.each([1, 2, 10, 30, 63])('to %i peers has the whole list within 10 ms', (count) => {
    const net = new PresenceNet(count);
    const peers = net.joinMany(count);
    net.clock.advance(5000);
    const newcomer = net.join('newcomer');
    net.clock.advance(10);
    expect(newcomer.machine.peers).toHaveLength(count);
    expect(agree([...peers, newcomer])).toBe(true);
  });

  test.each([64, 80])(
    'to %i peers is shown one that has the whole list, and gets it there within 60 ms',
    (count) => {
      const net = new PresenceNet(1);
      net.joinMany(count);
      net.clock.advance(3000);
      const newcomer = net.join('newcomer');
      const answered = (): boolean => newcomer.machine.peers.length === count;
      expect(untilTrue(net, 60, answered)).toBeGreaterThan(0);
    },
  );

  test('to a large group learns where everybody is', () => {
    const net = new PresenceNet(1);
    const peers = net.joinMany(64);
    net.clock.advance(3000);
    const newcomer = net.join('newcomer');
    net.clock.advance(100);
    const places = newcomer.machine.peers.map(({ id, paths }) => [id, paths[0]?.id]);
    expect(new Map(places as [string, string][])).toEqual(
      new Map(peers.map(({ id, source }) => [id, source.id])),
    );
  });

  test.each([
    [10, 20, 50],
    [66, 3, 100],
  ])(
    'to %i peers has the whole list soon when a fifth of all is lost: on the median of %i, within %i ms',
    { timeout: 20_000 },
    (count, runs, withinMs) => {
      const times = Array.from({ length: runs }, (_, seed) => {
        const net = new PresenceNet(seed, { loss: 0.2 });
        const peers = net.joinMany(count);
        net.clock.advance(1500);
        const newcomer = net.join('newcomer');
        return untilTrue(net, 1000, () => newcomer.machine.peers.length === peers.length);
      });
      expect(times.toSorted((a, b) => a - b)[Math.trunc(runs / 2)]).toBeLessThanOrEqual(withinMs);
    },
  );
});

describe('a group', () => {
  test('that starts all at once agrees within a second', () => {
    const net = new PresenceNet(3);
    const peers = net.joinMany(40);
    net.clock.advance(1000);
    expect(agree(peers)).toBe(true);
    // Up once for each of the others, and nothing else happened.
    expect(peers.every((peer) => peer.news.length === 39)).toBe(true);
  });

  test('agrees in spite of loss, copies and disorder, and sees a change everywhere', () => {
    const net = new PresenceNet(4, harsh);
    const peers = net.joinMany(24);
    untilTrue(net, 10_000, () => agree(peers));
    const changed = { name: 'changed', endpoints: [{ port: 1 }], info: [1] };
    peers[0]!.feed({ type: 'update', record: changed });
    const seen = (peer: Host): boolean =>
      peer.machine.peer(peers[0]!.id)?.record.name === 'changed';
    untilTrue(net, 5000, () => peers.slice(1).every(seen));
    // Whoever knew it from others only tells where it is, too, once it has heard it.
    const records = peers.slice(1).map((peer) => {
      const updates = peer.news.filter((news) => news.peer.id === peers[0]!.id);
      return updates.map((news) => news.peer.record.name).filter((name) => name === 'changed');
    });
    expect(records).toEqual(peers.slice(1).map(() => ['changed']));
  });

  test.each([0.01, 0.2])(
    'gives up nobody for a quarter of an hour when %d of all is lost',
    (loss) => {
      const net = new PresenceNet(5, { loss });
      const peers = net.joinMany(8);
      net.clock.advance(900_000);
      expect(downs(peers, 'expired')).toBe(0);
      expect(agree(peers)).toBe(true);
    },
  );

  test('keeps to its budget when it is large, and uses it', () => {
    const net = new PresenceNet(6);
    net.joinMany(50, { wakeupsPerSecond: 1_000_000 });
    net.clock.advance(20_000);
    const bits = wireBitsIn(net, 30_000);
    expect(bits / 30).toBeLessThan(50_000);
    expect(bits / 30).toBeGreaterThan(40_000);
  });

  test('wakes its members no more often than it is tuned to', () => {
    const net = new PresenceNet(6);
    net.joinMany(30);
    net.clock.advance(20_000);
    const before = net.multicasts;
    net.clock.advance(60_000);
    // Each of 30 peers hears 10 beats a second of all, within a tenth.
    expect((net.multicasts - before) / 60).toBeLessThan(11);
    expect((net.multicasts - before) / 60).toBeGreaterThan(9);
  });

  test('does the same again with the same seed, to the byte, and something else with another', () => {
    expect(chronicle(7)).toEqual(chronicle(7));
    expect(chronicle(7)).not.toEqual(chronicle(8));
  });
});

describe('a peer that leaves', () => {
  test('is gone everywhere at once, for good, and told as a goodbye', () => {
    const net = new PresenceNet(8, { latencyMsMax: 40, duplication: 0.2 });
    const peers = net.joinMany(10);
    net.clock.advance(3000);
    const [leaving, ...others] = peers as [Host, ...Host[]];
    leaving.feed({ type: 'close' });
    net.clock.advance(45);
    expect(others.every((peer) => peer.machine.peer(leaving.id) === undefined)).toBe(true);
    net.clock.advance(20_000);
    expect(leaving.closed).toBe(true);
    expect(downs(others, 'goodbye')).toBe(9);
    expect(agree(others)).toBe(true);
  });

  test('is heard to leave by all but one in a hundred when a fifth is lost', () => {
    const net = new PresenceNet(9, { loss: 0.2 });
    const peers = net.joinMany(30);
    net.clock.advance(10_000);
    const leaving = peers.slice(0, 10);
    for (const peer of leaving) peer.feed({ type: 'close' });
    net.clock.advance(400);
    const goodbyes = downs(peers.slice(10), 'goodbye');
    expect(goodbyes).toBeGreaterThanOrEqual(195);
  });
});

/** How long it took each of the others to give up a peer, and nothing else was wrong. */
function timesToGiveUp(net: PresenceNet, victim: Host, others: readonly Host[]): number[] {
  const from = net.now;
  net.clock.advance(8000);
  const news = others.flatMap((peer) =>
    peer.news.filter(({ type, at }) => type === 'down' && at > from),
  );
  expect(news).toHaveLength(others.length);
  expect(news.every(({ reason, peer }) => reason === 'expired' && peer.id === victim.id)).toBe(
    true,
  );
  return news.map(({ at }) => at - from);
}

describe('a peer that crashes', () => {
  test.each([2, 10])(
    'among %i is given up within 2.5 seconds, if its host went with it',
    (count) => {
      for (let seed = 0; seed < 10; seed++) {
        const net = new PresenceNet(seed);
        const [victim, ...others] = net.joinMany(count) as [Host, ...Host[]];
        net.clock.advance(10_000 + 100 * seed);
        victim.cutOff();
        const times = timesToGiveUp(net, victim, others);
        expect(Math.max(...times)).toBeLessThan(2500);
        expect(Math.min(...times)).toBeGreaterThan(500);
      }
    },
  );

  test.each([2, 10])('among %i is given up within 1.5 seconds, if its host lives', (count) => {
    for (let seed = 0; seed < 10; seed++) {
      const net = new PresenceNet(seed);
      const [victim, ...others] = net.joinMany(count) as [Host, ...Host[]];
      net.clock.advance(10_000 + 100 * seed);
      victim.kill();
      expect(Math.max(...timesToGiveUp(net, victim, others))).toBeLessThan(1500);
    }
  });

  test('among 50 is given up within 3 seconds by all, if its host lives', () => {
    for (let seed = 0; seed < 2; seed++) {
      const net = new PresenceNet(seed);
      const [victim, ...others] = net.joinMany(50) as [Host, ...Host[]];
      net.clock.advance(10_000 + 100 * seed);
      victim.kill();
      expect(Math.max(...timesToGiveUp(net, victim, others))).toBeLessThan(3000);
    }
  });

  test('is asked after by few, whoever notices', () => {
    const net = new PresenceNet(4);
    const [victim, ...others] = net.joinMany(30) as [Host, ...Host[]];
    net.clock.advance(10_000);
    victim.cutOff();
    // Less than the time in which it doubts itself: then it asks after the others, and nobody hears it.
    net.clock.advance(8000);
    expect(downs(others, 'expired')).toBe(29);
    // Eight rounds or so, each asked twice, by one or two of 29.
    expect(net.multicastsOf(TYPE.PROBE)).toBeLessThanOrEqual(8 * 2 * 2);
  });

  test('and restarted is a new peer at once, while the old one runs out', () => {
    const net = new PresenceNet(10);
    const peers = net.joinMany(5);
    net.clock.advance(5000);
    peers[0]!.kill();
    const restarted = net.join('peer 0');
    net.clock.advance(10);
    const observer = peers[1]!;
    expect(observer.names.filter((name) => name === 'peer 0')).toHaveLength(2);
    net.clock.advance(5000);
    expect(observer.names.filter((name) => name === 'peer 0')).toHaveLength(1);
    expect(agree([...peers.slice(1), restarted])).toBe(true);
  });
});

describe('a forged goodbye', () => {
  test('from elsewhere takes nobody off a list: its victim objects', () => {
    const net = new PresenceNet(11);
    const peers = net.joinMany(6);
    net.clock.advance(5000);
    net.multicast(forgedBye(peers[0]!, 1_000_000), sourceAt('10.66.6.6:6'));
    net.clock.advance(30_000);
    expect(downs(peers, 'goodbye')).toBe(0);
    expect(agree(peers)).toBe(true);
  });

  test('from the victim’s own address is repaired before anyone can blink', () => {
    const net = new PresenceNet(12);
    const peers = net.joinMany(6);
    net.clock.advance(5000);
    const [victim, ...others] = peers as [Host, ...Host[]];
    // The segment does not bring a datagram back to where it says it is from: the victim gets its copy by unicast.
    const bye = forgedBye(victim, 1_000_000);
    net.multicast(bye, victim.source);
    net.unicast(bye, victim.source, victim.source);
    net.clock.advance(2);
    expect(downs(others, 'goodbye')).toBe(5);
    expect(agree(peers)).toBe(true);
  });
});

describe('an observer', () => {
  test('sees everybody and is seen by nobody', () => {
    const net = new PresenceNet(13);
    const peers = net.joinMany(8);
    net.clock.advance(5000);
    const [observer, second] = [net.join(undefined), net.join(undefined)];
    net.clock.advance(10);
    expect(observer.machine.peers).toHaveLength(8);
    expect(second.machine.peers).toHaveLength(8);
    net.clock.advance(10_000);
    expect(agree(peers)).toBe(true);
  });

  test('notices a crash as peers do, with no beat of its own', () => {
    const net = new PresenceNet(14);
    const peers = net.joinMany(2);
    const observer = net.join(undefined);
    net.clock.advance(5000);
    for (const peer of peers) peer.kill();
    const multicasts = net.multicastsOf(TYPE.ANNOUNCE);
    net.clock.advance(5000);
    expect(observer.machine.peers).toHaveLength(0);
    expect(net.multicastsOf(TYPE.ANNOUNCE)).toBe(multicasts);
  });
});

describe('a computer that was suspended', () => {
  test('gives up nobody who lives, and rejoins', () => {
    const net = new PresenceNet(15);
    const peers = net.joinMany(6);
    net.clock.advance(5000);
    const sleeper = peers[0]!;
    sleeper.suspend();
    net.clock.advance(3_600_000);
    expect(downs(peers, 'expired')).toBe(5);
    sleeper.resume();
    net.clock.advance(20);
    expect(agree(peers)).toBe(true);
    net.clock.advance(10_000);
    expect(sleeper.news.every((news) => news.type === 'up')).toBe(true);
  });

  test('gives up who went meanwhile, once that one has left its questions unanswered', () => {
    const net = new PresenceNet(16);
    const peers = net.joinMany(3);
    net.clock.advance(5000);
    peers[0]!.suspend();
    peers[1]!.kill();
    net.clock.advance(60_000);
    peers[0]!.resume();
    net.clock.advance(250);
    expect(peers[0]!.names).toContain('peer 1');
    net.clock.advance(1500);
    expect(peers[0]!.names).toEqual(['peer 2']);
  });
});
