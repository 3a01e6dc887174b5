/**
 * Many presence machines on one simulated segment, the truth about them, and checkers that compare the two.
 *
 * All chance follows from the seed: the same seed and the same calls give the same run, told by {@link Swarm.hash}.
 */

import type { Random } from '@mailslot/core';
import type { Source } from '@mailslot/core/internal';
import {
  type Attachment,
  type Faults,
  type Monotonic,
  type Port,
  Segment,
  type VirtualClock,
} from '@mailslot/core/testing';
import type { PresenceInput, Security, Tuning } from '@mailslot/discovery/internal';

import { Addresses } from './addresses.ts';
import { Calm } from './calm.ts';
import type { Chronicle } from './chronicle.ts';
import type { Invariant, InvariantType, ListEffect } from './invariant.ts';
import { Member, type MemberOptions } from './member.ts';
import type { Packet } from './packet.ts';

export interface SwarmOptions extends Faults {
  readonly seed: number;
  /** Of all members. Default: that of the product. */
  readonly tuning?: Partial<Tuning>;
  /** Of all members, too. Default: everybody is believed. */
  readonly protection?: Security['protection'];
  /** What is checked. Default: nothing. */
  readonly invariants?: readonly InvariantType[];
  /** Takes down what happens, for people. */
  readonly chronicle?: Chronicle | undefined;
}

const SECOND_MS = 1000;

/** With so many others nobody doubts itself for long. */
const FEW_OTHERS = 2;

/** As many invented peers count as members in any case. */
const STRANGE_MEMBERS_MIN = 64;

export class Swarm {
  readonly segment: Segment<Packet>;
  readonly seed: number;
  readonly tuning: Partial<Tuning>;
  readonly protection: Security['protection'] | undefined;
  /** The share of datagrams that is lost by chance, one by one. */
  readonly loss: number;
  readonly addresses = new Addresses();
  /** Everybody who has ever joined. */
  readonly members: Member[] = [];
  /** By id and by key. */
  readonly memberOf = new Map<string, Member>();
  /** What the whole segment suffers: partitions. */
  readonly calm = new Calm();
  readonly invariants: readonly Invariant[];
  /** Somebody has announced peers that do not exist. */
  flooded = false;
  /** Somebody has sent again what others had sent. */
  replayed = false;
  readonly #chronicle: Chronicle | undefined;
  readonly #ports = new Map<string, Port<Packet>>();
  readonly #sources = new Map<Port<Packet>, Source>();
  readonly #stepped: readonly Invariant[];
  readonly #told: readonly Invariant[];
  readonly #sent: readonly Invariant[];
  readonly #seconds: readonly Invariant[];
  /** For those who measure. */
  onTold: ((member: Member, effect: ListEffect) => void) | undefined;
  onSent: ((packet: Packet) => void) | undefined;
  /** Each computer has outages in which it hears nothing. */
  readonly #isBursty: boolean;
  readonly #cutOff = new Set<number>();
  #hosts = 0;

