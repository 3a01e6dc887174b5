/**
 * Swarm testing: each seed draws a group, a weather, and a few of all the things that can happen to it. Runs are short
 * and many; what one seed leaves out lets another go where the two together never get.
 */

import type { Random } from '@mailslot/core';
import { uniform } from '@mailslot/core/internal';
import { type Faults, seededRandom } from '@mailslot/core/testing';
import { presets, type Tuning } from '@mailslot/discovery/internal';

import { Attacker } from './attacker.ts';
import { convergenceMs } from './bounds.ts';
import type { Chronicle } from './chronicle.ts';
import { INVARIANTS } from './invariants.ts';
import type { InvariantType } from './invariant.ts';
import type { Member } from './member.ts';
import { Swarm } from './swarm.ts';

/** Something that happens to a swarm at one moment. */
type Hazard = (scene: Scene) => void;

interface Scene {
  readonly swarm: Swarm;
  readonly random: Random;
  readonly attacker: Attacker;
}

const SECOND_MS = 1000;

/** What may happen; each seed takes some of it. */
const HAZARDS: Readonly<Record<string, Hazard>> = {
  join: ({ swarm }) => void swarm.join(),
  observe: ({ swarm }) => void swarm.join({ observer: true }),
  share: ({ swarm, random }) => withWell(swarm, random, ({ host }) => swarm.join({ host })),
  update: ({ swarm, random }) =>
    withAny(swarm, random, (member) => member.isObserver || swarm.update(member)),
  leave: ({ swarm, random }) => withAny(swarm, random, (member) => swarm.leave(member)),
  kill: ({ swarm, random }) => withAny(swarm, random, (member) => swarm.kill(member)),
  cut: ({ swarm, random }) => withAny(swarm, random, (member) => swarm.cut(member)),
  restart: ({ swarm, random }) =>
    withAny(swarm, random, (member) => {
      swarm.kill(member);
      const { host } = member;
      swarm.clock.schedule(uniform(random, 0, 2 * SECOND_MS), () =>
        swarm.join(swarm.isReachable(member) ? { host } : {}),
      );
    }),
  stall: ({ swarm, random }) =>
    withWell(swarm, random, (member) => swarm.suspend(member, 'runs', uniform(random, 50, 900))),
  stop: ({ swarm, random }) =>
    withWell(swarm, random, (member) =>
      swarm.suspend(member, 'runs', uniform(random, 1, 20) * SECOND_MS),
    ),
  sleep: ({ swarm, random }) =>
    withWell(swarm, random, (member) =>
      swarm.suspend(member, 'stops', uniform(random, 1, 20) * SECOND_MS),
    ),
  flap: ({ swarm, random }) =>
    withWell(swarm, random, (member) => swarm.unplug(member, uniform(random, 0.2, 8) * SECOND_MS)),
  partition: (scene) => part(scene, false),
  deafness: (scene) => part(scene, true),
  drift: ({ swarm, random }) =>
    withAny(swarm, random, (member) => swarm.drift(member, uniform(random, -200, 200))),
  flood: ({ attacker, random }) =>
    attacker.flood({
      perSecond: uniform(random, 50, 1500),
      durationMs: uniform(random, 1, 6) * SECOND_MS,
      addresses: pick(random, [1, 1, 20, 10_000]),
      repeats: pick(random, [1, 1, 5]),
    }),
  replay: ({ attacker }) => attacker.replay(),
};

/** What can be expected of only if every datagram arrives: the victim has to hear what is said in its name. */
const FAIR_WEATHER_HAZARDS: Readonly<Record<string, Hazard>> = {
  ...HAZARDS,
  forgery: ({ swarm, random, attacker }) =>
    withAny(swarm, random, (member) => attacker.forgeGoodbye(member)),
};

export interface ScenarioOptions {
  readonly invariants?: readonly InvariantType[];
  readonly chronicle?: Chronicle | undefined;
}

export interface Outcome {
  /** Of all that happened. */
  readonly hash: string;
  readonly delivered: number;
  readonly virtualMs: number;
}

/** What a seed stands for, in one line. */
export function describeScenario(seed: number): string {
  const { peers, preset, weather, hazards } = draw(seed);
  const faults = Object.entries(weather)
    .filter(([, value]) => value !== undefined && value !== 0)
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return [`${peers} peers`, preset, ...faults, `hazards: ${hazards.join(' ')}`].join(', ');
}

