/** A frame as a table of fields, from which its encoder, decoder, length and page of documentation follow. */

import { ByteReader, ByteWriter } from '@mailslot/core/internal';

import type { Field } from './field.ts';

export interface Layout<Value> {
  /** As [MS-BRWS] calls it. */
  readonly title: string;
  readonly opcode: number;
  /** Where it is specified. */
  readonly section: string;
  /** The mailslot below `\MAILSLOT\`, and the NetBIOS name it is sent to. */
  readonly slot: SlotName;
  readonly destination: string;
  readonly about: string;
  /** In the order of the wire, after the opcode. */
  readonly fields: { readonly [Name in keyof Value]-?: Field<Value[Name]> };
  /** Bytes of the opcode. Default 1. */
  readonly opcodeBytes?: number;
}

/** The two mailslots of the Browser protocol. */
export type SlotName = 'BROWSE' | 'LANMAN';

/** The bytes of a frame. Throws a {@link MailslotError} for a text that does not fit. */
export function encode<Value>(layout: Layout<Value>, value: Value): Uint8Array {
  const writer = new ByteWriter(length(layout, value));
  writer.uint8(layout.opcode);
  for (let byte = 1; byte < opcodeBytes(layout); byte++) writer.uint8(0);
  for (const [name, field] of fieldsOf(layout)) field.write(writer, value[name]);
  return writer.finish();
}

/** What a frame of that layout says, its opcode passed over. Throws only {@link DecodeError}. */
export function decode<Value>(layout: Layout<Value>, bytes: Uint8Array): Value {
  const reader = new ByteReader(bytes);
  reader.skip(opcodeBytes(layout), 'an opcode');
  const value: Record<string, unknown> = {};
  for (const [name, field] of fieldsOf(layout)) {
    value[name] = field.read(reader, `${name} of ${layout.title}`, value);
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one value for each field, of its type
  return value as Value;
}

/** Bytes that {@link encode} makes of a value. */
export function length<Value>(layout: Layout<Value>, value: Value): number {
  return fieldsOf(layout).reduce(
    (sum, [name, field]) => sum + field.length(value[name]),
    opcodeBytes(layout),
  );
}

export function opcodeBytes({ opcodeBytes = 1 }: { readonly opcodeBytes?: number }): number {
  return opcodeBytes;
}

type NamedField<Value> = [name: keyof Value & string, field: Field<Value[keyof Value]>];

function fieldsOf<Value>({ fields }: Layout<Value>): NamedField<Value>[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a table has nothing but its fields
  return Object.entries(fields) as NamedField<Value>[];
}
