/** The names of a node: claimed, defended, kept and given back (RFC 1002 sections 5.1.1.1, 5.1.1.4, 5.1.1.5 and 5.1.2.1). */

import {
  ALTERNATE_REFRESH,
  BROADCAST,
  CONFLICT_ERROR,
  decodeEntries,
  MULTIHOMED_REGISTRATION,
  type NameEntry,
  type NamePacket,
  OPCODE,
  QUERY,
  RCODE,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
  REFRESH,
  REGISTRATION,
  RELEASE,
  TYPE_NB,
  TYPE_NBSTAT,
} from './name-packet.ts';
import {
  queryAnswer,
  queryRefusal,
  queryRequest,
  refreshRequest,
  registrationRefusal,
  registrationRequest,
  releaseRequest,
  statusAnswer,
} from './name-packets.ts';
import type { Endpoint } from './name-transactions.ts';
import { type NetbiosName, WILDCARD } from './netbios-name.ts';
import { type Ask, entryOf, type NameNode, orderOf } from './name-node.ts';
import { REFRESH_MS_MIN } from './timing.ts';

/** As many as a node status of 576 bytes can list beside its header and the longest usual question. */
export const OWN_NAMES_MAX = 24;

/** Answers in a second. A status is four times its question: nobody is to be flooded with ours. */
export const ANSWERS_PER_S_MAX = 200;

interface OwnName {
  readonly name: NetbiosName;
  readonly group: boolean;
  state: 'registering' | 'registered' | 'conflict';
  /** The id of the last transaction that claimed or refreshed it. */
  claim: number;
  /** The name server that has it. */
  server: string | undefined;
  refreshAt: number;
}

export class NameOwner {
  readonly #node: NameNode;
  readonly #names = new Map<string, OwnName>();
  #second = 0;
  #answers = 0;

  constructor(node: NameNode) {
    this.#node = node;
  }

