/** What a browser makes of the frames that it receives: [MS-BRWS] 3.2.5, 3.3.5 and 3.4.5. */

import { DecodeError, fold } from '@mailslot/core/internal';

import { type Rate, TokenBucket, TokenBuckets } from '../presence/token-bucket.ts';
import type { Announcer } from './announcer.ts';
import { backupList } from './backups.ts';
import type {
  BrowserDropReason,
  BrowserEffect,
  BrowserInput,
  BrowserStats,
  Whereabouts,
} from './effects.ts';
import type { Election } from './election.ts';
import { decodeFrame, encodeFrame, type Frame, type FrameKind } from './frames/frame.ts';
import {
  type Announcement,
  type DomainAnnouncement,
  type Frames,
  type GetBackupListRequest,
  RESET,
} from './frames/layouts.ts';
import type { Lists } from './lists.ts';
import type { MasterWatch } from './master-watch.ts';
import type { Mastership } from './mastership.ts';
import type { BrowserNames } from './names.ts';
import type { Self } from './self.ts';
import { hasType, SERVER_TYPE, withoutType } from './server-type.ts';
import type { Subnets } from './subnets.ts';
import type { BrowserTimers } from './timers.ts';

/** Answers to GetBackupListRequests that one address may draw, and addresses that are told apart. */
export const BACKUP_LIST_RATE: Rate = { perSecond: 2, burst: 8 };
export const ASKERS_MAX = 1024;

/** How often another master of the same domain makes us call an election. Two honest ones do so once. */
const CONFLICT_RATE: Rate = { perSecond: 1 / 10, burst: 3 };

/** How often anybody may reset us: [MS-BRWS] has no limit but the immunity of new masters. */
const RESET_RATE: Rate = { perSecond: 1 / 900, burst: 1 };

/** How often we let ourselves be made a backup. */
const PROMOTION_RATE: Rate = { perSecond: 1 / 60, burst: 2 };

/** MasterAnnouncements that are taken: those of all subnets that there may be, at once. */
const MASTER_ANNOUNCEMENT_RATE: Rate = { perSecond: 1, burst: 64 };

/** Type bits that browsers add for their own use. */
const LIST_BITS = SERVER_TYPE.LOCAL_LIST_ONLY | SERVER_TYPE.DOMAIN_ENUM;

type Arrival = Extract<BrowserInput, { readonly type: 'frame' }>;

export interface ReceptionParts {
  readonly names: BrowserNames;
  readonly timers: BrowserTimers;
  readonly verifySources: boolean;
  readonly self: Self;
  readonly watch: MasterWatch;
  readonly lists: Lists;
  readonly announcer: Announcer;
  readonly election: Election;
  readonly mastership: Mastership;
  readonly subnets: Subnets;
  readonly emit: (effect: BrowserEffect) => void;
  /** Another host is master, or is no longer. */
  readonly masterIs: (master: Whereabouts | undefined, now: number) => void;
  /** Another host claims to be master as well. */
  readonly conflict: (rival: string, now: number) => void;
  /** The master makes us a backup. False if we cannot be one. */
  readonly promote: (now: number) => boolean;
  /** Somebody makes us give up our role; `clear`: and all that we know. */
  readonly reset: (clear: boolean, now: number) => void;
}

type Outcome = BrowserDropReason | undefined;
type Handlers = {
  readonly [Kind in FrameKind]: (
    frame: Readonly<Frames[Kind]>,
    arrival: Arrival,
    now: number,
  ) => Outcome;
};

export class Reception {
  readonly #parts: ReceptionParts;
  readonly #askers = new TokenBuckets(ASKERS_MAX);
  readonly #conflicts = new TokenBucket(CONFLICT_RATE);
  readonly #resets = new TokenBucket(RESET_RATE);
  readonly #promotions = new TokenBucket(PROMOTION_RATE);
  readonly #masterAnnouncements = new TokenBucket(MASTER_ANNOUNCEMENT_RATE);
  readonly #drops: Partial<Record<BrowserDropReason, number>> = {};
  #received = 0;

  constructor(parts: ReceptionParts) {
    this.#parts = parts;
  }

  get stats(): BrowserStats {
    return { received: this.#received, drops: { ...this.#drops } };
  }

  /** Acts on what came; counts why if there was nothing to do. */
  receive(arrival: Arrival, now: number): void {
    this.#received++;
    const reason = this.#take(arrival, now);
    if (reason !== undefined) this.#drops[reason] = (this.#drops[reason] ?? 0) + 1;
  }

  #take(arrival: Arrival, now: number): Outcome {
    let frame: Frame;
    try {
      frame = decodeFrame(arrival.slot, arrival.bytes);
    } catch (error) {
      if (error instanceof DecodeError) return 'malformed';
      throw error;
    }
    if (arrival.from.name === this.#parts.names.host.name) return 'echo';
    return this.#handle(frame.kind, frame, arrival, now);
  }

  #handle<Kind extends FrameKind>(
    kind: Kind,
    frame: Readonly<Frames[Kind]>,
    arrival: Arrival,
    now: number,
  ): Outcome {
    return this.#handlers[kind](frame, arrival, now);
  }

