/**
 * A segment of browsers as a seed draws it: who they are, and all that happens to them. Then calm, and what has to be
 * true after it.
 */

import { uniform } from '@mailslot/core/internal';
import { seededRandom, Segment } from '@mailslot/core/testing';
import { type BrowserMachineOptions, WINDOWS_TIMERS } from '@mailslot/discovery/internal';

import type { Packet } from './packet.ts';
import { Station } from './station.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

const STATIONS = 50;
const STORM_MS: number = 10 * MINUTE_MS;
const HAZARDS_MAX = 60;

/** From then on there are never two masters. */
const ONE_MASTER_MS: number = 60 * SECOND_MS;

/** A master that dies in the last moment is missed when somebody looks for it, at the latest; then comes an election. */
const SOME_MASTER_MS: number = WINDOWS_TIMERS.masterCheckMs + 60 * SECOND_MS;

/** [MS-BRWS]: whoever lives announces itself every 12 min, whoever died expires after three times that. */
const COMPLETE_MS: number = SOME_MASTER_MS + 12 * MINUTE_MS + 30 * SECOND_MS;
const EXACT_MS: number = SOME_MASTER_MS + 37 * MINUTE_MS;

/** A backup fetches the list every 12 min. */
const COPIED_MS: number = EXACT_MS + 12 * MINUTE_MS + 10 * SECOND_MS;

/** Where there is a domain master, a host goes from the local master to it, back, and to the backup: 72 min in all. */
const CROSSED_MS: number = COPIED_MS + 2 * 12 * MINUTE_MS;

export interface Outcome {
  readonly virtualMs: number;
  readonly delivered: number;
  /** When the last fault had been undone for so long, there was exactly one master for good. */
  readonly settledMs: number;
}

/** Runs what a seed stands for. Throws an error that says what was broken. */
export function runBrowsers(seed: number): Outcome {
  return new Scene(seed).run();
}

class Scene {
  readonly #random;
  readonly #segment: Segment<Packet>;
  readonly #stations: Station[] = [];
  readonly #profiles: Omit<BrowserMachineOptions, 'random'>[];
  #starts = 0;

  constructor(seed: number) {
    this.#random = seededRandom(Math.imul(seed + 1, 0x9e3779b1));
    this.#segment = new Segment<Packet>({ seed, latencyMs: 0.3, jitterMs: 1 });
    this.#profiles = Array.from({ length: STATIONS }, (_, number) => this.#profile(number));
  }

