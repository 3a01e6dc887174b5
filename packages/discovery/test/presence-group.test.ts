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
  test.each([1, 2, 10, 30])('to %i peers has the whole list within 10 ms', (count) => {
    const net = new PresenceNet(count);
    const peers = net.joinMany(count);
    net.clock.advance(5000);
    const newcomer = net.join('newcomer');
    net.clock.advance(10);
    expect(newcomer.machine.peers).toHaveLength(count);
    expect(agree([...peers, newcomer])).toBe(true);
  });

  test('to 60 peers is answered in proportion: within 12 ms', () => {
    const net = new PresenceNet(1);
    net.joinMany(60);
    net.clock.advance(5000);
    const newcomer = net.join('newcomer');
    net.clock.advance(12);
    expect(newcomer.machine.peers).toHaveLength(60);
  });

  test('learns whom it missed from their beats when a fifth of all is lost', () => {
    const times = Array.from({ length: 20 }, (_, seed) => {
      const net = new PresenceNet(seed, harsh);
      const peers = net.joinMany(10);
      net.clock.advance(10_000);
      const newcomer = net.join('newcomer');
      return untilTrue(net, 5000, () => newcomer.machine.peers.length === peers.length);
    });
    expect(times.toSorted((a, b) => a - b)[10]).toBeLessThan(1000);
  });
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
    const updates = peers
      .slice(1)
      .flatMap((peer) => peer.news.filter((news) => news.type === 'update'));
    expect(updates).toHaveLength(23);
    expect(updates[0]!.peer.record).toEqual(changed);
  });

  test('gives up nobody for half an hour at 1 % loss', () => {
    const net = new PresenceNet(5, { loss: 0.01 });
    const peers = net.joinMany(8);
    net.clock.advance(1_800_000);
    expect(downs(peers, 'expired')).toBe(0);
    expect(agree(peers)).toBe(true);
  });

  test('keeps to its budget when it is large', () => {
    const net = new PresenceNet(6);
    net.joinMany(50);
    net.clock.advance(20_000);
    const before = net.multicastBytes;
    const datagrams = net.trace.length;
    net.clock.advance(40_000);
    const sent = net.trace.length - datagrams;
    const wireBytes = net.multicastBytes - before + WIRE_OVERHEAD_BYTES * sent;
    expect((wireBytes * 8) / 40).toBeLessThan(50_000);
    expect((wireBytes * 8) / 40).toBeGreaterThan(35_000);
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

describe('a peer that is killed', () => {
  test('is given up by nine others within 5 seconds, and not before it missed five beats', () => {
    for (let seed = 0; seed < 10; seed++) {
      const net = new PresenceNet(seed);
      const peers = net.joinMany(10);
      net.clock.advance(10_000 + 100 * seed);
      const [victim, ...others] = peers as [Host, ...Host[]];
      victim.kill();
      const diedAt = net.now;
      net.clock.advance(5000);
      const news = others.flatMap((peer) => peer.news.filter((one) => one.type === 'down'));
      expect(news).toHaveLength(9);
      expect(news.every((one) => one.reason === 'expired' && one.peer.id === victim.id)).toBe(true);
      expect(Math.min(...news.map((one) => one.at)) - diedAt).toBeGreaterThan(2500);
    }
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
    net.clock.advance(5000);
    expect(observer.machine.peers).toHaveLength(0);
    expect(observer.machine.nextWakeAt).toBe(Infinity);
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

  test('gives up who went meanwhile, a time to live after it woke', () => {
    const net = new PresenceNet(16);
    const peers = net.joinMany(3);
    net.clock.advance(5000);
    peers[0]!.suspend();
    peers[1]!.kill();
    net.clock.advance(60_000);
    peers[0]!.resume();
    net.clock.advance(1000);
    expect(peers[0]!.names).toContain('peer 1');
    net.clock.advance(4000);
    expect(peers[0]!.names).toEqual(['peer 2']);
  });
});
