/** A bridge between a service and a classic network: old and new see each other. */

import { MailslotError, type Network, type Timer } from '@mailslot/core';
import { fold, switchboardOf, throwIfAborted } from '@mailslot/core/internal';
import { type Observable, Subject, Subscription } from 'rxjs';

import { Coalesced } from '../../coalesce.ts';
import { discover, watch, type WatchOptions } from '../../discover.ts';
import type { Watcher } from '../../watcher.ts';
import type { Browser } from '../browser.ts';
import type { Host } from '../host.ts';
import { listHosts } from '../list-hosts.ts';
import { namesOf } from '../names.ts';
import { guestInfoOf, standsForHost, standsForPeer } from './guise.ts';
import { Guests } from './guests.ts';
import { Showcase, type ShownPeer } from './showcase.ts';

/** Between looks at the list of the classic network, where others hold it. */
const LOOK_MS = 15_000;

export interface StartBridgeOptions extends Pick<
  WatchOptions,
  'secret' | 'encrypt' | 'signal' | 'tuning'
> {
  /** Takes part in the classic network. It stays open when the bridge closes. */
  readonly browser: Browser;
  /**
   * Where the service is, joined without `netbios()`. It stays open. Default: `[udp()]`, shared by all calls of this
   * process for the domain and computer name of the browser's network.
   */
  readonly network?: Network;
  /** The TCP port on which browsers show their lists. Default 139. */
  readonly listPort?: number;
}

/**
 * Shows the peers of a service as hosts on the browse list of a classic network, and its hosts as peers of the service,
 * until it is closed. What a bridge has put there is never carried back, by this bridge or another.
 *
 * A host has the info `{ classic: { name, domain, serverType, version, comment } }`. A peer has a NetBIOS name made of
 * its own, and a comment such as `mailslot:tanks Ann 10.77.0.5:4711`.
 *
 * Resolves when it has begun to look on; rejects as `watch()` does.
 *
 * @example
 * ```ts
 * const classic = await joinNetwork({ domain: 'WORKGROUP', transports: [netbios()] });
 * const browser = await startBrowser(classic);
 * await using bridge = await startBridge('tanks', { browser });
 * bridge.shown$.subscribe((shown) => console.log(shown.map(({ name, peer }) => [name, peer.name])));
 * ```
 */
export async function startBridge(service: string, options: StartBridgeOptions): Promise<Bridge> {
  const { browser, network, listPort, signal, ...rest } = options;
  const { computerName, domain } = browser.network;
  const place = network === undefined ? { computerName, domain } : { network };
  const native = { ...rest, ...place };
  throwIfAborted(signal, 'Starting a bridge');
  const watcher = await watch(service, signal === undefined ? native : { ...native, signal });
  const port = listPort === undefined ? {} : { listPort };
  return new Bridge({ service, browser, watcher, native, list: port });
}

interface BridgeParts {
  readonly service: string;
  readonly browser: Browser;
  readonly watcher: Watcher;
  /** How the service is joined. */
  readonly native: WatchOptions;
  readonly list: Pick<StartBridgeOptions, 'listPort'>;
}

