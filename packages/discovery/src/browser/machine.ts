/**
 * The Browser protocol of one host on one segment, [MS-BRWS] 3.2 and 3.3: what happens goes into
 * {@link BrowserMachine.step}, what is to be done about it comes out.
 *
 * It is pure. It knows no socket, timer or stream: a rim delivers frames and the outcomes of what was asked for, carries
 * out effects and wakes it at {@link BrowserMachine.nextWakeAt}.
 *
 * Its parts: {@link Announcer} says who we are, {@link Election} decides who is master, {@link Mastership} is being it,
 * {@link Lists} holds what was heard and fetched, {@link BackupDuty} fetches the master's, {@link Subnets} crosses to
 * other segments.
 */

import type { Random } from '@mailslot/core';
import { Agenda, uniform } from '@mailslot/core/internal';
import type { NetbiosName } from '@mailslot/core/netbios/internal';

import { Alarm, type Task } from './alarm.ts';
import { Announcer } from './announcer.ts';
import { BackupDuty } from './backup-duty.ts';
import { backupsToMake } from './backups.ts';
import type { BrowseEntry, BrowseList } from './browse-list.ts';
import { CALL, type Candidacy, criteriaOf, DESIRE, ELECTION_VERSION } from './criteria.ts';
import type {
  BrowserDropReason,
  BrowserEffect,
  BrowserInput,
  BrowserRole,
  BrowserStats,
  Whereabouts,
} from './effects.ts';
import { Election } from './election.ts';
import { encodeFrame } from './frames/frame.ts';
import { Lists } from './lists.ts';
import { Mastership } from './mastership.ts';
import { type BrowserNames, namesOf } from './names.ts';
import { type BrowserMachineOptions, checkComment, settle, type Settings } from './options.ts';
import { type Arrival, Reception } from './reception.ts';
import { SERVER_TYPE, withType } from './server-type.ts';
import { Subnets } from './subnets.ts';

export class BrowserMachine {
  readonly names: BrowserNames;
  readonly #settings: Settings;
  readonly #random: Random;
  readonly #agenda = new Agenda<Task>();
  readonly #announcer: Announcer;
  readonly #election: Election;
  readonly #mastership: Mastership;
  readonly #lists: Lists;
  readonly #duty: BackupDuty;
  readonly #subnets: Subnets;
  readonly #reception: Reception;
  /** Looks whether there is a master. */
  readonly #check: Alarm;
  /** As master, looks whether there are enough backups. */
  readonly #recruit: Alarm;
  readonly #drops: Partial<Record<BrowserDropReason, number>> = {};
  #received = 0;
  #state: 'new' | 'running' | 'closed' = 'new';
  #startedAt = 0;
  /** What the host says of itself, but for its roles. */
  #serverType: number;
  #comment: string;
  /** Has the name by which browsers hold elections. */
  #mayStand = false;
  /** A master has made us its backup. */
  #promoted = false;
  #ownsDomain = false;
  /** Of the segment, if another host is it. */
  #master: Whereabouts | undefined;
  #role: BrowserRole;
  #effects: BrowserEffect[] = [];

