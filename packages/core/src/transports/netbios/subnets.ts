/** The subnets this computer is on now, one for each interface in use. */

import { MailslotError } from '../../errors.ts';
import { chooseInterfaces, type InterfaceTable, type UdpInterface } from '../udp/interfaces.ts';
import type { NodeConfig } from './name-node.ts';
import type { NetbiosSystem } from './netbios-transport.ts';
import type { NetbiosSettings } from './options.ts';
import { Subnet, type SubnetContext, type SubnetInterface } from './subnet.ts';

/** What has come of a look at the interfaces. */
export interface Change {
  readonly opened: readonly Subnet[];
  /** What went wrong, unless it did so the last time too. */
  readonly failures: readonly MailslotError[];
  readonly changed: boolean;
}

/** What the subnets meet with. */
export interface SubnetsContext extends SubnetContext {
  /** The user named interfaces that are not among these. */
  missing(names: readonly string[], table: InterfaceTable): void;
}

export class Subnets {
  readonly #settings: NetbiosSettings;
  readonly #system: NetbiosSystem;
  readonly #context: SubnetsContext;
  readonly #open = new Map<string, Subnet>();
  /** By interface, what went wrong. */
  readonly #failing = new Map<string, string>();
  #all: readonly Subnet[] = [];

  constructor(settings: NetbiosSettings, system: NetbiosSystem, context: SubnetsContext) {
    this.#settings = settings;
    this.#system = system;
    this.#context = context;
  }

  get all(): readonly Subnet[] {
    return this.#all;
  }

  /** Adapts to the interfaces there are now. */
  async follow(): Promise<Change> {
    const table = this.#readInterfaces();
    if (table === undefined) return { opened: [], failures: [], changed: false };
    const { interfaces } = this.#settings;
    const rules = { interfaces, families: ['IPv4'], platform: this.#system.platform } as const;
    const { used, missing } = chooseInterfaces(table, rules);
    this.#context.missing(missing, table);
    const wanted = subnetInterfaces(table, used);
    const gone = Array.from(this.#open).filter(([key]) => !wanted.has(key));
    for (const [key, subnet] of gone) {
      this.#open.delete(key);
      await subnet.close();
    }
    const opened: Subnet[] = [];
    const failures: MailslotError[] = [];
    for (const [key, network] of wanted) {
      if (this.#open.has(key)) continue;
      try {
        const config = this.#config(network, wanted.size > 1);
        const subnet = await Subnet.open(network, config, this.#context);
        this.#open.set(key, subnet);
        this.#failing.delete(key);
        opened.push(subnet);
      } catch (error) {
        if (!(error instanceof MailslotError)) throw error;
        if (this.#failing.get(key) !== error.message) failures.push(error);
        this.#failing.set(key, error.message);
      }
    }
    for (const key of this.#failing.keys()) {
      if (!wanted.has(key)) this.#failing.delete(key);
    }
    this.#all = Array.from(this.#open.values());
    return { opened, failures, changed: gone.length > 0 || opened.length > 0 };
  }

  async close(): Promise<void> {
    const all = this.#all;
    this.#open.clear();
    this.#all = [];
    await Promise.all(all.map((subnet) => subnet.close()));
  }

  /** Undefined if the system does not say; then they are taken to be as they were. */
  #readInterfaces(): InterfaceTable | undefined {
    try {
      return this.#system.networkInterfaces();
    } catch (error) {
      this.#context.failed('Listing the interfaces', error);
      return undefined;
    }
  }

  #config({ address, mac }: SubnetInterface, multihomed: boolean): NodeConfig {
    const { nodeType, nameServers, scope, ports } = this.#settings;
    return {
      address,
      port: ports.name,
      nodeType,
      nameServers,
      scope,
      unitId: Uint8Array.from(mac.split(':'), (octet) => Number.parseInt(octet, 16)),
      multihomed,
      timing: this.#system.timing,
      random: this.#context.host.random,
    };
  }
}

/** Those of the interfaces that have a broadcast address, by all that a subnet depends on. */
function subnetInterfaces(
  table: InterfaceTable,
  used: readonly UdpInterface[],
): ReadonlyMap<string, SubnetInterface> {
  return new Map(
    used.flatMap(({ name, address, broadcastAddress, fallback = false, key }) => {
      const info = table[name]?.find((each) => each.address === address);
      if (broadcastAddress === undefined || info === undefined) return [];
      const { netmask, mac } = info;
      return [[key, { name, address, netmask, broadcastAddress, mac, fallback }] as const];
    }),
  );
}