/** Runs what a seed stands for. Throws a `Violation`. */
export function runScenario(seed: number, options: ScenarioOptions = {}): Outcome {
  const { invariants = INVARIANTS, chronicle } = options;
  const { peers, preset, tuning, weather, stormMs, hazards } = draw(seed);
  const swarm = new Swarm({
    seed,
    tuning: { ...presets[preset](), ...tuning },
    invariants,
    chronicle,
    ...weather,
  });
  const { random, clock } = swarm;
  const attacker = new Attacker(swarm);
  for (let number = 0; number < peers; number++) {
    clock.schedule(uniform(random, 0, 3 * SECOND_MS), () => void swarm.join());
  }
  const all = isFair(weather) ? FAIR_WEATHER_HAZARDS : HAZARDS;
  for (const hazard of hazards) {
    const at = uniform(random, 3 * SECOND_MS, stormMs);
    clock.schedule(at, () => all[hazard]!({ swarm, random, attacker }));
  }
  swarm.advance(stormMs);
  // Nothing new happens from here on; what lasts, ends.
  while (swarm.allCalmSince === Infinity) swarm.advance(SECOND_MS);
  swarm.advance(convergenceMs(swarm.seemingSize, swarm.loss, swarm.tuning) + 10 * SECOND_MS);
  return { hash: swarm.hash, delivered: swarm.segment.traffic.delivered, virtualMs: clock.now() };
}

interface Scenario {
  readonly peers: number;
  readonly preset: 'lan' | 'lobby';
  readonly tuning: Partial<Tuning>;
  readonly weather: Faults;
  readonly stormMs: number;
  /** One for each time that something happens. */
  readonly hazards: readonly string[];
}

function draw(seed: number): Scenario {
  // Not the random numbers of the run: what is drawn here must not depend on what happens there.
  const random = seededRandom(Math.imul(seed + 1, 0x9e3779b1));
  const peers = pick(random, [2, 3, 4, 6, 8, 10, 12, 16, 20, 30]);
  const weather = drawWeather(random);
  const kinds = Object.keys(isFair(weather) ? FAIR_WEATHER_HAZARDS : HAZARDS);
  const chosen = kinds.filter(() => random.next() < 0.3);
  const hazards = chosen.flatMap((kind) =>
    Array.from({ length: 1 + Math.trunc(random.next() * 3) }, () => kind),
  );
  return {
    peers,
    preset: pick(random, ['lan', 'lan', 'lobby']),
    // A table of just the room it takes: a fifth of it is for those who begin.
    tuning: random.next() < 0.3 ? { peersMax: 10 * peers + 50 } : {},
    weather,
    stormMs: uniform(random, 15, 45) * SECOND_MS,
    hazards,
  };
}

function drawWeather(random: Random): Faults {
  const loss = pick(random, [0, 0, 0.01, 0.05, 0.2]);
  const bursty = loss < 0.1 && random.next() < 0.25;
  return {
    loss,
    bursts: bursty ? { meanMs: uniform(random, 100, 500), share: 0.05 } : undefined,
    jitterMs: pick(random, [0, 0, 2, 40]),
    duplication: pick(random, [0, 0, 0.1]),
  };
}

function isFair({ loss, bursts }: Faults): boolean {
  return loss === 0 && bursts === undefined;
}

function part({ swarm, random }: Scene, oneWay: boolean): void {
  if (swarm.calm.since === Infinity) return;
  const some = swarm.present.filter(() => random.next() < 0.4);
  swarm.partition(some, uniform(random, 1, 20) * SECOND_MS, oneWay);
}

function withAny(swarm: Swarm, random: Random, act: (member: Member) => unknown): void {
  const { present } = swarm;
  if (present.length > 0) act(pick(random, present));
}

/** Somebody whose computer suffers nothing else. */
function withWell(swarm: Swarm, random: Random, act: (member: Member) => unknown): void {
  const well = swarm.present.filter(({ calm }) => calm.since < Infinity);
  if (well.length > 0) act(pick(random, well));
}

function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[Math.trunc(random.next() * items.length)]!;
}
