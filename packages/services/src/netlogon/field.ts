/** The kinds of fields that Netlogon messages are made of: little endian, one after the other. [MS-ADTS] 6.3.1. */

import { ByteReader, ByteWriter, DecodeError, oemBytes, oemText } from '@mailslot/core/internal';

/** A message that is read: names in it may point back to others. */
export class Source {
  readonly bytes: Uint8Array;
  readonly reader: ByteReader;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.reader = new ByteReader(bytes);
  }
}

/** A message that is written, and where the domain names in it began. */
export class Target {
  readonly writer: ByteWriter = new ByteWriter();
  readonly names: Map<string, number> = new Map();
}

/** How a value is read and written. */
export interface Field<Value> {
  /** Throws a DecodeError. */
  read(source: Source, what: string): Value;
  write(target: Target, value: Value): void;
}

/** The fields of a part of a message, in their order on the wire. */
export type Layout<Part> = { readonly [Name in keyof Part]-?: Field<Part[Name]> };

export function readLayout<Part>(layout: Layout<Part>, source: Source): Part {
  const values: Partial<Record<keyof Part, unknown>> = {};
  for (const name of fieldsOf(layout)) values[name] = layout[name].read(source, String(name));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one value for each field, of its type
  return values as Part;
}

export function writeLayout<Part>(layout: Layout<Part>, target: Target, part: Part): void {
  for (const name of fieldsOf(layout)) layout[name].write(target, part[name]);
}

function fieldsOf<Part>(layout: Layout<Part>): readonly (keyof Part)[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a layout has its fields and nothing else
  return Object.keys(layout) as (keyof Part)[];
}

/** NtVersion and the two tokens, with which every message ends. */
export const TAIL_BYTES = 8;

/** That of domain controllers of Windows NT and of Samba; LmNtToken and Lm20Token are not looked at. */
const TOKENS = 0xffff_ffff;

/** RFC 1035 section 2.3.4. */
const LABEL_BYTES_MAX = 63;
const DOMAIN_NAME_BYTES_MAX = 255;
const POINTER = 0xc0;
/** Where a pointer can point to. */
const POINTER_TARGET_MAX = 0x3fff;

export const uint16: Field<number> = {
  read: ({ reader }, what) => reader.uint16le(what),
  write: ({ writer }, value) => void writer.uint16le(value),
};

export const uint32: Field<number> = {
  read: ({ reader }, what) => reader.uint32le(what),
  write: ({ writer }, value) => void writer.uint32le(value),
};

export const uint64: Field<bigint> = {
  read({ reader }, what) {
    const low = BigInt(reader.uint32le(what));
    return (BigInt(reader.uint32le(what)) << 32n) | low;
  },
  write({ writer }, value) {
    writer.uint32le(Number(value & 0xffff_ffffn)).uint32le(Number(value >> 32n));
  },
};

/** Two octets that mean nothing. */
export const filler: Field<undefined> = {
  read({ reader }, what) {
    reader.skip(2, what);
    return undefined;
  },
  write: ({ writer }) => void writer.uint16(0),
};

/** Text in the sender's code page, up to a NUL. */
export const oemString: Field<string> = {
  read({ reader }, what) {
    const length = reader.peek().indexOf(0);
    if (length < 0) throw endOf(what, reader);
    const text = oemText(reader.bytes(length, what));
    reader.skip(1, what);
    return text;
  },
  write: ({ writer }, value) => void writer.bytes(oemBytes(value)).uint8(0),
};

/** UTF-16 up to a NUL, wherever it begins. */
export const unicodeString: Field<string> = {
  read({ reader }, what) {
    let text = '';
    for (;;) {
      if (reader.remaining < 2) throw endOf(what, reader);
      const unit = reader.uint16le(what);
      if (unit === 0) return text;
      text += String.fromCharCode(unit);
    }
  },
  write({ writer }, value) {
    for (let at = 0; at < value.length; at++) writer.uint16le(value.charCodeAt(at));
    writer.uint16le(0);
  },
};

/**
 * UTF-16 that begins at an even offset. Some count it from the start of the message, others from that of the packet; but
 * no name begins with a character whose lower half is zero, so a lone zero is padding.
 */
export const alignedUnicodeString: Field<string> = {
  read(source, what) {
    const [first, second] = source.reader.peek();
    if (first === 0 && second !== undefined && second !== 0) source.reader.skip(1, what);
    return unicodeString.read(source, what);
  },
  write(target, value) {
    if (target.writer.length % 2 === 1) target.writer.uint8(0);
    unicodeString.write(target, value);
  },
};

