/**
 * What mailslots are called on NATS. docs/wire-nats.md is its page for people.
 *
 * A subject begins with the domain that it belongs to, so that one rule of an account keeps domains apart.
 */

import { utf8Bytes } from '../../bytes.ts';
import { MailslotError } from '../../errors.ts';
import type { Address } from '../../message.ts';
import { domainTag, type Scope, type SlotPath } from '../../name.ts';
import type { Station } from '../transport.ts';

/** Who is meant by a subject: all of a domain, those of one computer name in it, or one station. */
export type Audience = 'all' | 'computer' | 'station';

const AUDIENCES: readonly Audience[] = ['all', 'computer', 'station'];

/** A message of one writer: where it is published, and what its frames say of whom it is for. */
export interface Destination {
  readonly subjects: readonly string[];
  readonly address: Address;
}

/** The subjects of one station. */
export class Subjects {
  readonly #prefix: string;
  readonly #own: string;
  readonly #tag: number;
  readonly #station: Station;

  constructor(prefix: string, station: Station) {
    this.#prefix = prefix;
    this.#own = `${prefix}.${token(station.domain)}`;
    this.#tag = domainTag(station.domain);
    this.#station = station;
  }

  /** All that a reader of the slot subscribes to. */
  ofReader(slot: string): readonly (readonly [Audience, string])[] {
    return AUDIENCES.map((audience) => [audience, this.#within(audience, slot)]);
  }

  /** Where to write to everyone of a scope. A name may be a computer's in this domain, or another domain's. */
  toScope(scope: Scope, { text, key }: SlotPath): Destination {
    if (scope.kind === 'local') {
      throw new MailslotError(
        'ERROR_FILE_NOT_FOUND',
        `NATS has no mailslots of one computer: write to \\\\*\\mailslot\\${text}.`,
      );
    }
    const all = this.#within('all', key);
    if (scope.kind === 'domain') {
      return { subjects: [all], address: { kind: 'domain', tag: this.#tag } };
    }
    const { name } = scope;
    const elsewhere = `${this.#prefix}.${token(name)}.all.${token(key)}`;
    const computer = `${this.#own}.computer.${token(name)}.${token(key)}`;
    const subjects = name === this.#station.domain ? [all] : [computer, elsewhere];
    return { subjects, address: scope };
  }

  /** Where a bridge writes on what another transport brought; undefined if it is for nobody of this domain. */
  toAddress(address: Address, slot: string): Destination | undefined {
    if (address.kind === 'station') return this.toStation(address.station, slot);
    if (address.kind !== 'domain' || address.tag !== this.#tag) return undefined;
    return { subjects: [this.#within('all', slot)], address };
  }

  /** What a bridge subscribes to that stands for a station: all of its slots. */
  ofStation(id: string): string {
    return `${this.#own}.station.${hexOf(id)}.*`;
  }

  /** Where to write to one station of this domain. */
  toStation(id: string, slot: string): Destination {
    const subject = `${this.#own}.station.${hexOf(id)}.${token(slot)}`;
    return { subjects: [subject], address: { kind: 'direct' } };
  }

  /**
   * Whether a frame that came to such an audience can say that it is for this address. Otherwise whoever may publish to
   * one subject could write to others.
   */
  agrees(audience: Audience, address: Address): boolean {
    const { domain, computerName } = this.#station;
    if (audience === 'station') return address.kind === 'direct';
    if (audience === 'computer') return address.kind === 'name' && address.name === computerName;
    if (address.kind === 'domain') return address.tag === this.#tag;
    return address.kind === 'name' && address.name === domain;
  }

  /** Whether it belongs to the domain of this station, and not to one that it may be shut out of. */
  isOwn(subject: string): boolean {
    return subject.startsWith(`${this.#own}.`);
  }

  #within(audience: Audience, slot: string): string {
    if (audience === 'station') return this.toStation(this.#station.id, slot).subjects[0]!;
    const whose = audience === 'all' ? 'all' : `computer.${token(this.#station.computerName)}`;
    return `${this.#own}.${whose}.${token(slot)}`;
  }
}

/** What stands for itself. Words of our own, such as `all`, are in lower case; names are folded to upper case. */
const PLAIN = /^[0-9A-Z_-]$/;

/**
 * A name as one token of a subject: every other byte of its UTF-8 as `=` and two hexadecimal digits, so that no two
 * names have one token, and none has a dot, a wildcard or a space.
 */
export function token(name: string): string {
  return Array.from(utf8Bytes(name), (byte) => {
    const character = String.fromCharCode(byte);
    return PLAIN.test(character) ? character : `=${byte.toString(16).padStart(2, '0')}`;
  }).join('');
}

/** A station's id as a token, and as people see it. */
export function hexOf(station: string): string {
  return Buffer.from(station, 'latin1').toString('hex');
}
