/** A fixed layout as a table: its fields in the order of their offsets, little endian, each with its place in the specification. */

import { DecodeError } from '../../bytes.ts';

/** An unsigned integer of 1, 2 or 4 bytes, or so many bytes as they are. */
type FieldType = 'uint8' | 'uint16' | 'uint32' | { readonly bytes: number };

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** Where the specification has it. */
  readonly section: string;
  /** What is written unless told otherwise. Default 0. */
  readonly value?: number;
}

/** The value of each field. */
type Values<Fields extends readonly Field[]> = {
  readonly [Each in Fields[number] as Each['name']]: Each['type'] extends string
    ? number
    : Uint8Array;
};

const SIZES = { uint8: 1, uint16: 2, uint32: 4 } as const;

export class FieldTable<const Fields extends readonly Field[]> {
  readonly fields: Fields;
  /** Of the whole layout, in bytes. */
  readonly length: number;

  constructor(fields: Fields) {
    this.fields = fields;
    this.length = fields.reduce((length, { type }) => length + sizeOf(type), 0);
  }

  /** Writes the layout to the beginning of `into`. */
  encode(values: Partial<Values<Fields>>, into: Uint8Array): void {
    const given = new Map<string, unknown>(Object.entries(values));
    const view = new DataView(into.buffer, into.byteOffset, this.length);
    let at = 0;
    for (const { name, type, value: usual = 0 } of this.fields) {
      const value = given.get(name) ?? usual;
      if (value instanceof Uint8Array) into.set(value, at);
      else if (typeof value !== 'number') throw new TypeError(`${name} must be a number.`);
      else if (type === 'uint8') view.setUint8(at, value);
      else if (type === 'uint16') view.setUint16(at, value, true);
      else if (type === 'uint32') view.setUint32(at, value, true);
      at += sizeOf(type);
    }
  }

  /** Reads the layout at the beginning of `bytes`. Throws a DecodeError if they are too few. */
  decode(bytes: Uint8Array): Values<Fields> {
    if (bytes.length < this.length) {
      throw new DecodeError(`${this.length} bytes`, bytes.length, { truncated: true });
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, this.length);
    const values: Record<string, number | Uint8Array> = {};
    let at = 0;
    for (const { name, type } of this.fields) {
      if (type === 'uint8') values[name] = view.getUint8(at);
      else if (type === 'uint16') values[name] = view.getUint16(at, true);
      else if (type === 'uint32') values[name] = view.getUint32(at, true);
      else values[name] = new Uint8Array(bytes.subarray(at, at + type.bytes));
      at += sizeOf(type);
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one value for each field, of its type
    return values as Values<Fields>;
  }
}

function sizeOf(type: FieldType): number {
  return typeof type === 'string' ? SIZES[type] : type.bytes;
}
