/** NetBIOS names: 15 bytes for the name and one, the suffix, for what it stands for (RFC 1001 section 5.2). */

import { MailslotError } from '../../errors.ts';
import { fold } from '../../name.ts';
import { isOemText, oemBytes, oemText } from '../../oem-text.ts';

/** Name and suffix. */
export const NAME_BYTES = 16;

/** What a user chooses: the sixteenth byte is the suffix. */
export const NAME_TEXT_BYTES_MAX = 15;

/** The suffixes this project speaks of ([MS-NBTE] section 2.2.1, product behaviour note 2). */
export const SUFFIX = {
  /** Unique: a computer, where mailslots reach it. Group: a domain, all of whose members hear it. */
  workstation: 0x00,
  /** The last byte of {@link MSBROWSE}. */
  msbrowse: 0x01,
  /** Unique: a computer or user, where NET SEND reaches it. */
  messenger: 0x03,
  /** Unique: the master browser of a domain of several subnets. */
  domainMaster: 0x1b,
  /** Group: the domain controllers of a domain. */
  domainControllers: 0x1c,
  /** Unique: the master browser of this subnet. */
  localMaster: 0x1d,
  /** Group: all who take part in browser elections. */
  elections: 0x1e,
  /** Unique: a computer's file server. */
  server: 0x20,
} as const;

const BLANK = 0x20;

/** Immutable. Two are equal if all 16 bytes are (RFC 1001 section 14.1). */
export class NetbiosName {
  /** Upper case, without the bytes that fill it up. */
  readonly name: string;
  readonly suffix: number;
  /** One character for each of the 16 bytes: equal keys, equal names. */
  readonly key: string;

  /** `name` in any case. Throws `ERROR_INVALID_NAME` if it is too long, or has a character no byte stands for. */
  static of(name: string, suffix: number): NetbiosName {
    const folded = fold(name);
    const bytes = oemBytes(folded);
    if (bytes.length > NAME_TEXT_BYTES_MAX || !isOemText(folded)) {
      throw new MailslotError(
        'ERROR_INVALID_NAME',
        `${JSON.stringify(name.slice(0, 64))} is no NetBIOS name: it may have ${NAME_TEXT_BYTES_MAX} characters of code page 850 at most.`,
      );
    }
    // Of all names only the wildcard is filled up with NUL (RFC 1001 section 15.1.5).
    const padded = new Uint8Array(NAME_BYTES).fill(folded === '*' ? 0 : BLANK);
    padded.set(bytes);
    padded[NAME_TEXT_BYTES_MAX] = suffix;
    return new NetbiosName(String.fromCharCode(...padded));
  }

  /** Reads what {@link toString} writes, such as `MSLAB<1d>`. Throws `ERROR_INVALID_NAME`. */
  static parse(text: string): NetbiosName {
    const parts = /^(.*)<([\da-f]{2})>$/i.exec(text);
    if (parts !== null) return NetbiosName.of(parts[1]!, Number.parseInt(parts[2]!, 16));
    throw new MailslotError(
      'ERROR_INVALID_NAME',
      `${text.slice(0, 64)} has no suffix, such as <00>.`,
    );
  }

  /** The name of a computer or domain: what is too long is cut off, as Windows cuts a host name. */
  static ofHost(hostName: string, suffix: number): NetbiosName {
    const bytes = oemBytes(fold(hostName)).subarray(0, NAME_TEXT_BYTES_MAX);
    return NetbiosName.of(oemText(bytes), suffix);
  }

  /** The 16 bytes as they come. */
  static fromBytes(bytes: Uint8Array): NetbiosName {
    return new NetbiosName(String.fromCharCode(...bytes));
  }

  private constructor(key: string) {
    this.key = key;
    this.suffix = key.charCodeAt(NAME_TEXT_BYTES_MAX);
    this.name = oemText(this.bytes.subarray(0, NAME_TEXT_BYTES_MAX)).replace(/[ \0]+$/, '');
  }

  get bytes(): Uint8Array {
    return Uint8Array.from(this.key, (character) => character.charCodeAt(0));
  }

  /** The same name with another suffix. */
  with(suffix: number): NetbiosName {
    return new NetbiosName(this.key.slice(0, -1) + String.fromCharCode(suffix));
  }

  equals(other: NetbiosName): boolean {
    return this.key === other.key;
  }

  toString(): string {
    return `${this.name}<${this.suffix.toString(16).padStart(2, '0')}>`;
  }
}

/** Group: the local masters of all domains on a subnet. All of its bytes are given. */
export const MSBROWSE: NetbiosName = NetbiosName.of(
  '\u0001\u0002__MSBROWSE__\u0002',
  SUFFIX.msbrowse,
);

/** Any name: what node status is mostly asked of, and the destination of a broadcast datagram. */
export const WILDCARD: NetbiosName = NetbiosName.of('*', 0);
