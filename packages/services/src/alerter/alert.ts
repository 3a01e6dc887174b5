/**
 * Alerts, as a service of LAN Manager raised them (lmalert.h: STD_ALERT and what follows it), in the Unicode form of
 * Windows NT: little-endian, strings in UTF-16.
 */

import { MailslotError } from '@mailslot/core';
import { ByteReader, ByteWriter, DecodeError } from '@mailslot/core/internal';

/** EVLEN. */
const EVENT_CHARACTERS_MAX = 16;

/** SNLEN. */
const SERVICE_CHARACTERS_MAX = 80;

/** The mailslot of the Alerter takes no more, and so NetAlertRaiseEx sends no more. */
export const ALERT_BYTES_MAX = 512;

/** Strings in an ADMIN alert. */
export const ALERT_STRINGS_MAX = 9;

/** What the alert of one of the five events says, or of an event that a program made up. */
export type AlertBody =
  /** For administrators. */
  | { readonly event: 'ADMIN'; readonly errorCode: number; readonly strings: readonly string[] }
  /** Something was written to the error log. */
  | { readonly event: 'ERRORLOG'; readonly errorCode: number; readonly logOffset: number }
  | PrintingAlert
  /** For a user, or on one. */
  | {
      readonly event: 'USER';
      readonly errorCode: number;
      readonly user: string;
      readonly computer: string;
    }
  /** A message came. What its alert looks like is not documented. */
  | { readonly event: 'MESSAGE'; readonly data: Uint8Array }
  | { readonly event: 'OTHER'; readonly eventName: string; readonly data: Uint8Array };

/** A print job has changed. */
export interface PrintingAlert {
  readonly event: 'PRINTING';
  readonly jobId: number;
  /** Bits 0 and 1 a {@link PRINT_STATES}, the others {@link PRINT_FLAGS}. */
  readonly status: number;
  /** Milliseconds since 1970, to the second. */
  readonly submittedAt: number;
  /** In bytes. */
  readonly size: number;
  readonly computer: string;
  readonly user: string;
  readonly queue: string;
  readonly destination: string;
  readonly statusText: string;
}

export type Alert = AlertBody & {
  /** Of which service it is. */
  readonly service: string;
  /** Milliseconds since 1970, to the second. */
  readonly raisedAt: number;
};

export const PRINT_STATES = ['queued', 'paused', 'spooling', 'printing'] as const;

export const PRINT_FLAGS = {
  complete: 0x0004,
  'needs intervention': 0x0008,
  error: 0x0010,
  'destination offline': 0x0020,
  'destination paused': 0x0040,
  'out of paper': 0x0100,
  deleted: 0x8000,
} as const;

const MS_PER_S = 1000;

/** Throws `ERROR_INVALID_PARAMETER` for what does not fit. */
export function encodeAlert(alert: Alert): Uint8Array {
  const writer = new ByteWriter(ALERT_BYTES_MAX);
  const event = alert.event === 'OTHER' ? alert.eventName : alert.event;
  writer.uint32le(Math.trunc(alert.raisedAt / MS_PER_S) >>> 0);
  writeField(writer, event, EVENT_CHARACTERS_MAX, 'event');
  writeField(writer, alert.service, SERVICE_CHARACTERS_MAX, 'service');
  writeBody(writer, alert);
  if (writer.length <= ALERT_BYTES_MAX) return writer.finish();
  throw outOfRange(`An alert has ${ALERT_BYTES_MAX} bytes at most, not ${writer.length}.`);
}

function writeBody(writer: ByteWriter, alert: Alert): void {
  switch (alert.event) {
    case 'ADMIN': {
      const { errorCode, strings } = alert;
      if (strings.length > ALERT_STRINGS_MAX) {
        throw outOfRange(`An alert has ${ALERT_STRINGS_MAX} strings at most.`);
      }
      writer.uint32le(errorCode).uint32le(strings.length);
      return writeStrings(writer, strings);
    }
    case 'ERRORLOG':
      writer.uint32le(alert.errorCode).uint32le(alert.logOffset);
      return;
    case 'PRINTING': {
      const { jobId, status, submittedAt, size } = alert;
      const { computer, user, queue, destination, statusText } = alert;
      const submitted = Math.trunc(submittedAt / MS_PER_S) >>> 0;
      writer.uint32le(jobId).uint32le(status).uint32le(submitted).uint32le(size);
      return writeStrings(writer, [computer, user, queue, destination, statusText]);
    }
    case 'USER':
      writer.uint32le(alert.errorCode).uint32le(2);
      return writeStrings(writer, [alert.user, alert.computer]);
    case 'MESSAGE':
    case 'OTHER':
      writer.bytes(alert.data);
  }
}

