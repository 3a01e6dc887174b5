/** What the interfaces of this computer make of addresses: whose datagrams are taken, and where another's places are. */

import {
  chooseInterfaces,
  type InterfaceRules,
  type InterfaceTable,
  isLinkLocal,
  type UdpInterface,
} from './interfaces.ts';
import type { Endpoint, UdpSettings } from './options.ts';
import { areNeighbours, decodePlace, encodePlace, isHostAddress } from './places.ts';
import { UdpSource } from './sources.ts';
import { Surroundings } from './surroundings.ts';

export class Neighbourhood {
  readonly #settings: UdpSettings;
  readonly #rules: InterfaceRules;
  /** The table of interfaces, as it was when it last changed. */
  #table = '{}';
  #used: readonly UdpInterface[] = [];
  #missing: readonly string[] = [];
  #usedNames: ReadonlySet<string> = new Set();
  #surroundings: Surroundings;

  constructor(settings: UdpSettings, platform: NodeJS.Platform) {
    this.#settings = settings;
    this.#rules = { ...settings, platform };
    this.#surroundings = new Surroundings({}, settings.seeds, platform);
  }

  /** The interfaces to use. */
  get used(): readonly UdpInterface[] {
    return this.#used;
  }

  /** What the user named and is not there. */
  get missing(): readonly string[] {
    return this.#missing;
  }

  get surroundings(): Surroundings {
    return this.#surroundings;
  }

  /** Takes note of the interfaces there are now. True if anything about them has changed. */
  update(interfaces: InterfaceTable): boolean {
    const table = JSON.stringify(interfaces);
    if (table === this.#table) return false;
    const { used, missing } = chooseInterfaces(interfaces, this.#rules);
    this.#used = used;
    this.#missing = missing;
    this.#table = table;
    this.#usedNames = new Set(this.#used.map(({ name }) => name));
    this.#surroundings = new Surroundings(interfaces, this.#settings.seeds, this.#rules.platform);
    return true;
  }

  /**
   * Linux delivers what other programs joined for, so what is not for us is told by where it comes from. Only a user can
   * leave an interface out; but loopback, where tests and demos are, is another network while we are not on it.
   */
  judge(endpoint: Endpoint): UdpSource {
    const whereabouts = this.#surroundings.locate(endpoint.address);
    const { trust, interfaces } = whereabouts;
    const taken =
      interfaces.some((name) => this.#usedNames.has(name)) ||
      (this.#settings.interfaces === undefined && trust !== 'loopback') ||
      this.#surroundings.isSeed(endpoint.address);
    return new UdpSource(endpoint, whereabouts, !taken);
  }

  /** The place that a neighbour tells of; undefined if it can be none of its own neighbours. */
  locate(place: Uint8Array, toldBy: UdpSource): UdpSource | undefined {
    const endpoint = decodePlace(place, this.#zoneOf(toldBy));
    if (endpoint === undefined || this.#surroundings.isBroadcast(endpoint.address))
      return undefined;
    const source = this.judge(endpoint);
    return source.leftOut || !areNeighbours(source, toldBy) ? undefined : source;
  }

  /** What to tell a correspondent of a source; undefined if it could not write there. */
  placeFor(source: UdpSource, to: UdpSource): Uint8Array | undefined {
    const sharesLink = source.interfaces.some((name) => to.interfaces.includes(name));
    return sharesLink || isRoutable(source.address) ? encodePlace(source) : undefined;
  }

  /**
   * The place that a correspondent tells of, on any network: whoever was asked may tell. Undefined if no host can be
   * there.
   */
  locateFor(place: Uint8Array, toldBy: UdpSource): UdpSource | undefined {
    const endpoint = decodePlace(place, this.#zoneOf(toldBy));
    if (endpoint === undefined || !isHostAddress(endpoint.address)) return undefined;
    if (this.#surroundings.isBroadcast(endpoint.address)) return undefined;
    const source = this.judge(endpoint);
    const allowed = source.trust !== 'loopback' || toldBy.trust === 'loopback';
    return allowed && !source.leftOut ? source : undefined;
  }

  /** The zone of the link that a source is on; undefined if that is not certain. */
  #zoneOf({ address, interfaces }: UdpSource): string | undefined {
    const [, zone] = address.split('%');
    return (
      zone ?? (interfaces.length === 1 ? this.#surroundings.zoneOf(interfaces[0]!) : undefined)
    );
  }
}

/** Whether an address means the same host on other links. */
function isRoutable(address: string): boolean {
  return !isLinkLocal(address) && !address.startsWith('127.');
}
