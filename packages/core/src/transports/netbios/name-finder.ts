/** Finds the names of others (RFC 1002 sections 5.1.1.2, 5.1.2.2 and 5.1.3.2), and tells two owners of one from each other. */

import {
  decodeEntries,
  type NameEntry,
  type NamePacket,
  RCODE,
  TYPE_NB,
  TYPE_NBSTAT,
} from './name-packet.ts';
import { conflictDemand, queryRequest, statusRequest } from './name-packets.ts';
import type { Endpoint } from './name-transactions.ts';
import type { NetbiosName } from './netbios-name.ts';
import { type Ask, type NameAnswer, type NameNode, orderOf } from './name-node.ts';
import { decodeNodeStatus } from './node-status.ts';

/** Answers that another may still contradict: one for each name found in a second. */
export const WATCHES_MAX = 256;

interface Watch {
  readonly name: NetbiosName;
  readonly addresses: readonly string[];
  readonly until: number;
}

export class NameFinder {
  readonly #node: NameNode;
  /** By the id of the query, in the order in which they end. */
  readonly #watches = new Map<number, Watch>();

  constructor(node: NameNode) {
    this.#node = node;
  }

  /** A name that is this node's own, as `own` says, is not asked for. */
  query(request: number, name: NetbiosName, own: NameEntry | undefined): void {
    if (own === undefined) return this.#ask(request, name, orderOf(this.#node.config));
    this.#node.effect({ type: 'found', request, answer: answerOf([own]) });
  }

  /** Asks the node at an address for its names. */
  status(request: number, address: string): void {
    const { timing, port } = this.#node.config;
    this.#node.request((context) => ({
      packet: statusRequest(context),
      to: { address, port },
      tries: timing.unicastTries,
      retryMs: timing.unicastRetryMs,
      answered: ({ answer }) => {
        if (answer?.type !== TYPE_NBSTAT) return false;
        const status = decodeNodeStatus(answer.data);
        this.#node.effect({ type: 'status', request, status });
        return true;
      },
      unanswered: () => this.#node.effect({ type: 'status', request, status: undefined }),
    }));
  }

  /** A second answer to a query of ours: whoever is another than the first must stop using the name (5.1.1.5). */
  answeredAgain(packet: NamePacket, from: Endpoint): void {
    const watch = this.#watches.get(packet.id);
    if (watch === undefined || watch.until < this.#node.now()) return;
    const second = positive(packet, watch.name);
    if (second === undefined || second.group) return;
    const known = watch.addresses;
    if ([from.address, ...second.addresses].some((address) => known.includes(address))) return;
    const { port, scope } = this.#node.config;
    const demand = conflictDemand({ id: packet.id, scope }, watch.name, second);
    this.#node.send(demand, { address: from.address, port });
  }

  #ask(request: number, name: NetbiosName, [ask, ...rest]: readonly Ask[]): void {
    const next = (): void => this.#ask(request, name, rest);
    if (ask === 'all') this.#askAll(request, name, next);
    else if (ask === 'server') this.#askServer(request, name, this.#node.config.nameServers, next);
    else this.#node.effect({ type: 'found', request, answer: undefined });
  }

  #askAll(request: number, name: NetbiosName, next: () => void): void {
    const { timing } = this.#node.config;
    this.#node.request((context) => ({
      packet: queryRequest(context, name, { broadcast: true }),
      to: 'all',
      tries: timing.broadcastTries,
      retryMs: timing.broadcastRetryMs,
      // Nobody may say no for all.
      answered: (packet) => {
        const answer = positive(packet, name);
        if (answer === undefined) return false;
        if (!answer.group) this.#watch(context.id, name, answer.addresses);
        this.#node.effect({ type: 'found', request, answer });
        return true;
      },
      unanswered: next,
    }));
  }

  #askServer(
    request: number,
    name: NetbiosName,
    [server, ...others]: readonly string[],
    next: () => void,
  ): void {
    if (server === undefined) return next();
    const { timing, port } = this.#node.config;
    this.#node.request((context) => ({
      packet: queryRequest(context, name, { broadcast: false }),
      to: { address: server, port },
      tries: timing.unicastTries,
      retryMs: timing.unicastRetryMs,
      answered: (packet) => {
        const answer = positive(packet, name);
        if (answer === undefined) next();
        else this.#node.effect({ type: 'found', request, answer });
        return true;
      },
      unanswered: () => this.#askServer(request, name, others, next),
    }));
  }

  #watch(id: number, name: NetbiosName, addresses: readonly string[]): void {
    const now = this.#node.now();
    const { conflictMs } = this.#node.config.timing;
    for (const [id, { until }] of this.#watches) {
      if (until >= now && this.#watches.size < WATCHES_MAX) break;
      this.#watches.delete(id);
    }
    this.#watches.set(id, { name, addresses, until: now + conflictMs });
  }
}

/** What an answer says of a name; undefined if it is of another name, or no. */
function positive({ flags, answer }: NamePacket, name: NetbiosName): NameAnswer | undefined {
  if ((flags & RCODE) !== 0 || answer?.type !== TYPE_NB || !answer.name.equals(name)) return;
  return answerOf(decodeEntries(answer.data));
}

function answerOf(entries: readonly [NameEntry, ...NameEntry[]]): NameAnswer {
  const [{ group, nodeType }] = entries;
  return { group, nodeType, addresses: entries.map(({ address }) => address) };
}