  /** Throws a {@link MailslotError} for an option out of its range and a name that no frame can carry. */
  constructor({ computerName, domain, random, ...options }: BrowserMachineOptions) {
    this.names = namesOf(computerName, domain);
    this.#settings = settle(options);
    this.#random = random;
    const { timers, verifySources, lanManager, serverType, comment, role } = this.#settings;
    this.#serverType = serverType;
    this.#comment = comment;
    this.#role = role === 'non-browser' ? role : 'potential';
    const { names } = this;
    const agenda = this.#agenda;
    const emit = (effect: BrowserEffect): void => this.#emit(effect);
    this.#lists = new Lists({
      agenda,
      verifySources,
      domain: names.master.name,
      pullMs: timers.pullMs,
      self: () => this.#self(),
      master: () => (this.#mastership.isMaster ? names.host.name : (this.#master?.name ?? '')),
      standing: () => this.#standing(),
      changed: (what) => emit({ type: what }),
    });
    this.#announcer = new Announcer({
      agenda,
      timers,
      random,
      names,
      lanManager,
      self: () => this.#self(),
      send: (to, slot, bytes) => emit({ type: 'send', to, slot, bytes }),
    });
    this.#election = new Election({
      agenda,
      timers,
      random,
      candidacy: (now) => this.#candidacy(now),
      rank: () => this.#rank(),
      speak: (candidacy) => this.#speak(candidacy),
      won: () => this.#mastership.claim(),
      lost: (now) => this.#lost(now),
    });
    this.#mastership = new Mastership({
      names,
      emit,
      rose: (now) => this.#rose(now),
      fell: (now) => this.#fell(now),
      refused: (again, now) => (again ? this.#stand(now) : this.#expectMaster(now)),
    });
    this.#duty = new BackupDuty({
      agenda,
      timers,
      emit,
      master: () => this.#master,
      scope: () => (this.#ownsDomain ? 'segment' : 'domain'),
      failed: (now) => this.#stand(now),
    });
    this.#subnets = new Subnets({
      agenda,
      timers,
      names,
      emit,
      forgotten: (name) => this.#lists.copies.drop(name),
    });
    this.#check = new Alarm(agenda, (now) => this.#lookForMaster(now));
    this.#recruit = new Alarm(agenda, (now) => this.#recruitBackups(now));
    this.#reception = this.#open(emit);
  }

  get role(): BrowserRole {
    return this.#role;
  }

  get lists(): BrowseList {
    return this.#lists;
  }

  /** The master of the segment; undefined if none is known. */
  get master(): string | undefined {
    return this.#mastership.isMaster ? this.names.host.name : this.#master?.name;
  }

  /** When it wants to be woken; `Infinity` if never. */
  get nextWakeAt(): number {
    return this.#agenda.nextAt;
  }

  get stats(): BrowserStats {
    return { received: this.#received, drops: { ...this.#drops } };
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
        return this.#receive(input, now);
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
    this.#startedAt = now;
    this.#announcer.follow(now);
    this.#emit({ type: 'role', role: this.#role });
    if (this.#settings.role === 'non-browser') return this.#lookForMaster(now);
    this.#emit({ type: 'register', name: this.names.browsers, kind: 'group' });
    if (this.#settings.role === 'domain-master') {
      this.#emit({ type: 'register', name: this.names.domainMaster, kind: 'unique' });
    }
  }

  #registered(name: NetbiosName, ok: boolean, now: number): void {
    const { browsers, domainMaster } = this.names;
    if (name.equals(browsers)) {
      this.#mayStand = ok;
      if (ok && this.#settings.preferred) this.#stand(now);
      this.#lookForMaster(now);
      this.#settleRole(now);
    } else if (name.equals(domainMaster)) {
      this.#ownsDomain = ok;
      this.#settleRole(now);
    } else {
      this.#mastership.registered(name, ok, now);
    }
  }

  #nameLost(name: NetbiosName, now: number): void {
    const { master, domainMaster } = this.names;
    if (name.equals(domainMaster)) {
      this.#ownsDomain = false;
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
    if (name === this.#master?.name) this.#duty.pulled(lists !== undefined, now);
  }

  #update(serverType: number, comment: string, now: number): void {
    checkComment(comment);
    this.#serverType = settle({ ...this.#settings, serverType }).serverType;
    this.#comment = comment;
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
    if (this.#ownsDomain) this.#emit({ type: 'release', name: names.domainMaster });
    if (wasMaster) this.#speak(CALL);
    if (this.#mayStand) this.#emit({ type: 'release', name: names.browsers });
    this.#agenda.clear();
    this.#state = 'closed';
    this.#emit({ type: 'closed' });
  }

  #receive(arrival: Arrival, now: number): void {
    this.#received++;
    const reason = this.#reception.receive(arrival, now);
    if (reason !== undefined) this.#drops[reason] = (this.#drops[reason] ?? 0) + 1;
  }

  #open(emit: (effect: BrowserEffect) => void): Reception {
    const { timers, verifySources } = this.#settings;
    return new Reception({
      names: this.names,
      timers,
      verifySources,
      emit,
      lists: this.#lists,
      announcer: this.#announcer,
      election: this.#election,
      mastership: this.#mastership,
      subnets: this.#subnets,
      mayStand: () => this.#mayStand,
      ownsDomain: () => this.#ownsDomain,
      master: () => this.#master,
      masterIs: (master, now) => this.#masterIs(master, now),
      conflict: (rival, now) => this.#conflict(rival, now),
      yield: (now) => this.#mastership.resign(now),
      promote: (now) => this.#promote(now),
      reset: (clear, now) => this.#reset(clear, now),
    });
  }

  // Elections and what comes of them.

  #stand(now: number): void {
    if (this.#mayStand) this.#election.stand(now);
    else this.#expectMaster(now);
  }

  #speak({ version, criteria, uptimeMs, name }: Candidacy): void {
    const frame = { version, criteria, uptimeMs, reserved: 0, name };
    const bytes = encodeFrame({ kind: 'request-election', ...frame });
    this.#emit({ type: 'send', to: this.names.browsers, slot: 'BROWSE', bytes });
  }

  #lost(now: number): void {
    this.#mastership.resign(now);
    this.#expectMaster(now);
  }

  /** Another is to become master; if none shows itself, we look. */
  #expectMaster(now: number): void {
    this.#check.set(now + this.#settings.timers.electionOutcomeMs);
  }

  #rose(now: number): void {
    this.#master = undefined;
    this.#check.set(now + this.#checkDelayMs());
    this.#settleRole(now);
    this.#announcer.lead(now);
    this.#askForAnnouncements();
    this.#subnets.lead(now);
    this.#recruit.set(now + this.#settings.timers.backupCheckMs);
    this.#emit({ type: 'domains' });
  }

  #fell(now: number): void {
    this.#subnets.stop();
    this.#recruit.cancel();
    this.#lists.clear();
    this.#settleRole(now);
    this.#announcer.follow(now);
    this.#expectMaster(now);
  }

  /** Another host is master as well: an election ends that. */
  #conflict(rival: string, now: number): void {
    this.#election.collided(rival, now);
    this.#election.stand(now);
  }

  #masterIs(master: Whereabouts | undefined, now: number): void {
    const isNew = master !== undefined && master.name !== this.#master?.name;
    this.#master = master;
    if (master === undefined) {
      if (this.#mayStand) this.#stand(now);
      return;
    }
    this.#check.set(now + this.#checkDelayMs());
    if (!isNew) return;
    // What the last master heard of us is gone. At first we announce ourselves soon enough without that.
    const isYoung = now - this.#startedAt < this.#settings.timers.hostAnnouncementsMs[0]!;
    if (!isYoung) this.#announcer.request(now);
    this.#lists.copies.dropOthers(master.name);
    if (this.#role === 'backup') this.#duty.pull(now);
    this.#emit({ type: 'domains' });
  }

  #lookForMaster(now: number): void {
    this.#check.set(now + this.#checkDelayMs());
    this.#emit({ type: 'find', name: this.names.master });
  }

  #checkDelayMs(): number {
    const { masterCheckMs, rivalCheckMs } = this.#settings.timers;
    if (this.#mastership.isMaster) return rivalCheckMs;
    return uniform(this.#random, masterCheckMs / 2, masterCheckMs);
  }

  #askForAnnouncements(): void {
    const { host, browsers, members } = this.names;
    const request = { reserved: 0, name: host.name };
    const bytes = encodeFrame({ kind: 'announcement-request', ...request });
    for (const to of [browsers, members]) this.#emit({ type: 'send', to, slot: 'BROWSE', bytes });
  }

  #recruitBackups(now: number): void {
    this.#recruit.set(now + this.#settings.timers.backupCheckMs);
    for (const name of backupsToMake(this.#lists.servers(true))) {
      const bytes = encodeFrame({ kind: 'become-backup', name });
      this.#emit({ type: 'send', to: this.names.browsers, slot: 'BROWSE', bytes });
    }
  }

  #promote(now: number): boolean {
    if (this.#role !== 'potential' || !this.#mayStand) return false;
    this.#promoted = true;
    this.#settleRole(now);
    this.#announcer.hurry(now);
    return true;
  }

  #reset(clear: boolean, now: number): void {
    this.#mastership.resign(now);
    if (!clear) return;
    this.#promoted = false;
    this.#lists.clear();
    this.#settleRole(now);
  }

  // What we are.

  #settleRole(now: number): void {
    const role = this.#roleNow();
    if (role === this.#role) return;
    this.#role = role;
    this.#emit({ type: 'role', role });
    this.#emit({ type: 'hosts' });
    if (role === 'backup') this.#duty.pull(now);
    else this.#duty.stop();
  }

  #roleNow(): BrowserRole {
    if (this.#mastership.isMaster) return this.#ownsDomain ? 'domain-master' : 'local-master';
    if (!this.#mayStand) return this.#settings.role === 'non-browser' ? 'non-browser' : 'potential';
    return this.#promoted || this.#settings.role !== 'potential' ? 'backup' : 'potential';
  }

  #rank(): 'master' | 'backup' | 'potential' {
    if (this.#mastership.isMaster) return 'master';
    return this.#role === 'backup' ? 'backup' : 'potential';
  }

  #standing(): BrowseList['standing'] {
    if (this.#mastership.isMaster) return 'master';
    return this.#role === 'backup' ? 'backup' : 'none';
  }

  #candidacy(now: number): Candidacy {
    const { osLevel, preferred, role } = this.#settings;
    const desire =
      (this.#promoted ? DESIRE.BACKUP : 0) |
      (role === 'potential' ? 0 : DESIRE.STANDBY) |
      (this.#mastership.isMaster ? DESIRE.MASTER : 0) |
      (preferred ? DESIRE.PREFERRED : 0) |
      (this.#ownsDomain ? DESIRE.DOMAIN_MASTER : 0);
    return {
      version: ELECTION_VERSION,
      criteria: criteriaOf(osLevel, desire),
      uptimeMs: Math.trunc(now - this.#startedAt) % 2 ** 32,
      name: this.names.host.name,
    };
  }

  #self(): BrowseEntry {
    return {
      name: this.names.host.name,
      serverType: withType(this.#serverType, this.#roleBits()),
      version: this.#settings.version,
      comment: this.#comment,
    };
  }

  #roleBits(): number {
    if (this.#settings.role === 'non-browser') return 0;
    return (
      SERVER_TYPE.POTENTIAL_BROWSER |
      (this.#role === 'backup' ? SERVER_TYPE.BACKUP_BROWSER : 0) |
      (this.#mastership.isMaster ? SERVER_TYPE.MASTER_BROWSER : 0) |
      (this.#ownsDomain ? SERVER_TYPE.DOMAIN_MASTER : 0)
    );
  }

  #emit(effect: BrowserEffect): void {
    this.#effects.push(effect);
  }
}
