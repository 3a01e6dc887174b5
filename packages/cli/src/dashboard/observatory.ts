/** Everything that is seen of the network, as pictures of one moment each. */

import { type Network, systemClock, type Timer } from '@mailslot/core';
import { netbiosOf } from '@mailslot/core/netbios/internal';
import type { SecurityOptions } from '@mailslot/discovery';
import {
  defer,
  interval,
  map,
  merge,
  type Observable,
  startWith,
  Subject,
  throttleTime,
} from 'rxjs';

import { WINDOW_MS } from '../presence-board.ts';
import { ClassicHosts } from './classic-hosts.ts';
import type { Picture } from './picture.ts';
import { Services } from './services.ts';
import { SAMPLE_MS, TrafficMeter } from './traffic-meter.ts';

/** A person takes in no more pictures, and a page has to draw each. */
const PICTURE_MS = 250;

/** How far back a picture goes, as soon as there is so much to see: half a minute in five is a line. */
const WINDOWS_MS = [30_000, 60_000, 120_000] as const;

/** Shown at once, of what the program had to say. */
const NOTES_MAX = 5;

export class Observatory implements AsyncDisposable {
  /** The picture now, and then whenever something has changed, once a second at least. */
  readonly pictures$: Observable<Picture> = defer(() =>
    merge(this.#changes, interval(SAMPLE_MS)).pipe(
      throttleTime(PICTURE_MS, undefined, { leading: true, trailing: true }),
      startWith(undefined),
      map(() => this.picture(Date.now())),
    ),
  );
  readonly #network: Network;
  readonly #services: Services;
  readonly #classic: ClassicHosts | undefined;
  readonly #meter = new TrafficMeter();
  readonly #changes: Subject<void>;
  readonly #since: number = Date.now();
  #notes: readonly string[] = [];
  #timer: Timer | undefined;

  /** Looks at the services of these names, and at every open one that is heard. `failed` is told of faults. */
  static async open(
    network: Network,
    names: readonly string[],
    security: SecurityOptions,
    failed: (error: unknown) => void,
  ): Promise<Observatory> {
    const changes = new Subject<void>();
    const services = await Services.watch(network, names, security, {
      changed: () => changes.next(),
      failed,
    });
    return new Observatory(network, services, changes);
  }

  private constructor(network: Network, services: Services, changes: Subject<void>) {
    this.#network = network;
    this.#services = services;
    this.#changes = changes;
    this.#classic = netbiosOf(network) === undefined ? undefined : new ClassicHosts(network);
    network.on('problem', ({ message }) => {
      this.#notes = [...this.#notes, message].slice(-NOTES_MAX);
    });
    this.#sample();
  }

  picture(now: number): Picture {
    const { computerName: computer, domain } = this.#network;
    const interfaces = this.#network
      .interfaces()
      .map(({ transport, name, address }) => ({ transport, name, address }));
    return {
      time: now,
      windowMs: WINDOWS_MS.find((windowMs) => now - this.#since <= windowMs) ?? WINDOW_MS,
      seenFrom: { computer, domain, interfaces },
      services: this.#services.picture(now),
      traffic: this.#meter.picture,
      classic: this.#classic?.picture ?? null,
      notes: this.#notes,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.cancel();
    this.#classic?.[Symbol.dispose]();
    this.#changes.complete();
    await this.#services[Symbol.asyncDispose]();
  }

  #sample(): void {
    this.#meter.sample(this.#network.stats());
    this.#timer = systemClock.schedule(SAMPLE_MS, () => this.#sample());
  }
}
