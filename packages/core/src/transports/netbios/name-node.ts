/** What the parts of a node of the name service share. */

import type { Random } from '../../random.ts';
import type { NameEntry, NamePacket, NodeType } from './name-packet.ts';
import type { Destination, Transaction } from './name-transactions.ts';
import type { NetbiosName } from './netbios-name.ts';
import type { NodeStatus } from './node-status.ts';
import type { NameTiming } from './timing.ts';

export interface NodeConfig {
  /** Its own, by which others are to reach it. */
  readonly address: string;
  /** Of every name service: 137. */
  readonly port: number;
  readonly nodeType: NodeType;
  /** Addresses, the one to ask first in front; none for a B node. */
  readonly nameServers: readonly string[];
  /** Upper case, mostly empty. */
  readonly scope: string;
  /** Its MAC address. */
  readonly unitId: Uint8Array;
  /** Whether this computer has other subnets too. */
  readonly multihomed: boolean;
  readonly timing: NameTiming;
  readonly random: Random;
}

/** Whom to ask, in this order: everybody, or the name servers (RFC 1001 section 15.1.1). */
export type Ask = 'all' | 'server';

const ORDER: Readonly<Record<NodeType, readonly Ask[]>> = {
  B: ['all'],
  P: ['server'],
  M: ['all', 'server'],
  H: ['server', 'all'],
};

export function orderOf({ nodeType }: NodeConfig): readonly Ask[] {
  return ORDER[nodeType];
}

export function entryOf({ address, nodeType }: NodeConfig, group: boolean): NameEntry {
  return { group, nodeType, address };
}

/** Where a name is. */
export interface NameAnswer {
  readonly group: boolean;
  readonly nodeType: NodeType;
  /** Not empty. Of a group the members that were told, which may be 255.255.255.255: ask by broadcast. */
  readonly addresses: readonly string[];
}

/** What is to be done. */
export type NameEffect =
  | { readonly type: 'send'; readonly packet: NamePacket; readonly to: Destination }
  | { readonly type: 'registered'; readonly name: NetbiosName }
  /** The name is another's: of the node at `by`, or because the name server there says so. */
  | { readonly type: 'refused'; readonly name: NetbiosName; readonly by: string }
  /** A name that was ours is another's too, says the node at `by`: it is no longer used. */
  | { readonly type: 'lost'; readonly name: NetbiosName; readonly by: string }
  | { readonly type: 'released'; readonly name: NetbiosName }
  | {
      readonly type: 'found';
      readonly request: number;
      readonly answer: NameAnswer | undefined;
    }
  | {
      readonly type: 'status';
      readonly request: number;
      readonly status: NodeStatus | undefined;
    }
  /** What was known of that name is no longer so. */
  | { readonly type: 'changed'; readonly name: NetbiosName };

/** What every packet of a transaction has. */
export interface PacketContext {
  readonly id: number;
  readonly scope: string;
}

/** The node as its parts see it. */
export interface NameNode {
  readonly config: NodeConfig;
  /** Milliseconds, by the clock of the caller. */
  now(): number;
  effect(effect: NameEffect): void;
  send(packet: NamePacket, to: Destination): void;
  /** Starts a transaction with a new id. */
  request(make: (context: PacketContext) => Transaction): number;
  stop(transaction: number): void;
}
