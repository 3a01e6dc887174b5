/**
 * The Browser protocol of one host on one segment, [MS-BRWS] 3.2 and 3.3: what happens goes into
 * {@link BrowserMachine.step}, what is to be done about it comes out.
 *
 * It is pure. It knows no socket, timer or stream: a rim delivers frames and the outcomes of what was asked for, carries
 * out effects and wakes it at {@link BrowserMachine.nextWakeAt}.
 *
 * Its parts: {@link Reception} makes something of frames, {@link Self} is what we are, {@link Announcer} says it,
 * {@link Election} decides who is master, {@link MasterWatch} knows who it is, {@link Mastership} is being it,
 * {@link Recruitment} what a master wants of others, {@link Lists} holds what was heard and fetched, {@link BackupDuty}
 * fetches the master's, {@link Subnets} crosses to other segments.
 */

import { Agenda } from '@mailslot/core/internal';
import type { NetbiosName } from '@mailslot/core/netbios/internal';

import type { Task } from './alarm.ts';
import { Announcer } from './announcer.ts';
import { BackupDuty } from './backup-duty.ts';
import type { BrowseList } from './browse-list.ts';
import { CALL, type Candidacy } from './criteria.ts';
import type {
  BrowserEffect,
  BrowserInput,
  BrowserRole,
  BrowserStats,
  Whereabouts,
} from './effects.ts';
import { Election } from './election.ts';
import { encodeFrame } from './frames/frame.ts';
import { Lists } from './lists.ts';
import { MasterWatch } from './master-watch.ts';
import { Mastership } from './mastership.ts';
import { type BrowserNames, namesOf } from './names.ts';
import { type BrowserMachineOptions, settle, type Settings } from './options.ts';
import { Reception } from './reception.ts';
import { Recruitment } from './recruitment.ts';
import { Self } from './self.ts';
import { Subnets } from './subnets.ts';

export class BrowserMachine {
  readonly names: BrowserNames;
  readonly #settings: Settings;
  readonly #agenda = new Agenda<Task>();
  readonly #self: Self;
  readonly #announcer: Announcer;
  readonly #election: Election;
  readonly #watch: MasterWatch;
  readonly #mastership: Mastership;
  readonly #recruitment: Recruitment;
  readonly #lists: Lists;
  readonly #duty: BackupDuty;
  readonly #subnets: Subnets;
  readonly #reception: Reception;
  #state: 'new' | 'running' | 'closed' = 'new';
  #effects: BrowserEffect[] = [];