  run(): Outcome {
    const { clock } = this.#segment;
    // All at once after a power cut, or one by one.
    const spreadMs = this.#pick([0, 1, 10, 60, 300]) * SECOND_MS;
    for (const number of this.#profiles.keys()) {
      clock.schedule(uniform(this.#random, 0, spreadMs), () => this.#start(number));
    }
    const hazards = Math.trunc(uniform(this.#random, 0, HAZARDS_MAX));
    for (let count = 0; count < hazards; count++) {
      clock.schedule(uniform(this.#random, 0, STORM_MS), () => this.#harm());
    }
    clock.advance(STORM_MS);
    this.#segment.heal();
    this.#segment.set({ loss: 0 });
    const calmAt = clock.now();
    let alone = calmAt;
    const until = (ms: number, check: () => void): void => {
      while (clock.now() < calmAt + ms) {
        clock.advance(SECOND_MS);
        if (this.#masters.length !== 1) alone = clock.now();
        check();
      }
    };
    until(ONE_MASTER_MS, () => {});
    until(SOME_MASTER_MS, () => this.#noTwoMasters());
    until(COMPLETE_MS, () => this.#oneMaster());
    this.#listsEverybody();
    until(EXACT_MS, () => this.#oneMaster());
    this.#listsNobodyElse();
    const hasChief = this.#profiles[0]!.role === 'domain-master';
    until(hasChief ? CROSSED_MS : COPIED_MS, () => this.#oneMaster());
    this.#backupsKnowTheSame();
    const { delivered } = this.#segment.traffic;
    return { virtualMs: clock.now(), delivered, settledMs: alone - calmAt };
  }

  #profile(number: number): Omit<BrowserMachineOptions, 'random'> {
    const osLevel = this.#pick([1, 16, 16, 20, 32, 32]);
    const role = this.#pick([
      'potential',
      'potential',
      'potential',
      'backup',
      'non-browser',
    ] as const);
    const isChief = number === 0 && this.#random.next() < 0.3;
    return {
      computerName: `PC-${String(number).padStart(2, '0')}`,
      domain: 'SIM',
      comment: `desk ${number}`,
      osLevel,
      role: isChief ? 'domain-master' : number < 5 ? 'potential' : role,
      preferred: isChief || this.#random.next() < 0.1,
    };
  }

  #start(number: number): void {
    if (this.#stations[number]?.isRunning) return;
    const seed = Math.trunc(this.#random.next() * 2 ** 32) + this.#starts++;
    this.#stations[number] = new Station(this.#segment, { ...this.#profiles[number]!, seed });
  }

  /** Something goes wrong, and, if it does not last, is undone before the calm. */
  #harm(): void {
    const { clock } = this.#segment;
    const left = STORM_MS - clock.now();
    const later = (act: () => void): void =>
      void clock.schedule(uniform(this.#random, 0, Math.min(left, MINUTE_MS)), act);
    const number = Math.trunc(this.#random.next() * STATIONS);
    const victim = this.#random.next() < 0.3 ? this.#masters[0] : this.#stations[number];
    const harm = this.#pick(['crash', 'close', 'restart', 'restart', 'part', 'loss'] as const);
    switch (harm) {
      case 'crash':
        return victim?.crash();
      case 'close':
        return victim?.close();
      case 'restart': {
        victim?.crash();
        const again = this.#profiles.findIndex(({ computerName }) => computerName === victim?.name);
        return again === -1 ? undefined : later(() => this.#start(again));
      }
      case 'part': {
        const some = this.#profiles.filter(() => this.#random.next() < 0.4);
        this.#segment.partition(some.map(({ computerName }) => computerName));
        return later(() => this.#segment.heal());
      }
      case 'loss':
        this.#segment.set({ loss: 0.3 });
        return later(() => this.#segment.set({ loss: 0 }));
    }
  }

  get #running(): Station[] {
    return this.#stations.filter((station) => station?.isRunning);
  }

  get #masters(): Station[] {
    return this.#stations.filter((station) => station?.isMaster);
  }

  #noTwoMasters(): void {
    const names = this.#masters.map(({ name }) => name);
    if (names.length > 1) this.#fail(`Two masters: ${names.join(', ')}.`);
  }

  #oneMaster(): void {
    this.#noTwoMasters();
    const mayBe = this.#running.some(({ machine }) => machine.role !== 'non-browser');
    if (mayBe && this.#masters.length === 0) this.#fail('There is no master.');
  }

  #listsEverybody(): void {
    for (const { name, machine } of this.#masters) {
      const listed = new Set(machine.lists.servers(true).map((entry) => entry.name));
      const missing = this.#running.filter((station) => !listed.has(station.name));
      if (missing.length > 0) this.#fail(`${name} lacks ${missing.map((one) => one.name).join()}.`);
    }
  }

  #listsNobodyElse(): void {
    for (const station of this.#masters) this.#isExact(station, true);
  }

  #backupsKnowTheSame(): void {
    for (const station of this.#running) {
      if (station.machine.lists.standing === 'backup') this.#isExact(station, false);
    }
  }

  #isExact({ name, machine }: Station, localOnly: boolean): void {
    const listed = machine.lists.servers(localOnly).map((entry) => entry.name);
    const running = this.#running.map((station) => station.name).toSorted();
    if (listed.join() !== running.join()) {
      const ghosts = listed.filter((one) => !running.includes(one));
      const missing = running.filter((one) => !listed.includes(one));
      this.#fail(`${name} lists [${ghosts.join()}] who are gone, and lacks [${missing.join()}].`);
    }
  }

  #fail(message: string): never {
    throw new Error(`At ${(this.#segment.clock.now() / 1000).toFixed(0)} s: ${message}`);
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[Math.trunc(this.#random.next() * items.length)]!;
  }
}
