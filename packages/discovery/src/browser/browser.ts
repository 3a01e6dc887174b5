/** Taking part as a browser, on every subnet of a network. */

import { MailslotError, type Network } from '@mailslot/core';
import { switchboardOf } from '@mailslot/core/internal';
import { netbiosOf, type NetbiosTransport } from '@mailslot/core/netbios/internal';
import { distinctUntilChanged, type Observable, Subject } from 'rxjs';

import { Coalesced } from '../coalesce.ts';
import type { BrowseClient } from './browse-list.ts';
import type { BrowserRole, BrowserStats } from './effects.ts';
import type { Announcement } from './frames/layouts.ts';
import { type Domain, domainOf, type Host, hostOf, merged } from './host.ts';
import { type BrowserOptions, checkComment, settle } from './options.ts';
import { rapBrowseClient } from './rap/read-browse-list.ts';
import { Segment } from './segment.ts';
import { type BrowserTimers, WINDOWS_TIMERS } from './timers.ts';

export interface StartBrowserOptions extends BrowserOptions {
  /**
   * The TCP port on which others can read the list while this browser holds one, and on which it reads theirs. Default
   * 139, where all look. If another program has it, `problems$` tells, and the rest goes on.
   */
  readonly listPort?: number;
  /** Let others read the list. Default true. */
  readonly serveList?: boolean;
}

/** From the least to the most that a browser can be. */
const ROLES: readonly BrowserRole[] = [
  'non-browser',
  'potential',
  'backup',
  'local-master',
  'domain-master',
];

const browsers = new WeakMap<Network, Browser>();

/** The browser that was started on a network and has not been closed; undefined if there is none. */
export function browserOf(network: Network): Browser | undefined {
  return browsers.get(network);
}

/**
 * Takes part in the Browser protocol, on each subnet of a network that has the transport `netbios()`: announces this
 * computer, stands for election, and holds lists as its role says.
 *
 * Resolves at once; what it becomes, `role$` tells: the master of an empty subnet is found out within 10 s. Rejects with
 * `ERROR_NOT_SUPPORTED` without that transport, `ERROR_ALREADY_EXISTS` if the network has a browser, and
 * `ERROR_INVALID_PARAMETER` for options out of range.
 *
 * @example
 * ```ts
 * const network = await joinNetwork({ domain: 'WORKGROUP', transports: [netbios()] });
 * const browser = await startBrowser(network, { comment: "Ann's desk" });
 * browser.hosts$.subscribe((hosts) => console.log(hosts.map((host) => host.name)));
 * ```
 */
export async function startBrowser(
  network: Network,
  options: StartBrowserOptions = {},
): Promise<Browser> {
  const transport = netbiosOf(network);
  if (transport === undefined) {
    throw new MailslotError(
      'ERROR_NOT_SUPPORTED',
      'Browsers speak NetBIOS: join the network with the transport netbios() of @mailslot/core/netbios.',
    );
  }
  if (browsers.has(network)) {
    throw new MailslotError('ERROR_ALREADY_EXISTS', 'This network has a browser already.');
  }
  settle(options);
  const browser = new Browser(network, transport, options);
  browsers.set(network, browser);
  return browser;
}

/** A browser on a network. Made by {@link startBrowser}. */
export class Browser implements AsyncDisposable {
  /** What it is, the current role first: where it is on several subnets, the most that it is on one. */
  readonly role$: Observable<BrowserRole>;
  /** The hosts of its domain, the current list first, by name, this one included. Only masters and backups know others. */
  readonly hosts$: Observable<readonly Host[]>;
  /** The domains that it knows, its own included; the current list first, by name. */
  readonly domains$: Observable<readonly Domain[]>;
  /** What a person may want to know, such as that port 139 was not to be had. */
  readonly problems$: Observable<MailslotError>;
  readonly #network: Network;
  readonly #transport: NetbiosTransport;
  readonly #client: BrowseClient;
  readonly #roles: Coalesced<BrowserRole>;
  readonly #hosts: Coalesced<readonly Host[]>;
  readonly #domains: Coalesced<readonly Domain[]>;
  readonly #problems = new Subject<MailslotError>();
  readonly #unfollow: () => void;
  #options: StartBrowserOptions;
  #segments: readonly Segment[] = [];
  #closing: Promise<void> | undefined;