  /** Throws a {@link MailslotError} for an option out of its range and a name that no frame can carry. */
  constructor({ computerName, domain, random, ...options }: BrowserMachineOptions) {
    this.names = namesOf(computerName, domain);
    this.#settings = settle(options);
    const { timers, verifySources, lanManager } = this.#settings;
    const { names } = this;
    const agenda = this.#agenda;
    const emit = (effect: BrowserEffect): void => this.#emit(effect);
    const isMaster = (): boolean => this.#mastership.isMaster;
    this.#self = new Self(names.host.name, this.#settings, isMaster);
    this.#lists = new Lists({
      agenda,
      verifySources,
      domain: names.master.name,
      pullMs: timers.pullMs,
      self: () => this.#self.entry(),
      master: () => this.master ?? '',
      standing: () => this.#self.standing,
      changed: (what) => emit({ type: what }),
    });
    this.#announcer = new Announcer({
      agenda,
      timers,
      random,
      names,
      lanManager,
      self: () => this.#self.entry(),
      send: (to, slot, bytes) => emit({ type: 'send', to, slot, bytes }),
    });
    this.#election = new Election({
      agenda,
      timers,
      random,
      candidacy: (now) => this.#self.candidacy(now),
      rank: () => this.#self.rank,
      speak: (candidacy) => this.#speak(candidacy),
      won: () => this.#mastership.claim(),
      lost: (now) => this.#lost(now),
    });
    this.#watch = new MasterWatch({
      agenda,
      timers,
      random,
      isMaster,
      find: () => emit({ type: 'find', name: names.master }),
    });
    this.#mastership = new Mastership({
      names,
      emit,
      rose: (now) => this.#rose(now),
      fell: (now) => this.#fell(now),
      refused: (again, now) => (again ? this.#stand(now) : this.#watch.expect(now)),
    });
    this.#recruitment = new Recruitment({ agenda, timers, names, emit, lists: this.#lists });
    this.#duty = new BackupDuty({
      agenda,
      timers,
      emit,
      master: () => this.#watch.master,
      scope: () => (this.#self.ownsDomain ? 'segment' : 'domain'),
      failed: (now) => this.#stand(now),
    });
    this.#subnets = new Subnets({
      agenda,
      timers,
      names,
      emit,
      forgotten: (name) => this.#lists.copies.drop(name),
    });
    this.#reception = this.#newReception(emit);
  }

  get role(): BrowserRole {
    return this.#self.role;
  }

  get lists(): BrowseList {
    return this.#lists;
  }

  /** The master of the segment; undefined if none is known. */
  get master(): string | undefined {
    return this.#mastership.isMaster ? this.names.host.name : this.#watch.master?.name;
  }

  /** When it wants to be woken; `Infinity` if never. */
  get nextWakeAt(): number {
    return this.#agenda.nextAt;
  }

  get stats(): BrowserStats {
    return this.#reception.stats;
  }

  /** Takes what happened and answers what is to be done, in that order. The array is the caller's. */
  step(input: BrowserInput, now: number): readonly BrowserEffect[] {
    this.#effects = [];
    if (this.#state !== 'closed') {
      this.#take(input, now);
      for (
        let due = this.#agenda.takeDue(now);
        due !== undefined;
        due = this.#agenda.takeDue(now)
      ) {
        due.item(now);
      }
    }
    return this.#effects;
  }

  #take(input: BrowserInput, now: number): void {
    if (input.type === 'start') return this.#start(now);
    if (this.#state !== 'running') return;
    switch (input.type) {
      case 'frame':
        return this.#reception.receive(input, now);
      case 'registered':
        return this.#registered(input.name, input.ok, now);
      case 'name-lost':
        return this.#nameLost(input.name, now);
      case 'found':
        return this.#found(input.name, input.owner, now);
      case 'pulled':
        return this.#pulled(input, now);
      case 'update':
        return this.#update(input.serverType, input.comment, now);
      case 'close':
        return this.#close(now);
      case 'wake':
    }
  }

  #start(now: number): void {
    if (this.#state !== 'new') return;
    this.#state = 'running';
    this.#self.start(now);
    this.#announcer.follow(now);
    this.#emit({ type: 'role', role: this.role });
    if (this.#settings.role === 'non-browser') return this.#watch.look(now);
    this.#emit({ type: 'register', name: this.names.browsers, kind: 'group' });
    if (this.#settings.role === 'domain-master') {
      this.#emit({ type: 'register', name: this.names.domainMaster, kind: 'unique' });
    }
  }

  #registered(name: NetbiosName, ok: boolean, now: number): void {
    const { browsers, domainMaster } = this.names;
    if (name.equals(browsers)) {
      this.#self.mayStand = ok;
      if (ok && this.#settings.preferred) this.#stand(now);
      this.#watch.look(now);
      this.#settleRole(now);
    } else if (name.equals(domainMaster)) {
      this.#self.ownsDomain = ok;
      this.#settleRole(now);
    } else {
      this.#mastership.registered(name, ok, now);
    }
  }

  #nameLost(name: NetbiosName, now: number): void {
    const { master, domainMaster } = this.names;
    if (name.equals(domainMaster)) {
      this.#self.ownsDomain = false;
      this.#subnets.clear();
      this.#settleRole(now);
    } else if (name.equals(master) && this.#mastership.isMaster) {
      this.#mastership.resign(now);
      this.#stand(now);
    }
  }

  #found(name: NetbiosName, owner: Whereabouts | undefined, now: number): void {
    const isSelf = owner?.name === this.names.host.name;
    if (name.equals(this.names.domainMaster)) {
      if (owner !== undefined && !isSelf && this.#mastership.isMaster) this.#subnets.found(owner);
    } else if (isSelf) {
      // Whoever asks may be answered by itself.
    } else if (!this.#mastership.isMaster) {
      this.#masterIs(owner, now);
    } else if (owner !== undefined) {
      this.#conflict(owner.name, now);
    }
  }

  #pulled({ pull, lists }: Extract<BrowserInput, { readonly type: 'pulled' }>, now: number): void {
    const { name } = pull.from;
    if (lists !== undefined) this.#lists.copies.put(name, lists, now);
    if (name === this.#watch.master?.name) this.#duty.pulled(lists !== undefined, now);
  }

  #update(serverType: number, comment: string, now: number): void {
    this.#self.update(serverType, comment);
    this.#announcer.hurry(now);
    this.#emit({ type: 'hosts' });
  }

  #close(now: number): void {
    const { names } = this;
    const wasMaster = this.#mastership.isMaster;
    this.#announcer.stop(wasMaster);
    this.#election.stop();
    // The names are free before others are called to claim them.
    this.#mastership.resign(now);
    if (this.#self.ownsDomain) this.#emit({ type: 'release', name: names.domainMaster });
    if (wasMaster) this.#speak(CALL);
    if (this.#self.mayStand) this.#emit({ type: 'release', name: names.browsers });
    this.#agenda.clear();
    this.#state = 'closed';
    this.#emit({ type: 'closed' });
  }

  #newReception(emit: (effect: BrowserEffect) => void): Reception {
    const { timers, verifySources } = this.#settings;
    return new Reception({
      names: this.names,
      timers,
      verifySources,
      emit,
      self: this.#self,
      watch: this.#watch,
      lists: this.#lists,
      announcer: this.#announcer,
      election: this.#election,
      mastership: this.#mastership,
      subnets: this.#subnets,
      masterIs: (master, now) => this.#masterIs(master, now),
      conflict: (rival, now) => this.#conflict(rival, now),
      promote: (now) => this.#promote(now),
      reset: (clear, now) => this.#reset(clear, now),
    });
  }

  // Elections and what comes of them.

  #stand(now: number): void {
    if (this.#self.mayStand) this.#election.stand(now);
    else this.#watch.expect(now);
  }

  #speak({ version, criteria, uptimeMs, name }: Candidacy): void {
    const frame = { version, criteria, uptimeMs, reserved: 0, name };
    const bytes = encodeFrame({ kind: 'request-election', ...frame });
    this.#emit({ type: 'send', to: this.names.browsers, slot: 'BROWSE', bytes });
  }

  #lost(now: number): void {
    this.#mastership.resign(now);
    this.#watch.expect(now);
  }

  #rose(now: number): void {
    this.#watch.lead(now);
    this.#settleRole(now);
    this.#announcer.lead(now);
    this.#recruitment.start(now);
    this.#subnets.lead(now);
    this.#emit({ type: 'domains' });
  }

  #fell(now: number): void {
    this.#subnets.stop();
    this.#recruitment.stop();
    this.#lists.clear();
    this.#settleRole(now);
    this.#announcer.follow(now);
    this.#watch.expect(now);
  }

  /** Another host is master as well: an election ends that. */
  #conflict(rival: string, now: number): void {
    this.#election.collided(rival, now);
    this.#election.stand(now);
  }

  #masterIs(master: Whereabouts | undefined, now: number): void {
    const isNew = this.#watch.heard(master, now);
    if (master === undefined) {
      if (this.#self.mayStand) this.#stand(now);
      return;
    }
    if (!isNew) return;
    // What the last master heard of us is gone. At first we announce ourselves soon enough without that.
    const isYoung = this.#self.uptimeMs(now) < this.#settings.timers.hostAnnouncementsMs[0]!;
    if (!isYoung) this.#announcer.request(now);
    this.#lists.copies.dropOthers(master.name);
    if (this.role === 'backup') this.#duty.pull(now);
    this.#emit({ type: 'domains' });
  }

  #promote(now: number): boolean {
    if (this.role !== 'potential' || !this.#self.mayStand) return false;
    this.#self.isPromoted = true;
    this.#settleRole(now);
    this.#announcer.hurry(now);
    return true;
  }

  #reset(clear: boolean, now: number): void {
    this.#mastership.resign(now);
    if (!clear) return;
    this.#self.isPromoted = false;
    this.#lists.clear();
    this.#settleRole(now);
  }

  #settleRole(now: number): void {
    if (!this.#self.settleRole()) return;
    const { role } = this;
    this.#emit({ type: 'role', role });
    this.#emit({ type: 'hosts' });
    if (role === 'backup') this.#duty.pull(now);
    else this.#duty.stop();
  }

  #emit(effect: BrowserEffect): void {
    this.#effects.push(effect);
  }
}
