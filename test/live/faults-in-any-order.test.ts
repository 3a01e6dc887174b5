/** All orders of four faults of a network, on real hosts that lose 5 % of all packets. */

import { setTimeout } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import { type Host, hasNamespaces } from '../support/lan.ts';
import { type LobbyPeer, Town } from '../support/lobby-peers.ts';
import { until } from '../support/real-time.ts';
import { needs } from '../support/requirement.ts';

const LOSS_PERCENT = 5;
const HOSTS = 10;
/** The others of a network look on. */
const VICTIMS = 8;
const FAULT_MS = 3_000;
/** From the end of the last fault until every list must be right. */
const SETTLED_MS = 10_000;

interface Victim {
  readonly host: Host;
  readonly peer: LobbyPeer;
  /** Grows with each new lease. */
  lease: number;
  readonly number: number;
}

/** Each begins, lasts, and ends. */
const FAULTS = {
  async unplugged({ host }: Victim): Promise<void> {
    host.turn('eth0', 'down');
    await setTimeout(FAULT_MS);
    host.turn('eth0', 'up');
  },
  async readdressed(victim: Victim): Promise<void> {
    victim.host.ip('-4', 'addr', 'flush', 'dev', 'eth0');
    await setTimeout(FAULT_MS / 3);
    victim.lease++;
    victim.host.readdress('eth0', `${addressOf(victim)}/16`);
    await setTimeout(FAULT_MS / 3);
  },
  async asleep({ peer }: Victim): Promise<void> {
    peer.freeze();
    await setTimeout(FAULT_MS);
    peer.thaw();
  },
  async filtered({ host }: Victim): Promise<void> {
    host.keepOut('filter', 'meta pkttype multicast');
    await setTimeout(FAULT_MS);
    host.letIn('filter');
  },
};

type Fault = keyof typeof FAULTS;

function addressOf({ lease, number }: Victim): string {
  return `10.77.${lease}.${number}`;
}

function ordersOf(faults: readonly Fault[]): Fault[][] {
  if (faults.length === 0) return [[]];
  return faults.flatMap((first) =>
    ordersOf(faults.filter((fault) => fault !== first)).map((rest) => [first, ...rest]),
  );
}

/** Ten hosts on one wire, of which the first eight go through the faults in these orders, all at the same time. */
async function goThrough(orders: readonly Fault[][]): Promise<readonly string[]> {
  await using town = new Town();
  const bridge = town.lan.bridge();
  const victims: Victim[] = [];
  for (let number = 1; number <= HOSTS; number++) {
    const host = town.lan.host();
    await host.connect(bridge, 'eth0', [`10.77.0.${number}/16`], { ipv6: false });
    host.keepOut('loss', `iifname "eth0" numgen random mod 100 < ${LOSS_PERCENT}`);
    victims.push({ host, peer: town.begin(host, `P${number}`), lease: 0, number });
  }
  await Promise.all(town.peers.map((peer) => peer.ready()));
  await town.whole(30_000);
  await Promise.all(
    orders.map(async (order, at) => {
      for (const fault of order) await FAULTS[fault](victims[at]!);
    }),
  );
  const isRight = (): boolean => town.isWhole && wrongAddresses(town.peers, victims).length === 0;
  await until(isRight, SETTLED_MS).catch(() => {});
  const missing = town.peers
    .filter(({ seen }) => seen.size !== HOSTS - 1)
    .map(({ name, names }) => `${name} sees only ${names.join(' ')}`);
  return [...town.trouble, ...missing, ...wrongAddresses(town.peers, victims)];
}

function wrongAddresses(peers: readonly LobbyPeer[], victims: readonly Victim[]): string[] {
  return peers.flatMap((peer) =>
    victims
      .filter(({ peer: other }) => peer.seen.has(other.name))
      .filter((victim) => peer.addressesOf(victim.peer.name).join() !== addressOf(victim))
      .map(({ peer: { name } }) => `${peer.name} has ${name} at ${peer.addressesOf(name).join()}`),
  );
}

describe.runIf(needs('root, iproute2, tcpdump and nftables', hasNamespaces()))('faults', () => {
  test('in all 24 orders, at 5 % loss, leave right lists and nothing to catch', async () => {
    const orders = ordersOf(['unplugged', 'readdressed', 'asleep', 'filtered']);
    const networks = [0, 1, 2].map((network) => orders.slice(network * VICTIMS).slice(0, VICTIMS));
    expect(networks.flat()).toHaveLength(24);
    const found = await Promise.all(networks.map(goThrough));
    expect(found.flat()).toEqual([]);
  }, 120_000);
});