export function decodeAlert(bytes: Uint8Array): Alert {
  const reader = new ByteReader(bytes);
  const raisedAt = reader.uint32le('a time') * MS_PER_S;
  const event = readField(reader, EVENT_CHARACTERS_MAX, 'an event');
  const service = readField(reader, SERVICE_CHARACTERS_MAX, 'a service');
  return { ...readBody(reader, event), service, raisedAt };
}

function readBody(reader: ByteReader, event: string): AlertBody {
  switch (event) {
    case 'ADMIN': {
      const errorCode = reader.uint32le('an error code');
      const { offset } = reader;
      const count = reader.uint32le('a count of strings');
      if (count > ALERT_STRINGS_MAX) throw new DecodeError('at most nine strings', offset);
      const strings = Array.from({ length: count }, () => readString(reader));
      return { event, errorCode, strings };
    }
    case 'ERRORLOG': {
      const errorCode = reader.uint32le('an error code');
      return { event, errorCode, logOffset: reader.uint32le('an offset') };
    }
    case 'PRINTING':
      return readPrinting(reader);
    case 'USER': {
      const errorCode = reader.uint32le('an error code');
      reader.skip(4, 'a count of strings');
      const user = readString(reader);
      return { event, errorCode, user, computer: readString(reader) };
    }
    case 'MESSAGE':
      return { event, data: reader.rest() };
    default:
      return { event: 'OTHER', eventName: event, data: reader.rest() };
  }
}

function readPrinting(reader: ByteReader): PrintingAlert {
  const jobId = reader.uint32le('a job');
  const status = reader.uint32le('a status');
  const submittedAt = reader.uint32le('a time') * MS_PER_S;
  const size = reader.uint32le('a size');
  const computer = readString(reader);
  const user = readString(reader);
  const queue = readString(reader);
  const destination = readString(reader);
  const statusText = readString(reader);
  const names = { computer, user, queue, destination, statusText };
  return { event: 'PRINTING', jobId, status, submittedAt, size, ...names };
}

const utf16 = new TextDecoder('utf-16le', { ignoreBOM: true });

/** A string in a place of fixed length, filled up with zeros, one at least. */
function writeField(
  writer: ByteWriter,
  text: string,
  charactersMax: number,
  what: 'event' | 'service',
): void {
  if (text.length > charactersMax || text.includes('\0')) {
    throw outOfRange(`The ${what} of an alert has ${charactersMax} characters at most.`);
  }
  writeUnits(writer, text.padEnd(charactersMax + 1, '\0'));
}

function readField(reader: ByteReader, charactersMax: number, what: string): string {
  const field = reader.bytes(2 * (charactersMax + 1), what);
  return readString(new ByteReader(field));
}

function writeStrings(writer: ByteWriter, strings: readonly string[]): void {
  for (const text of strings) {
    if (text.includes('\0')) throw outOfRange('A string in an alert has no NUL.');
    writeUnits(writer, `${text}\0`);
  }
}

function writeUnits(writer: ByteWriter, text: string): void {
  for (let unit = 0; unit < text.length; unit++) writer.uint16le(text.charCodeAt(unit));
}

function readString(reader: ByteReader): string {
  const rest = reader.peek();
  let length = 0;
  while (length + 1 < rest.length && (rest[length] !== 0 || rest[length + 1] !== 0)) length += 2;
  reader.skip(length + 2, 'a string and its end');
  return utf16.decode(rest.subarray(0, length));
}

function outOfRange(message: string): MailslotError {
  return new MailslotError('ERROR_INVALID_PARAMETER', message);
}
