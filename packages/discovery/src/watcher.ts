/** Seeing who is there. */

import { MailslotError, type Network } from '@mailslot/core';
import { aborted, type Source, type Switchboard, switchboardOf } from '@mailslot/core/internal';
import { type Observable, Subject, Subscription } from 'rxjs';

import { Coalesced } from './coalesce.ts';
import { Directory } from './directory.ts';
import { EventIterator } from './event-iterator.ts';
import type { Peer, PeerPath, PresenceEvent, PresenceProblem } from './peer.ts';
import type { PresenceStats } from './presence/effects.ts';
import type { PresenceMachine } from './presence/machine.ts';
import { type PresenceNews, PresenceSession } from './session.ts';
import type { InfoCheck } from './schema.ts';
import type { Lease } from './shared-network.ts';
import type { PresenceTracer } from './tracer.ts';

export interface WaitForOptions {
  /** How long to wait, in milliseconds. Default `Infinity`. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Problems told in each {@link PROBLEMS_WINDOW_MS}. */
export const PROBLEMS_MAX = 20;
const PROBLEMS_WINDOW_MS = 10_000;

/** What a watcher is made of; put together by `watch()` and `discover()`. */
export interface WatcherParts<Info> {
  readonly lease: Lease;
  readonly machine: PresenceMachine;
  readonly tracer: PresenceTracer;
  readonly check: InfoCheck<Info>;
}

/** Sees the peers of a service. Made by {@link watch}; a {@link Lobby} is one that is seen as well. */
export class Watcher<Info = unknown>
  implements AsyncDisposable, AsyncIterable<PresenceEvent<Info>>
{
  /** Every event from the subscription on. Completes on close. */
  readonly events$: Observable<PresenceEvent<Info>>;
  /** The list, the current one first, then after every change; changes of one moment come as one. */
  readonly peers$: Observable<readonly Peer<Info>[]>;
  /** What keeps a peer off the list, and what the network has to say. */
  readonly problems$: Observable<PresenceProblem>;
  readonly #lease: Lease;
  readonly #machine: PresenceMachine;
  readonly #tracer: PresenceTracer;
  readonly #directory: Directory<Info>;
  readonly #events = new Subject<PresenceEvent<Info>>();
  readonly #problems = new Subject<PresenceProblem>();
  readonly #lists: Coalesced<readonly Peer<Info>[]>;
  #session: PresenceSession | undefined;
  /** Those in use, each by transport, name and address. */
  #interfaces: ReadonlySet<string> = new Set();
  /** No interface is left. */
  #unplugged = false;
  /** Nobody is heard, though somebody should be. */
  #unheard = false;
  #isolated = false;
  #problemsTold = 0;
  #problemsSince = -Infinity;
  #closing: Promise<void> | undefined;

  constructor({ lease, machine, tracer, check }: WatcherParts<Info>) {
    this.#lease = lease;
    this.#machine = machine;
    this.#tracer = tracer;
    this.#directory = new Directory(check);
    this.#lists = new Coalesced(this.switchboard.clock, () => this.#directory.list);
    this.events$ = this.#events.asObservable();
    this.peers$ = this.#lists.values$;
    this.problems$ = this.#problems.asObservable();
  }

  /** Begins. Called once, by the function that made it. */
  async start(): Promise<void> {
    const { network } = this.#lease;
    network.on('interfaces', this.#onInterfaces);
    network.on('wake', this.#onWake);
    network.on('problem', this.#onProblem);
    network.on('close', this.#onClose);
    this.#onInterfaces();
    this.#session = await PresenceSession.start(
      this.switchboard,
      this.#machine,
      this.#tracer,
      (news) => this.#onNews(news),
    );
  }

  /** The list now: the others only, by name and then by id. */
  get peers(): readonly Peer<Info>[] {
    return this.#directory.list;
  }

  /** True while there is no interface to be heard on, and while nobody at all is heard who was there before. */
  get isolated(): boolean {
    return this.#isolated;
  }

  get network(): Network {
    return this.#lease.network;
  }

  /** Where and how one of the peers is heard now, the nearest first, then the newest; nothing if it is not there. */
  pathsOf(peer: Peer | string): readonly PeerPath[] {
    const sources = this.#sourcesOf(typeof peer === 'string' ? peer : peer.id);
    return sources.map(({ address, interfaces, heardBy = [] }) => ({
      address,
      interfaces,
      heardBy,
    }));
  }

  /** What was heard and said so far, with drops by reason and the sizes of tables. `security` counts what `secret` and `identity` do not prove. */
  stats(): PresenceStats {
    return this.#machine.stats;
  }

  /**
   * Resolves with the list once `count` peers are there.
   *
   * Rejects with `ERROR_SEM_TIMEOUT` if they do not come in time, `ERROR_OPERATION_ABORTED` on the signal or a close.
   */
  waitFor(
    count: number,
    { timeoutMs = Infinity, signal }: WaitForOptions = {},
  ): Promise<readonly Peer<Info>[]> {
    return new Promise((resolve, reject) => {
      const waiting = new Subscription();
      const settle = (end: () => void): void => {
        if (waiting.closed) return;
        waiting.unsubscribe();
        end();
      };
      const abort = (): void => settle(() => reject(aborted('Waiting for peers', signal?.reason)));
      const check = (): void => {
        // The list is put in order when somebody looks at it, not for each of thousands that come.
        if (this.#directory.size >= count) settle(() => resolve(this.peers));
      };
      const timer = this.switchboard.clock.schedule(timeoutMs, () =>
        settle(() => reject(tooFew(count, this.peers.length, timeoutMs))),
      );
      waiting.add(() => timer.cancel());
      signal?.addEventListener('abort', abort);
      waiting.add(() => signal?.removeEventListener('abort', abort));
      waiting.add(this.events$.subscribe({ next: check, complete: abort }));
      if (signal?.aborted || this.#closing !== undefined) abort();
      else check();
    });
  }

  /** Events without RxJS. The peers that are there already come first, as `up`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<PresenceEvent<Info>, void, void> {
    const present = this.peers.map((peer) => ({ type: 'up' as const, peer }));
    return new EventIterator(present, this.events$);
  }

  /** Stops; a lobby says goodbye first, three times within 300 ms. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.end();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  protected async end(): Promise<void> {
    await this.#session?.close();
    const { network } = this.#lease;
    network.off('interfaces', this.#onInterfaces);
    network.off('wake', this.#onWake);
    network.off('problem', this.#onProblem);
    network.off('close', this.#onClose);
    await this.#lease.release();
    this.#lists.complete();
    this.#events.complete();
    this.#problems.complete();
  }

  protected get switchboard(): Switchboard {
    return switchboardOf(this.#lease.network);
  }

  protected get session(): PresenceSession {
    if (this.#session === undefined || this.#closing !== undefined) {
      throw new MailslotError('ERROR_INVALID_HANDLE', 'It is closed: watch or discover again.');
    }
    return this.#session;
  }

  /** Says goodbye as far as that can be done at once. */
  protected sayGoodbye(): void {
    this.#session?.feed({ type: 'close' });
  }

  /** The nearest place of a peer that an interface still leads to. */
  protected bestPathTo(id: string): Source | undefined {
    const sources = this.session.pathsOf(id);
    const inUse = new Set(this.network.interfaces().map(({ name }) => name));
    const leadsThere = ({ interfaces }: Source): boolean =>
      interfaces.length === 0 || interfaces.some((name) => inUse.has(name));
    return sources.find(leadsThere) ?? sources[0];
  }

  #sourcesOf(id: string): readonly Source[] {
    return this.#session?.pathsOf(id) ?? [];
  }

  protected peer(id: string): Peer<Info> | undefined {
    return this.#directory.get(id);
  }

  #onNews(news: PresenceNews): void {
    if (!('peer' in news)) {
      this.#unheard = news.type === 'isolated';
      return this.#tellIsolation();
    }
    const { event, problem } = this.#directory.take(news);
    if (problem !== undefined) this.#tell(problem);
    if (event === undefined) return;
    this.#events.next(event);
    if (event.type !== 'suspect' && event.type !== 'clear') this.#lists.changed();
  }

  #tellIsolation(): void {
    const isolated = this.#unplugged || this.#unheard;
    if (isolated === this.#isolated) return;
    this.#isolated = isolated;
    this.#events.next({ type: isolated ? 'isolated' : 'online' });
  }

  /** Strangers can cause any number of problems; a person reads a few. */
  #tell(problem: PresenceProblem): void {
    const now = this.switchboard.clock.now();
    if (now - this.#problemsSince >= PROBLEMS_WINDOW_MS) {
      this.#problemsSince = now;
      this.#problemsTold = 0;
    }
    if (this.#problemsTold++ < PROBLEMS_MAX) this.#problems.next(problem);
  }

  readonly #onInterfaces = (): void => {
    const interfaces = this.network.interfaces();
    const keys = interfaces.map((one) => `${one.transport} ${one.name} ${one.address}`);
    const moved =
      keys.length !== this.#interfaces.size || keys.some((key) => !this.#interfaces.has(key));
    this.#interfaces = new Set(keys);
    this.#unplugged = interfaces.every((one) => one.fallback === true);
    this.#tellIsolation();
    // Whoever is on the new network has not heard of us, nor we of them; and on the old one we have lost an address.
    if (moved && keys.length > 0) this.#session?.feed({ type: 'rejoin' });
  };

  /** The others may have given us up, and we may have missed who came. */
  readonly #onWake = (): void => this.#session?.feed({ type: 'rejoin' });

  readonly #onProblem = (error: MailslotError): void => this.#tell({ error, peerId: undefined });

  readonly #onClose = (): void => void this.close();
}

function tooFew(wanted: number, present: number, timeoutMs: number): MailslotError {
  return new MailslotError(
    'ERROR_SEM_TIMEOUT',
    `Waited ${timeoutMs} ms for ${wanted} peers; ${present} are there. Do they use the same service name and domain?`,
  );
}