  readonly #handlers: Handlers = {
    'host-announcement': (frame, { address }, now) => this.#list(frame, address, now),
    'lan-manager-announcement': (frame, { address }, now) =>
      this.#list({ ...frame, periodMs: frame.periodSeconds * 1000 }, address, now),
    'local-master-announcement': (frame, { address }, now) => this.#onMaster(frame, address, now),
    'domain-announcement': (frame, { address }, now) => this.#onDomain(frame, address, now),
    'announcement-request': (_frame, _arrival, now) =>
      this.#parts.announcer.request(now) ? undefined : 'limit',
    'request-election': (frame, _arrival, now) => {
      if (!this.#parts.self.mayStand) return 'role';
      this.#parts.election.hear({ ...frame, name: fold(frame.name) }, now);
      return undefined;
    },
    'get-backup-list-request': (frame, arrival, now) => this.#answer(frame, arrival, now),
    // Clients ask for these, not browsers.
    'get-backup-list-response': () => 'role',
    'become-backup': (frame, { address }, now) => this.#onBecomeBackup(frame.name, address, now),
    'master-announcement': (frame, { address }, now) => {
      if (!this.#parts.self.ownsDomain) return 'role';
      if (!this.#masterAnnouncements.take(now)) return 'limit';
      const master = { name: fold(frame.name), address };
      return this.#parts.subnets.announced(master, now) ? undefined : 'limit';
    },
    'reset-state': ({ flags }, _arrival, now) => this.#onReset(flags, now),
  };

  /** A host announces itself to the master. */
  #list(
    frame: Pick<
      Announcement,
      'name' | 'serverType' | 'osMajor' | 'osMinor' | 'comment' | 'periodMs'
    >,
    address: string,
    now: number,
  ): Outcome {
    const { lists, mastership, names } = this.#parts;
    if (!mastership.isMaster) return 'role';
    const { comment, periodMs } = frame;
    const name = fold(frame.name);
    if (name === '' || name === names.host.name) return 'source';
    const serverType = withoutType(frame.serverType, LIST_BITS);
    if (serverType === 0) {
      lists.hosts.leave(name, address);
    } else {
      const version = { major: frame.osMajor, minor: frame.osMinor };
      lists.hosts.hear({ name, address, serverType, version, comment, periodMs }, now);
    }
    return undefined;
  }

  #onMaster(frame: Announcement, address: string, now: number): Outcome {
    const { self, watch, mastership, masterIs, verifySources } = this.#parts;
    const name = fold(frame.name);
    if (withoutType(frame.serverType, LIST_BITS) === 0) {
      this.#list(frame, address, now);
      const known = watch.master;
      if (known?.name !== name) return undefined;
      if (verifySources && known.address !== address) return 'source';
      masterIs(undefined, now);
      return undefined;
    }
    if (mastership.isMaster) {
      if (!this.#conflicts.take(now)) return 'limit';
      // A domain controller's claim is not for others to dispute: [MS-BRWS] 3.3.5.
      const entitled = hasType(frame.serverType, SERVER_TYPE.DOMAIN_CTRL);
      if (entitled && !self.ownsDomain) mastership.resign(now);
      else this.#parts.conflict(name, now);
      return undefined;
    }
    masterIs({ name, address }, now);
    return undefined;
  }

  #onDomain(frame: DomainAnnouncement, address: string, now: number): Outcome {
    const { lists, mastership } = this.#parts;
    if (!mastership.isMaster) return 'role';
    const name = fold(frame.domain);
    // Of our own we know ourselves; a second master shows by its LocalMasterAnnouncements.
    if (name === '' || name === lists.domain) return 'source';
    const { serverType, periodMs, osMajor, osMinor, master } = frame;
    if (serverType === 0) {
      lists.groups.leave(name, address);
    } else {
      const version = { major: osMajor, minor: osMinor };
      const comment = fold(master);
      lists.groups.hear({ name, address, serverType, version, comment, periodMs }, now);
    }
    return undefined;
  }

  #answer(frame: GetBackupListRequest, arrival: Arrival, now: number): Outcome {
    const { lists, mastership, names, emit } = this.#parts;
    const { from, address, origin } = arrival;
    if (!mastership.isMaster) return 'role';
    if (!this.#askers.take(address, BACKUP_LIST_RATE, now)) return 'limit';
    const list = backupList(lists.servers(true), names.host.name, frame.count);
    const { token } = frame;
    const bytes = encodeFrame({
      kind: 'get-backup-list-response',
      count: list.length,
      token,
      names: list,
    });
    emit({ type: 'send', to: from, slot: 'BROWSE', bytes, origin, address });
    return undefined;
  }

  #onBecomeBackup(name: string, address: string, now: number): Outcome {
    const { names, verifySources, watch, promote } = this.#parts;
    if (fold(name) !== names.host.name) return 'role';
    if (verifySources && watch.master?.address !== address) return 'source';
    if (!this.#promotions.take(now)) return 'limit';
    return promote(now) ? undefined : 'role';
  }

  #onReset(flags: number, now: number): Outcome {
    const { mastership, timers, reset } = this.#parts;
    const clear = hasType(flags, RESET.CLEAR_ALL);
    if (!clear && !hasType(flags, RESET.STOP_MASTER)) return 'role';
    const isNew = mastership.isMaster && now - mastership.since < timers.resetImmunityMs;
    if (isNew || !this.#resets.take(now)) return 'limit';
    reset(clear, now);
    return undefined;
  }
}