/** In the usual notation: the first three groups are numbers in little endian. */
export const guid: Field<string> = {
  read({ reader }, what) {
    const hex = Buffer.from(inOrder(reader.bytes(16, what))).toString('hex');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  },
  write({ writer }, value) {
    writer.bytes(inOrder(Buffer.from(value.replaceAll('-', ''), 'hex')));
  },
};

/** Of the 16 bytes of a GUID, the first groups turned around. */
function inOrder(bytes: Uint8Array): Uint8Array {
  return Uint8Array.of(3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15).map(
    (from) => bytes[from]!,
  );
}

/** An IPv4 address; its octets come in their order, as everywhere. */
export const ipv4Address: Field<string> = {
  read: ({ reader }, what) => reader.bytes(4, what).join('.'),
  write: ({ writer }, value) => void writer.bytes(Uint8Array.from(value.split('.'), Number)),
};

/** `S-1-5-21-…` ([MS-DTYP] 2.4.2.1), '' for none, with its size before it and filled up before it as senders please. */
export const sid: Field<string> = {
  read({ reader }, what) {
    const size = reader.uint32le(what);
    if (size === 0) return '';
    const padding = reader.remaining - TAIL_BYTES - size;
    if (padding < 0 || padding > 3) throw new DecodeError(`${what} and the end`, reader.offset);
    reader.skip(padding, what);
    const revision = reader.uint8(what);
    const count = reader.uint8(what);
    if (size !== 8 + 4 * count) throw new DecodeError(`${what} of its size`, reader.offset);
    const authority = reader.uint16(what) * 2 ** 32 + reader.uint32(what);
    const parts = Array.from({ length: count }, () => reader.uint32le(what));
    return ['S', revision, authority, ...parts].join('-');
  },
  write({ writer }, value) {
    if (value === '') return void writer.uint32le(0);
    const [revision = 0, authority = 0, ...parts] = value.split('-').slice(1).map(Number);
    writer.uint32le(8 + 4 * parts.length);
    while (writer.length % 4 !== 0) writer.uint8(0);
    writer.uint8(revision).uint8(parts.length);
    writer.uint16(Math.floor(authority / 2 ** 32)).uint32(authority % 2 ** 32);
    for (const part of parts) writer.uint32le(part);
  },
};

/** A domain name in UTF-8, its end perhaps a pointer back into the message (RFC 1035 section 4.1.4). */
export const domainName: Field<string> = {
  read({ bytes, reader }, what) {
    const { name, end } = readDomainName(bytes, reader.offset, what);
    reader.skip(end - reader.offset, what);
    return name;
  },
  write({ writer, names }, value) {
    let rest = value;
    while (rest !== '') {
      const known = names.get(rest);
      if (known !== undefined) return void writer.uint16((POINTER << 8) | known);
      if (writer.length <= POINTER_TARGET_MAX) names.set(rest, writer.length);
      const [label = ''] = rest.split('.', 1);
      const text = new TextEncoder().encode(label);
      writer.uint8(text.length).bytes(text);
      rest = rest.slice(label.length + 1);
    }
    writer.uint8(0);
  },
};

function readDomainName(
  bytes: Uint8Array,
  start: number,
  what: string,
): { name: string; end: number } {
  const labels: string[] = [];
  let reader = new ByteReader(bytes, start);
  let end: number | undefined;
  let from = start;
  let length = 0;
  for (;;) {
    const octet = reader.uint8(what);
    if (octet === 0) return { name: labels.join('.'), end: end ?? reader.offset };
    if (octet >= POINTER) {
      const to = ((octet & ~POINTER) << 8) | reader.uint8(what);
      end ??= reader.offset;
      // Only ever backwards: so it comes to an end.
      if (to >= from) throw new DecodeError(`${what} that points back`, reader.offset);
      from = to;
      reader = new ByteReader(bytes, to);
      continue;
    }
    length += octet + 1;
    if (octet > LABEL_BYTES_MAX || length > DOMAIN_NAME_BYTES_MAX) {
      throw new DecodeError(`${what} of the usual length`, reader.offset);
    }
    labels.push(reader.utf8(octet, what));
  }
}

/** NtVersion, before the tokens. */
export const tail: Field<number> = {
  read({ reader }, what) {
    const version = reader.uint32le(what);
    reader.skip(4, 'tokens');
    return version;
  },
  write: ({ writer }, value) => void writer.uint32le(value).uint32le(TOKENS),
};

/** NtVersion of a message that is not read to its end yet: what is in it depends on that. */
export function versionAhead({ bytes }: Source): number {
  return new ByteReader(bytes, Math.max(0, bytes.length - TAIL_BYTES)).uint32le('a version');
}

function endOf(what: string, { offset, remaining }: ByteReader): DecodeError {
  return new DecodeError(`the end of ${what}`, offset + remaining, { truncated: true });
}