/** A bridge at work. Made by {@link startBridge}. */
export class Bridge implements AsyncDisposable {
  /** Peers that the classic network sees as hosts, the current list first. */
  readonly shown$: Observable<readonly ShownPeer[]>;
  /** Hosts that the service sees as peers, the current list first. */
  readonly guests$: Observable<readonly Host[]>;
  /** What a person may want to know, such as that nobody has a list of the classic network. */
  readonly problems$: Observable<MailslotError>;
  readonly #parts: BridgeParts;
  readonly #showcase: Showcase;
  readonly #guests: Guests;
  readonly #shownLists: Coalesced<readonly ShownPeer[]>;
  readonly #guestLists: Coalesced<readonly Host[]>;
  readonly #problems = new Subject<MailslotError>();
  readonly #ended = new AbortController();
  readonly #following = new Subscription();
  /** Names of real hosts, which are left to them; undefined until the first look is over. */
  #taken: ReadonlySet<string> | undefined;
  #looking = false;
  #hadList = true;
  #lookTimer: Timer | undefined;
  #speakTimer: Timer | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: BridgeParts) {
    const { service, browser, watcher, native } = parts;
    const { clock } = this.#switchboard(parts);
    this.#parts = parts;
    this.#showcase = new Showcase({ service, intervalsMs: browser.timers.hostAnnouncementsMs });
    this.#guests = new Guests({
      enter: (host) => discover(service, { ...native, name: host.name, info: guestInfoOf(host) }),
      problem: (error) => this.#problems.next(error),
      changed: () => this.#guestLists.changed(),
    });
    this.#shownLists = new Coalesced(clock, () => this.#showcase.shown);
    this.#guestLists = new Coalesced(clock, () => this.#guests.hosts);
    this.shown$ = this.#shownLists.values$;
    this.guests$ = this.#guestLists.values$;
    this.problems$ = this.#problems.asObservable();
    this.#following.add(watcher.peers$.subscribe(() => this.#meet()));
    this.#following.add(watcher.problems$.subscribe(({ error }) => this.#problems.next(error)));
    this.#following.add(browser.hosts$.subscribe(() => browser.hasList && void this.#look()));
    browser.network.on('close', this.#onClose);
    void this.#look();
  }

  /** Peers that the classic network sees as hosts, now. */
  get shown(): readonly ShownPeer[] {
    return this.#showcase.shown;
  }

  /** Hosts that the service sees as peers, now. */
  get guests(): readonly Host[] {
    return this.#guests.hosts;
  }

  /** Says goodbye for all that it has carried, on both sides. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const { browser, watcher } = this.#parts;
    this.#ended.abort();
    this.#following.unsubscribe();
    this.#lookTimer?.cancel();
    this.#speakTimer?.cancel();
    browser.network.off('close', this.#onClose);
    for (const goodbye of this.#showcase.close()) browser.announceFor(goodbye);
    await Promise.all([this.#guests.close(), watcher.close()]);
    for (const list of [this.#shownLists, this.#guestLists]) {
      list.changed();
      list.complete();
    }
    this.#problems.complete();
  }

  /** Who is in the service has changed, or what the classic network knows. */
  #meet(): void {
    const { peers } = this.#parts.watcher;
    const { clock } = this.#switchboard();
    this.#guests.meet(peers, clock.now());
    if (this.#taken === undefined) return;
    const natives = peers.filter((peer) => !standsForHost(peer));
    this.#showcase.show(natives, this.#taken, clock.now());
    this.#shownLists.changed();
    this.#arm();
  }

  /** Looks at the list of the classic network, now and then again and again. */
  async #look(): Promise<void> {
    if (this.#looking || this.#ended.signal.aborted) return;
    this.#looking = true;
    this.#lookTimer?.cancel();
    try {
      const { browser, list } = this.#parts;
      const { signal } = this.#ended;
      this.#read(await listHosts(browser.network, { ...list, signal }));
      this.#hadList = true;
    } catch (error) {
      if (!(error instanceof MailslotError)) throw error;
      if (this.#hadList && !this.#ended.signal.aborted) this.#problems.next(error);
      this.#hadList = false;
    } finally {
      this.#looking = false;
    }
    if (this.#ended.signal.aborted) return;
    this.#taken ??= this.#ownNames();
    this.#meet();
    const { clock } = this.#switchboard();
    this.#lookTimer = clock.schedule(LOOK_MS, () => void this.#look());
  }

  #read(hosts: readonly Host[]): void {
    if (this.#ended.signal.aborted) return;
    const { clock } = this.#switchboard();
    const real = hosts.filter((host) => !standsForPeer(host));
    const own = this.#ownNames();
    this.#taken = new Set([...own, ...real.map(({ name }) => fold(name))]);
    this.#showcase.recall(new Set(hosts.map(({ name }) => fold(name))), clock.now());
    const others = real.filter(({ name }) => !own.has(fold(name)));
    this.#guests.list(others, clock.now());
  }

  /** Names that the bridge's own computer has on the classic network. */
  #ownNames(): ReadonlySet<string> {
    const { computerName, domain } = this.#parts.browser.network;
    const { host, members } = namesOf(computerName, domain);
    return new Set([host.name, members.name]);
  }

  /** One timer, for the next announcement. */
  #arm(): void {
    const { clock } = this.#switchboard();
    this.#speakTimer?.cancel();
    const { nextAt } = this.#showcase;
    if (nextAt === Infinity || this.#ended.signal.aborted) return;
    this.#speakTimer = clock.schedule(Math.max(0, nextAt - clock.now()), () => {
      const announcement = this.#showcase.next(clock.now());
      if (announcement !== undefined) this.#parts.browser.announceFor(announcement);
      this.#arm();
    });
  }

  #switchboard({ browser }: BridgeParts = this.#parts): ReturnType<typeof switchboardOf> {
    return switchboardOf(browser.network);
  }

  readonly #onClose = (): void => void this.close();
}
