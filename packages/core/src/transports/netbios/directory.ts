/** Where names are: asked once, remembered for a while. */

import { isIPv4 } from 'node:net';

import { LRUCache } from 'lru-cache';

import type { Clock } from '../../clock.ts';
import { NetbiosName, SUFFIX } from './netbios-name.ts';
import type { Subnet } from './subnet.ts';

/** How long an answer is believed, as in Windows; unless the name is heard to be released or claimed. */
const REMEMBERED_MS = 600_000;

/** Far more than one program writes to. */
export const REMEMBERED_MAX = 512;

/** Who has a name, and where. */
export type Whereabouts =
  | { readonly kind: 'unique'; readonly name: NetbiosName; readonly at: Place }
  /** Members that only a name server told of; all others hear a broadcast. */
  | { readonly kind: 'group'; readonly name: NetbiosName; readonly beyond: readonly Place[] };

/** An address, and the subnet by which it is reached. */
export interface Place {
  readonly subnet: Subnet;
  readonly address: string;
}

export class Directory {
  readonly #subnets: () => readonly Subnet[];
  readonly #known: LRUCache<string, Whereabouts>;
  readonly #asking = new Map<string, Promise<Whereabouts | undefined>>();

  constructor(clock: Clock, subnets: () => readonly Subnet[]) {
    this.#subnets = subnets;
    this.#known = new LRUCache({
      max: REMEMBERED_MAX,
      ttl: REMEMBERED_MS,
      ttlResolution: 0,
      perf: clock,
    });
  }

  /** What is remembered of a computer or domain. */
  known(host: string): Whereabouts | undefined {
    return this.#known.get(host);
  }

  /** Where a computer or domain is; undefined if nobody on any subnet has that name. */
  async find(host: string): Promise<Whereabouts | undefined> {
    const known = this.#known.get(host);
    if (known !== undefined) return known;
    let asking = this.#asking.get(host);
    if (asking === undefined) {
      asking = this.#ask(host).finally(() => this.#asking.delete(host));
      this.#asking.set(host, asking);
    }
    return asking;
  }

  /** Forgets a name: it has moved, or gone. */
  forget({ name }: NetbiosName): void {
    this.#known.delete(name);
  }

  clear(): void {
    this.#known.clear();
  }

  async #ask(host: string): Promise<Whereabouts | undefined> {
    const found = isIPv4(host) ? await this.#askAddress(host) : await this.#askName(host);
    if (found !== undefined) this.#known.set(host, found);
    return found;
  }

  async #askName(host: string): Promise<Whereabouts | undefined> {
    const name = nameOf(host);
    if (name === undefined) return undefined;
    const found = await this.#first((subnet) => subnet.names.query(name));
    if (found === undefined) return undefined;
    const { subnet, answer } = found;
    const hosts = answer.addresses.filter(isHost);
    if (answer.group) {
      const beyond = hosts.filter((address) => !subnet.holds(address));
      return { kind: 'group', name, beyond: beyond.map((address) => ({ subnet, address })) };
    }
    // Of several addresses one that is reached without a router, if there is any.
    const address = hosts.find((each) => subnet.holds(each)) ?? hosts[0];
    return address === undefined ? undefined : { kind: 'unique', name, at: { subnet, address } };
  }

  /** A host that is written to by its address has a name all the same: what it sends to must bear it. */
  async #askAddress(address: string): Promise<Whereabouts | undefined> {
    const found = await this.#first((subnet) => subnet.names.status(address));
    const own = found?.answer.names.find(
      ({ name, group }) => !group && name.suffix === SUFFIX.workstation,
    );
    if (found === undefined || own === undefined) return undefined;
    return { kind: 'unique', name: own.name, at: { subnet: found.subnet, address } };
  }

  /** The first answer that any subnet has. */
  async #first<Answer>(
    ask: (subnet: Subnet) => Promise<Answer | undefined>,
  ): Promise<{ subnet: Subnet; answer: Answer } | undefined> {
    const asked = this.#subnets().map(async (subnet) => {
      const answer = await ask(subnet);
      if (answer === undefined) throw new Error('No answer.');
      return { subnet, answer };
    });
    return Promise.any(asked).catch(() => undefined);
  }
}

/**
 * Whether an address is one host's: not 0.0.0.0, as Samba tells of its own groups, nor 255.255.255.255, as Windows does of
 * all; nor a multicast group, by which a forged answer would have us write to many.
 */
function isHost(address: string): boolean {
  const first = Number.parseInt(address, 10);
  return first > 0 && first < 224;
}

function nameOf(host: string): NetbiosName | undefined {
  try {
    return NetbiosName.of(host, SUFFIX.workstation);
  } catch {
    // Longer than any NetBIOS name: nobody can have it.
    return undefined;
  }
}
