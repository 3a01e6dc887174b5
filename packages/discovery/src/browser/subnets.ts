/**
 * How the list of a domain crosses subnets: each local master tells the domain master of itself, and both fetch what the
 * other has. [MS-BRWS] 3.3.4 to 3.3.6.
 */

import type { Agenda } from '@mailslot/core/internal';
import { NetbiosName, SUFFIX } from '@mailslot/core/netbios/internal';

import { Alarm, type Task } from './alarm.ts';
import type { BrowserEffect, Whereabouts } from './effects.ts';
import { encodeFrame } from './frames/frame.ts';
import type { BrowserNames } from './names.ts';
import type { BrowserTimers } from './timers.ts';

/** Subnets whose masters a domain master keeps in touch with. */
export const SUBNETS_MAX = 64;

/** A local master that has not spoken for so many of its announcements is forgotten: 36 min. */
const ANNOUNCEMENT_PERIODS = 3;

interface Subnet {
  master: Whereabouts;
  readonly expiry: Alarm;
  readonly pull: Alarm;
}

export interface SubnetsParts {
  readonly agenda: Agenda<Task>;
  readonly timers: BrowserTimers;
  readonly names: BrowserNames;
  readonly emit: (effect: BrowserEffect) => void;
  /** The lists of that browser are no longer kept up. */
  readonly forgotten: (name: string) => void;
}

export class Subnets {
  readonly #parts: SubnetsParts;
  readonly #find: Alarm;
  readonly #subnets = new Map<string, Subnet>();

  constructor(parts: SubnetsParts) {
    this.#parts = parts;
    this.#find = new Alarm(parts.agenda, (now) => this.#look(now));
  }

  /** As a new local master: looks for the domain master, now and then. */
  lead(now: number): void {
    this.#look(now);
  }

  /** As local master no more. */
  stop(): void {
    this.#find.cancel();
  }

  /** The domain master is there. */
  found({ name, address }: Whereabouts): void {
    if (!this.#find.isSet) return;
    const { names, emit } = this.#parts;
    const announcement = encodeFrame({ kind: 'master-announcement', name: names.host.name });
    const to = NetbiosName.ofHost(name, SUFFIX.workstation);
    emit({ type: 'send', to, slot: 'BROWSE', bytes: announcement, address });
    emit({ type: 'pull', pull: { from: { name, address }, scope: 'domain' } });
  }

  /** As domain master: a local master has said where it is. False if there are too many. */
  announced(master: Whereabouts, now: number): boolean {
    const { agenda, timers } = this.#parts;
    const { name } = master;
    let subnet = this.#subnets.get(name);
    if (subnet === undefined) {
      if (this.#subnets.size >= SUBNETS_MAX) return false;
      const expiry = new Alarm(agenda, () => this.#forget(name));
      const pull = new Alarm(agenda, (now) => this.#pull(name, now));
      this.#subnets.set(name, (subnet = { master, expiry, pull }));
    }
    subnet.master = master;
    subnet.expiry.set(now + ANNOUNCEMENT_PERIODS * timers.masterAnnouncementMs);
    // What announces itself often is not asked as often.
    if (!subnet.pull.isSet) this.#pull(name, now);
    return true;
  }

  /** As domain master no more. */
  clear(): void {
    for (const name of this.#subnets.keys()) this.#forget(name);
  }

  #look(now: number): void {
    const { names, timers, emit } = this.#parts;
    this.#find.set(now + timers.masterAnnouncementMs);
    emit({ type: 'find', name: names.domainMaster });
  }

  #pull(name: string, now: number): void {
    const { master, pull } = this.#subnets.get(name)!;
    pull.set(now + this.#parts.timers.pullMs);
    this.#parts.emit({ type: 'pull', pull: { from: master, scope: 'segment' } });
  }

  #forget(name: string): void {
    const { expiry, pull } = this.#subnets.get(name)!;
    expiry.cancel();
    pull.cancel();
    this.#subnets.delete(name);
    this.#parts.forgotten(name);
  }
}