  constructor(options: SwarmOptions) {
    const { seed, tuning = {}, protection, invariants = [], chronicle, ...faults } = options;
    this.seed = seed;
    this.tuning = tuning;
    this.protection = protection;
    this.loss = faults.loss ?? 0;
    this.#isBursty = faults.bursts !== undefined;
    this.segment = new Segment<Packet>({ seed, trace: (packet) => packet.mark, ...faults });
    this.#chronicle = chronicle;
    this.invariants = invariants.map((Type) => new Type(this));
    this.#stepped = this.invariants.filter((one) => one.stepped !== undefined);
    this.#told = this.invariants.filter((one) => one.told !== undefined);
    this.#sent = this.invariants.filter((one) => one.sent !== undefined);
    this.#seconds = this.invariants.filter((one) => one.second !== undefined);
    if (this.#seconds.length > 0) this.#scheduleSecond();
  }

  get clock(): VirtualClock {
    return this.segment.clock;
  }

  get random(): Random {
    return this.segment.random;
  }

  /** Equal for equal runs. */
  get hash(): string {
    return this.segment.traceHash!;
  }

  /** Those who live, in the order in which they joined. */
  get present(): Member[] {
    return this.members.filter((member) => member.isPresent);
  }

  /** A new member, on a new computer unless the options say otherwise. */
  join(options: MemberOptions = {}): Member {
    const host = options.host ?? this.#hosts;
    this.#hosts = Math.max(this.#hosts, host + 1);
    const member = new Member(this, this.members.length, { ...options, host });
    this.members.push(member);
    this.memberOf.set(member.id, member).set(member.key, member);
    this.#chronicle?.note(this.clock.now(), () => `${member.name} joins: ${member.id}`);
    for (const invariant of this.invariants) invariant.joined?.(member);
    this.#happened(1);
    member.start();
    return member;
  }

  /** How many peers members may take the group for: invented ones count up to a limit. */
  get seemingSize(): number {
    const { length } = this.present;
    return length + (this.flooded ? Math.max(STRANGE_MEMBERS_MIN, length) : 0);
  }

  joinMany(count: number, options?: MemberOptions): Member[] {
    return Array.from({ length: count }, () => this.join(options));
  }

  advance(durationMs: number): void {
    this.clock.advance(durationMs);
  }

  // What happens to members.

  update(member: Member): void {
    this.#note(`${member.name} changes its record`);
    this.#happened(1);
    member.update();
  }

  /** Its computer runs, and is plugged in. */
  isReachable({ host }: Member): boolean {
    const { awake, plugged } = this.segment.host(hostName(host));
    return awake && plugged;
  }

  leave(member: Member): void {
    this.#note(`${member.name} leaves`);
    member.leave();
    this.#gone(member);
  }

  kill(member: Member): void {
    this.#note(`${member.name} is killed`);
    member.kill();
    this.#gone(member);
  }

  /** The computer of a member is cut off for ever, with all who run on it. */
  cut(member: Member): void {
    for (const one of this.#allOn(member.host)) {
      if (!one.isPresent) continue;
      this.#note(`${one.name} is cut off`);
      one.goneAt = this.clock.now();
      this.#gone(one);
    }
    this.#cutOff.add(member.host);
    this.segment.suspend(hostName(member.host));
  }

  suspend(member: Member, monotonic: Monotonic, durationMs: number): void {
    this.#note(`host ${member.host} is suspended for ${durationMs} ms, its clock ${monotonic}`);
    this.segment.suspend(hostName(member.host), monotonic);
    this.#trouble(member, durationMs, () => this.segment.resume(hostName(member.host)));
  }

  unplug(member: Member, durationMs: number): void {
    this.#note(`host ${member.host} is unplugged for ${durationMs} ms`);
    this.segment.unplug(hostName(member.host));
    this.#trouble(member, durationMs, () => this.segment.plugIn(hostName(member.host)));
  }

  /** Those members' computers and the others hear each other no more; or, one way, only these do not hear those. */
  partition(members: readonly Member[], durationMs: number, oneWay: boolean): void {
    const names = [...new Set(members.map((member) => hostName(member.host)))];
    const others = [...new Set(this.members.map((member) => hostName(member.host)))];
    this.#note(`${oneWay ? 'unheard' : 'parted'} for ${durationMs} ms: ${names.join(', ')}`);
    if (oneWay)
      this.segment.partitionOneWay(
        names,
        others.filter((name) => !names.includes(name)),
      );
    else this.segment.partition(names);
    this.calm.begin();
    this.#happened(this.present.length);
    this.clock.schedule(durationMs, () => {
      this.#note('healed');
      this.segment.heal();
      this.calm.end(this.clock.now());
      this.#happened(this.present.length);
    });
  }

  drift(member: Member, ppm: number): void {
    this.segment.drift(hostName(member.host), ppm);
  }

  /** Since when nothing has troubled either of two members, or the segment between them. */
  calmSince(one: Member, other: Member): number {
    return Math.max(this.calm.since, one.calm.since, other.calm.since);
  }

  /**
   * Whoever hears nobody else in an outage of its own knows that it is deaf. With one or two others that may as well be
   * their end; and a neighbour on the same computer, deaf as well, is heard all the time.
   */
  knowsWhenDeaf(member: Member): boolean {
    if (!this.#isBursty) return true;
    const others = this.present.filter((other) => other !== member);
    const heard = others.filter(({ isObserver }) => !isObserver);
    return heard.length > FEW_OTHERS && others.every(({ host }) => host !== member.host);
  }

  /** Since when nothing has troubled anybody who lives. */
  get allCalmSince(): number {
    return this.present.reduce((since, { calm }) => Math.max(since, calm.since), this.calm.since);
  }

  // What members, crowds and attackers do.

  attach(host: number, source: Source, attachment: Attachment<Packet>): Port<Packet> {
    const port = this.segment.attach(hostName(host), attachment);
    this.reach(source, port);
    this.#sources.set(port, source);
    return port;
  }

  /** From now on, what is sent to that place goes to this port. */
  reach(source: Source, port: Port<Packet>): void {
    this.#ports.set(source.id, port);
  }

  sourceOf(port: Port<Packet>): Source {
    return this.#sources.get(port)!;
  }

  /** A member sends something. */
  send(from: Port<Packet>, packet: Packet): void {
    this.onSent?.(packet);
    for (const invariant of this.#sent) invariant.sent!(packet);
    this.carry(from, packet);
  }

  /** Somebody does, an attacker maybe. */
  carry(from: Port<Packet>, packet: Packet): void {
    this.#chronicle?.carried(this.clock.now(), packet, this);
    const to = packet.to && this.#ports.get(packet.to.id);
    // Sent to an invented place, it arrives nowhere.
    if (packet.to === undefined || to !== undefined) {
      this.segment.carry(from, to, packet, packet.bytes.length);
    }
  }

  told(member: Member, effect: ListEffect): void {
    this.#chronicle?.told(this.clock.now(), member, effect, this);
    this.onTold?.(member, effect);
    for (const invariant of this.#told) invariant.told!(member, effect);
  }

  stepped(member: Member, input: PresenceInput, packet: Packet | undefined): void {
    if (this.#stepped.length === 0) return;
    const { sizes } = member.machine;
    for (const invariant of this.#stepped) invariant.stepped!(member, input, packet, sizes);
  }

  #allOn(host: number): Member[] {
    return this.members.filter((member) => member.host === host);
  }

  #gone(member: Member): void {
    this.#happened(1);
    for (const invariant of this.invariants) invariant.gone?.(member);
  }

  #trouble({ host }: Member, durationMs: number, end: () => void): void {
    const troubled = this.#allOn(host);
    for (const member of troubled) member.calm.begin();
    this.#happened(troubled.length);
    this.clock.schedule(durationMs, () => {
      this.#note(`host ${host} is well again`);
      for (const member of troubled) member.calm.end(this.clock.now());
      this.#happened(troubled.length);
      if (!this.#cutOff.has(host)) end();
    });
  }

  #happened(members: number): void {
    for (const invariant of this.invariants) invariant.happened?.(members);
  }

  #note(text: string): void {
    this.#chronicle?.note(this.clock.now(), () => text);
  }

  #scheduleSecond(): void {
    this.clock.schedule(SECOND_MS, () => {
      for (const invariant of this.#seconds) invariant.second!();
      this.#scheduleSecond();
    });
  }
}

function hostName(host: number): string {
  return `H${host}`;
}