  get nextAt(): number {
    let nextAt = Infinity;
    for (const { refreshAt } of this.#names.values()) nextAt = Math.min(nextAt, refreshAt);
    return nextAt;
  }

  get names(): readonly NetbiosName[] {
    return Array.from(this.#names.values(), ({ name }) => name);
  }

  /** While a name is being registered nobody else may use it either. */
  hears(name: NetbiosName): boolean {
    const own = this.#names.get(name.key);
    return own === undefined ? name.equals(WILDCARD) : own.state !== 'conflict';
  }

  owns(name: NetbiosName): boolean {
    return this.#names.get(name.key)?.state === 'registered';
  }

  entryOf(name: NetbiosName): NameEntry | undefined {
    return this.owns(name) ? this.#entry(this.#names.get(name.key)!) : undefined;
  }

  /** A name that is in conflict is claimed anew. */
  register(name: NetbiosName, group: boolean): void {
    const own = this.#names.get(name.key);
    if (own?.state === 'registering') return;
    if (own?.state === 'registered') return this.#node.effect({ type: 'registered', name });
    if (own === undefined && this.#names.size >= OWN_NAMES_MAX) {
      return this.#node.effect({ type: 'refused', name, by: this.#node.config.address });
    }
    const idle = { claim: -1, server: undefined, refreshAt: Infinity };
    const claimed: OwnName = { name, group, state: 'registering', ...idle };
    this.#names.set(name.key, claimed);
    // Such a name is this computer's business alone ([MS-NBTE] section 3.1).
    if (name.name.startsWith('*')) this.#have(claimed);
    else this.#claim(claimed, orderOf(this.#node.config));
  }

  release(name: NetbiosName): void {
    const own = this.#names.get(name.key);
    this.#names.delete(name.key);
    if (own !== undefined) this.#node.stop(own.claim);
    const released = (): void => this.#node.effect({ type: 'released', name });
    if (own === undefined || own.state === 'conflict') return released();
    const { nodeType, timing, port } = this.#node.config;
    const entry = this.#entry(own);
    if (own.server !== undefined) {
      const to = { address: own.server, port };
      this.#node.request((context) => ({
        packet: releaseRequest(context, name, entry, { broadcast: false }),
        to,
        tries: timing.unicastTries,
        retryMs: timing.unicastRetryMs,
        answered: () => true,
        unanswered: () => {},
      }));
    }
    if (nodeType === 'P') return released();
    this.#node.request((context) => ({
      packet: releaseRequest(context, name, entry, { broadcast: true }),
      to: 'all',
      tries: timing.broadcastTries,
      retryMs: timing.broadcastRetryMs,
      answered: () => false,
      unanswered: released,
    }));
  }

  /**
   * Claims every name anew, since another may have it by now: nobody defended it while the computer slept. Until that is
   * known it stays ours.
   */
  reclaim(): void {
    const { config } = this.#node;
    for (const own of this.#names.values()) {
      if (own.state !== 'registered' || own.name.name.startsWith('*')) continue;
      this.#node.stop(own.claim);
      // A name server may be out of reach for a while yet, and has kept the name for us.
      if (config.nodeType === 'P') this.#refresh(own);
      else this.#claim(own, orderOf(config));
    }
  }

  advance(): void {
    for (const own of this.#names.values()) {
      if (own.refreshAt <= this.#node.now()) this.#refresh(own);
    }
  }

  // --- Claiming -------------------------------------------------------------------------------

  #claim(own: OwnName, [ask, ...rest]: readonly Ask[]): void {
    if (ask === 'all') this.#claimBeforeAll(own, rest);
    else if (ask === 'server') this.#claimAtServer(own, this.#node.config.nameServers, rest);
    else this.#have(own);
  }

  #claimBeforeAll(own: OwnName, rest: readonly Ask[]): void {
    const { timing } = this.#node.config;
    const { name } = own;
    const entry = this.#entry(own);
    own.claim = this.#node.request((context) => ({
      packet: registrationRequest(context, name, entry, { broadcast: true }),
      to: 'all',
      tries: timing.broadcastTries,
      retryMs: timing.broadcastRetryMs,
      answered: (answer, from) => {
        if (!isOf(answer, name) || (answer.flags & RCODE) === 0) return false;
        this.#refuse(own, from.address);
        return true;
      },
      unanswered: () => {
        const demand = { broadcast: true, demand: true };
        this.#node.send(registrationRequest(context, name, entry, demand), 'all');
        this.#claim(own, rest);
      },
    }));
  }

  #claimAtServer(
    own: OwnName,
    [server, ...others]: readonly string[],
    rest: readonly Ask[],
    demand: boolean = false,
  ): void {
    const { nodeType, multihomed, timing, port } = this.#node.config;
    if (server === undefined) {
      own.refreshAt = this.#node.now() + REFRESH_MS_MIN;
      if (nodeType === 'P') this.#refuse(own, 'no name server that answers');
      else this.#claim(own, rest);
      return;
    }
    const options = { broadcast: false, demand, multihomed: multihomed && !own.group };
    own.claim = this.#node.request((context) => ({
      packet: registrationRequest(context, own.name, this.#entry(own), options),
      to: { address: server, port },
      tries: timing.unicastTries,
      retryMs: timing.unicastRetryMs,
      answered: (answer) => {
        if (!isOf(answer, own.name)) return false;
        if ((answer.flags & RCODE) !== 0) this.#refuse(own, server);
        else if (isChallenge(answer)) this.#challenge(own, server, answer);
        else this.#haveAtServer(own, server, answer);
        return true;
      },
      unanswered: () => this.#claimAtServer(own, others, rest, demand),
    }));
  }

  /** The name server leaves it to us to see whether the owner that it knows is still there (RFC 1002 section 4.2.7). */
  #challenge(own: OwnName, server: string, { answer }: NamePacket): void {
    const [{ address }] = decodeEntries(answer!.data);
    const { timing, port } = this.#node.config;
    const demand = (): void => this.#claimAtServer(own, [server], [], true);
    own.claim = this.#node.request((context) => ({
      packet: queryRequest(context, own.name, { broadcast: false }),
      to: { address, port },
      tries: timing.unicastTries,
      retryMs: timing.unicastRetryMs,
      answered: ({ flags }) => {
        if ((flags & RCODE) === 0) this.#refuse(own, address);
        else demand();
        return true;
      },
      unanswered: demand,
    }));
  }

  #haveAtServer(own: OwnName, server: string, { answer }: NamePacket): void {
    own.server = server;
    own.refreshAt = this.#refreshAt(answer?.ttlS ?? 0);
    if (own.state === 'registering') this.#have(own);
  }

  #have(own: OwnName): void {
    own.state = 'registered';
    this.#node.effect({ type: 'registered', name: own.name });
  }

  #refuse(own: OwnName, by: string): void {
    this.#names.delete(own.name.key);
    this.#node.effect({ type: 'refused', name: own.name, by });
  }

  /** Half of what was granted leaves time for another try. Nothing expires that was granted for ever, with 0. */
  #refreshAt(ttlS: number): number {
    if (ttlS === 0) return Infinity;
    return this.#node.now() + Math.max(REFRESH_MS_MIN, (ttlS * 1_000) / 2);
  }

  #refresh(own: OwnName): void {
    const { timing, port } = this.#node.config;
    const { server, name } = own;
    own.refreshAt = this.#node.now() + REFRESH_MS_MIN;
    // It has the name by broadcast, because no server answered: perhaps one does now.
    if (server === undefined) return this.#claimAtServer(own, this.#node.config.nameServers, []);
    own.claim = this.#node.request((context) => ({
      packet: refreshRequest(context, name, this.#entry(own)),
      to: { address: server, port },
      tries: timing.unicastTries,
      retryMs: timing.unicastRetryMs,
      answered: (answer) => {
        if (!isOf(answer, name)) return false;
        if ((answer.flags & RCODE) !== 0) this.#lose(own, server);
        else this.#haveAtServer(own, server, answer);
        return true;
      },
      unanswered: () => {},
    }));
  }

  // --- Defending ------------------------------------------------------------------------------

  /** A request of another node. */
  asked(packet: NamePacket, from: Endpoint): void {
    switch (packet.flags & OPCODE) {
      case QUERY:
        if (packet.question?.type === TYPE_NBSTAT) this.#tellStatus(packet, from);
        else if (packet.question?.type === TYPE_NB) this.#tellAddress(packet, from);
        break;
      case REGISTRATION:
      case MULTIHOMED_REGISTRATION:
      case REFRESH:
      case ALTERNATE_REFRESH:
        this.#hearClaim(packet, from);
        break;
      case RELEASE:
        if (packet.question !== undefined) {
          this.#node.effect({ type: 'changed', name: packet.question.name });
        }
    }
  }

  /** A refusal that belongs to no transaction: two have a name of ours (RFC 1002 section 5.1.1.5), or it came late. */
  contradicted(packet: NamePacket, from: Endpoint): void {
    const own = packet.answer && this.#names.get(packet.answer.name.key);
    if (own?.state !== 'registered' || own.group) return;
    const error = packet.flags & RCODE;
    if (error === CONFLICT_ERROR || (error !== 0 && packet.id === own.claim)) {
      this.#lose(own, from.address);
    }
  }

  #lose(own: OwnName, by: string): void {
    own.state = 'conflict';
    own.refreshAt = Infinity;
    this.#node.effect({ type: 'lost', name: own.name, by });
  }

  #tellAddress(packet: NamePacket, from: Endpoint): void {
    const { name } = packet.question!;
    const own = this.#names.get(name.key);
    const isAny = own === undefined && name.equals(WILDCARD);
    if (isAny || own?.state === 'registered') {
      const entry = entryOf(this.#node.config, own?.group ?? false);
      this.#answer(queryAnswer(packet, name, entry), from);
    } else if ((packet.flags & BROADCAST) === 0) {
      this.#answer(queryRefusal(packet, name), from);
    }
  }

  #tellStatus(packet: NamePacket, from: Endpoint): void {
    const { name } = packet.question!;
    if (!name.equals(WILDCARD) && !this.#names.has(name.key)) return;
    const { nodeType, unitId } = this.#node.config;
    const names = Array.from(this.#names.values())
      .filter(({ state }) => state !== 'registering')
      .map(({ name, group, state }) => {
        const conflict = state === 'conflict';
        return { name, group, nodeType, conflict, deregistering: false };
      });
    this.#answer(statusAnswer(packet, name, { names, unitId }), from);
  }

  #hearClaim(packet: NamePacket, from: Endpoint): void {
    const { question, additional, flags } = packet;
    if (question === undefined || additional?.type !== TYPE_NB) return;
    const [{ group }] = decodeEntries(additional.data);
    this.#node.effect({ type: 'changed', name: question.name });
    const own = this.#names.get(question.name.key);
    // One who demands a name does not ask.
    if (own === undefined || (own.group && group) || (flags & RECURSION_DESIRED) === 0) return;
    const isDefended =
      own.state === 'registered' ||
      // Of two who claim a name at once the one with the lower address gets it.
      (own.state === 'registering' && isLower(this.#node.config.address, from.address));
    if (!isDefended) return;
    this.#answer(registrationRefusal(packet, own.name, this.#entry(own)), from);
  }

  #answer(packet: NamePacket, to: Endpoint): void {
    const second = Math.floor(this.#node.now() / 1_000);
    if (second !== this.#second) this.#answers = 0;
    this.#second = second;
    if (++this.#answers <= ANSWERS_PER_S_MAX) this.#node.send(packet, to);
  }

  #entry({ group }: OwnName): NameEntry {
    return entryOf(this.#node.config, group);
  }
}

function isOf({ answer }: NamePacket, name: NetbiosName): boolean {
  return answer?.name.equals(name) === true;
}

/** An end-node challenge is a positive answer of a server that offers no recursion (RFC 1002 section 4.2.7). */
function isChallenge({ flags, answer }: NamePacket): boolean {
  return (flags & RECURSION_AVAILABLE) === 0 && answer?.type === TYPE_NB;
}

function isLower(address: string, other: string): boolean {
  const [one, two] = [address, other].map((text) =>
    text.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0),
  );
  return one! < two!;
}