  constructor(network: Network, transport: NetbiosTransport, options: StartBrowserOptions) {
    const { clock } = switchboardOf(network);
    this.#network = network;
    this.#transport = transport;
    this.#options = options;
    const { computerName } = network;
    const port = options.listPort;
    this.#client = rapBrowseClient({
      clock,
      computerName,
      ...(port === undefined ? {} : { port }),
    });
    this.#roles = new Coalesced(clock, () => this.role);
    this.#hosts = new Coalesced(clock, () => this.hosts);
    this.#domains = new Coalesced(clock, () => this.domains);
    this.role$ = this.#roles.values$.pipe(distinctUntilChanged());
    this.hosts$ = this.#hosts.values$;
    this.domains$ = this.#domains.values$;
    this.problems$ = this.#problems.asObservable();
    this.#unfollow = transport.onSubnets(() => this.#follow());
    network.on('close', this.#onClose);
    this.#follow();
  }

  get network(): Network {
    return this.#network;
  }

  get timers(): BrowserTimers {
    return this.#options.timers ?? WINDOWS_TIMERS;
  }

  get role(): BrowserRole {
    const ranks = this.#segments.map(({ machine }) => ROLES.indexOf(machine.role));
    const least = this.#options.role === 'non-browser' ? 0 : 1;
    return ROLES[Math.max(least, ...ranks)]!;
  }

  get hosts(): readonly Host[] {
    const domain = this.#network.domain;
    return merged(
      this.#segments.map(({ machine }) =>
        machine.lists.servers().map((entry) => hostOf(entry, domain)),
      ),
    );
  }

  get domains(): readonly Domain[] {
    return merged(this.#segments.map(({ machine }) => machine.lists.domains().map(domainOf)));
  }

  /** The local masters of its subnets, as far as they are known. */
  get masters(): readonly string[] {
    const masters = this.#segments.map(({ machine }) => machine.master);
    return [...new Set(masters.filter((name) => name !== undefined))];
  }

  /** Whether it holds the list of its domain: as a master or a backup, on one of its subnets at least. */
  get hasList(): boolean {
    return this.#segments.some(({ machine }) => machine.lists.standing !== 'none');
  }

  /** Changes what it says of this computer, and says it at once. Throws `ERROR_INVALID_PARAMETER`. */
  update({ comment, serverType }: { comment?: string; serverType?: number }): void {
    if (comment !== undefined) checkComment(comment);
    const changed = {
      ...this.#options,
      ...(comment === undefined ? {} : { comment }),
      ...(serverType === undefined ? {} : { serverType }),
    };
    const settings = settle(changed);
    this.#options = changed;
    for (const segment of this.#segments) segment.feed({ type: 'update', ...settings });
  }

  /**
   * Announces a host that does not speak here itself, once, on each of its subnets.
   *
   * @internal
   */
  announceFor(host: Announcement): void {
    for (const segment of this.#segments) segment.announceFor(host);
  }

  /** What was received so far, by the names of interfaces. */
  stats(): Readonly<Record<string, BrowserStats>> {
    return Object.fromEntries(
      this.#segments.map(({ subnet, machine }) => [subnet.interface.name, machine.stats]),
    );
  }

  /** Says goodbye; as a master it hands over first. Takes half a second, for the names. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#unfollow();
    this.#network.off('close', this.#onClose);
    browsers.delete(this.#network);
    await Promise.all(this.#segments.map((segment) => segment.close()));
    for (const list of [this.#roles, this.#hosts, this.#domains]) list.complete();
    this.#problems.complete();
  }

  /** Takes part on each subnet there is, and no more on those that are gone. */
  #follow(): void {
    const { subnets } = this.#transport;
    const [stay, gone] = [true, false].map((here) =>
      this.#segments.filter(({ subnet }) => subnets.includes(subnet) === here),
    );
    for (const segment of gone!) void segment.close();
    const known = new Set(this.#segments.map(({ subnet }) => subnet));
    const opened = subnets.filter((subnet) => !known.has(subnet));
    this.#segments = stay!;
    for (const subnet of opened) this.#segments = [...this.#segments, this.#open(subnet)];
    for (const list of [this.#roles, this.#hosts, this.#domains]) list.changed();
  }

  #open(subnet: Segment['subnet']): Segment {
    const { clock, random } = switchboardOf(this.#network);
    const { listPort, serveList = true, ...options } = this.#options;
    const { computerName, domain } = this.#network;
    const lists = { role: this.#roles, hosts: this.#hosts, domains: this.#domains };
    return new Segment({
      transport: this.#transport,
      subnet,
      clock,
      machine: { ...options, computerName, domain, random },
      client: this.#client,
      serve: serveList ? portOf(listPort) : undefined,
      news: (what) => lists[what].changed(),
      problem: (error) => this.#problems.next(error),
    });
  }

  readonly #onClose = (): void => void this.close();
}

function portOf(port: number | undefined): { readonly port?: number } {
  return port === undefined ? {} : { port };
}
