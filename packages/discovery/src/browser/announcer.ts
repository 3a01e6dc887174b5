/** What a browser says of itself, and when: [MS-BRWS] 3.2.5.2, 3.2.6 and 3.3.6. */

import type { Random } from '@mailslot/core';
import { type Agenda, uniform } from '@mailslot/core/internal';
import { MSBROWSE, type NetbiosName } from '@mailslot/core/netbios/internal';

import { Alarm, type Task } from './alarm.ts';
import type { BrowseEntry } from './browse-list.ts';
import { encodeFrame } from './frames/frame.ts';
import type { SlotName } from './frames/layout.ts';
import { type Announcement, BROWSER_VERSION, SIGNATURE } from './frames/layouts.ts';
import type { BrowserNames } from './names.ts';
import { Schedule } from './schedule.ts';
import { SERVER_TYPE, withType } from './server-type.ts';
import type { BrowserTimers } from './timers.ts';

export interface AnnouncerParts {
  readonly agenda: Agenda<Task>;
  readonly timers: BrowserTimers;
  readonly random: Random;
  readonly names: BrowserNames;
  /** Whether to announce to LAN Manager as well. */
  readonly lanManager: boolean;
  /** Ourselves, as we are now. */
  readonly self: () => BrowseEntry;
  readonly send: (to: NetbiosName, slot: SlotName, bytes: Uint8Array) => void;
}

export class Announcer {
  readonly #parts: AnnouncerParts;
  readonly #host: Schedule;
  readonly #lanManager: Schedule;
  readonly #master: Schedule;
  readonly #domain: Schedule;
  readonly #answer: Alarm;
  #answeredAt = -Infinity;

  constructor(parts: AnnouncerParts) {
    this.#parts = parts;
    const { agenda, timers } = parts;
    const every = [timers.lanManagerAnnouncementMs];
    this.#host = new Schedule(agenda, timers.hostAnnouncementsMs, (ms) => this.#sayHost(ms));
    this.#lanManager = new Schedule(agenda, every, (ms) => this.#sayLanManager(ms));
    this.#master = new Schedule(agenda, timers.localMasterAnnouncementsMs, (ms) =>
      this.#sayMaster(ms),
    );
    this.#domain = new Schedule(agenda, timers.domainAnnouncementsMs, (ms) => this.#sayDomain(ms));
    this.#answer = new Alarm(agenda, (now) => this.#repeat(now));
  }

  /** Announces itself as a host, to whoever is master. */
  follow(now: number): void {
    this.#master.stop();
    this.#domain.stop();
    this.#host.start(now);
    if (this.#parts.lanManager && !this.#lanManager.isRunning) this.#lanManager.start(now);
  }

  /** Announces itself as the master, and its domain to the masters of others. */
  lead(now: number): void {
    this.#host.stop();
    this.#master.start(now);
    this.#domain.start(now);
  }

  /** Announces itself out of turn, since what it says has changed. */
  hurry(now: number): void {
    this.#repeat(now);
  }

  /** Somebody wants everybody to announce themselves. False if it has to wait: it is answered once in a while only. */
  request(now: number): boolean {
    if (this.#answer.isSet) return false;
    const { announcementAnswerMs } = this.#parts.timers;
    const earliest = Math.max(now, this.#answeredAt + announcementAnswerMs);
    this.#answer.set(earliest + uniform(this.#parts.random, 0, announcementAnswerMs));
    return true;
  }

  /** Says goodbye, also as the master that it was. */
  stop(wasMaster: boolean): void {
    for (const schedule of [this.#host, this.#lanManager, this.#master, this.#domain])
      schedule.stop();
    this.#answer.cancel();
    const gone = { ...this.#announcement(0), serverType: 0 };
    const { names, send, lanManager } = this.#parts;
    if (wasMaster) {
      send(names.browsers, 'BROWSE', encodeFrame({ kind: 'local-master-announcement', ...gone }));
    }
    send(names.master, 'BROWSE', encodeFrame({ kind: 'host-announcement', ...gone }));
    if (lanManager) this.#sayLanManager(0, 0);
  }

  #repeat(now: number): void {
    this.#answer.cancel();
    this.#answeredAt = now;
    this.#host.repeat(now);
    this.#master.repeat(now);
    this.#domain.repeat(now);
  }

  #sayHost(periodMs: number): void {
    const { names, send } = this.#parts;
    const announcement = this.#announcement(periodMs);
    send(names.master, 'BROWSE', encodeFrame({ kind: 'host-announcement', ...announcement }));
  }

  #sayMaster(periodMs: number): void {
    const { names, send } = this.#parts;
    const announcement = this.#announcement(periodMs);
    send(
      names.browsers,
      'BROWSE',
      encodeFrame({ kind: 'local-master-announcement', ...announcement }),
    );
  }

  #sayDomain(periodMs: number): void {
    const { names, send } = this.#parts;
    const { name, comment: _, serverType: ofMaster, ...rest } = this.#announcement(periodMs);
    const serverType = withType(SERVER_TYPE.DOMAIN_ENUM, ofMaster & SERVER_TYPE.NT);
    const domain = names.master.name;
    send(
      MSBROWSE,
      'BROWSE',
      encodeFrame({ kind: 'domain-announcement', ...rest, domain, serverType, master: name }),
    );
  }

  #sayLanManager(periodMs: number, serverType: number = this.#parts.self().serverType): void {
    const { names, send, self } = this.#parts;
    const { name, version, comment } = self();
    send(
      names.members,
      'LANMAN',
      encodeFrame({
        kind: 'lan-manager-announcement',
        serverType,
        osMajor: version.major,
        osMinor: version.minor,
        periodSeconds: Math.ceil(periodMs / 1000),
        name,
        comment,
      }),
    );
  }

  #announcement(periodMs: number): Announcement {
    const { name, serverType, version, comment } = this.#parts.self();
    return {
      updateCount: 0,
      periodMs,
      name,
      osMajor: version.major,
      osMinor: version.minor,
      serverType,
      browserMajor: BROWSER_VERSION.major,
      browserMinor: BROWSER_VERSION.minor,
      signature: SIGNATURE,
      comment,
    };
  }
}
