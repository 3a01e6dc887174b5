/** What came to the mailslot of a service, in words and in fields, for people and programs that watch the wire. */

import { DecodeError, fold } from '@mailslot/core/internal';

import { decodeAlert } from './alerter/alert.ts';
import { whatHappened } from './alerter/alert-text.ts';
import { ALERTER_SLOT } from './alerter/alerter.ts';
import { CODE_PAGE_DEFAULT, oemTextOf } from './code-page.ts';
import { decodeMailslotMessage, MESSENGER_SLOT } from './messenger/mailslot-message.ts';
import { decodeText } from './messenger/message-text.ts';
import { describeNetlogon } from './netlogon/describe.ts';
import { decodeNetlogon } from './netlogon/codec.ts';
import { describeResponderMessage } from './responder/describe.ts';
import { decodeResponderMessage, isResponderMessage } from './responder/message.ts';
import { fixedDecoder, privateOwner } from './well-known.ts';

export interface Explanation {
  /** One line. Names and texts are as they came: make them printable before they reach a terminal. */
  readonly words: string;
  /** The same for programs: JSON can say it. `{ malformed }` if the message does not fit its format. */
  readonly fields: object;
}

/**
 * What a message says, or that nobody can know; undefined for a slot of which nothing is known. It never throws for what
 * came.
 */
export function explain(slotName: string, data: Uint8Array): Explanation | undefined {
  const slot = fold(slotName);
  const row = ROWS.find((each) => each.matches(slot, data));
  if (row === undefined) return undefined;
  try {
    return row.explain(slot, data);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return {
      words: `not ${row.what}: ${error.message}`,
      fields: { malformed: error.message },
    };
  }
}

interface Row {
  /** With its article. */
  readonly what: string;
  matches(slot: string, data: Uint8Array): boolean;
  /** Throws a DecodeError. */
  explain(slot: string, data: Uint8Array): Explanation;
}

/** Where controllers and their clients write, and where clients of today have the answers sent. */
const NETLOGON_SLOT = /^NET\\(?:NETLOGON|NTLOGON|GETDC.*)$/;

const oem = oemTextOf(CODE_PAGE_DEFAULT);

/** The first that matches counts. */
const ROWS: readonly Row[] = [
  {
    what: 'a message of NET SEND',
    matches: (slot) => slot === MESSENGER_SLOT,
    explain(_, data) {
      const wire = decodeMailslotMessage(data);
      // Nothing says which code page it is.
      const fields = {
        from: oem.decode(wire.from),
        to: oem.decode(wire.to),
        text: decodeText(wire.text, oem),
      };
      return { words: `message of ${fields.from} to ${fields.to}: ${fields.text}`, fields };
    },
  },
  {
    what: 'an alert',
    matches: (slot) => slot === fold(ALERTER_SLOT),
    explain(_, data) {
      const alert = decodeAlert(data);
      return {
        words: `alert of ${alert.service}: ${whatHappened(alert)}`,
        fields: jsonable(alert),
      };
    },
  },
  {
    what: 'a Netlogon message',
    matches: (slot) => NETLOGON_SLOT.test(slot),
    explain(_, data) {
      const message = decodeNetlogon(data);
      return { words: describeNetlogon(message), fields: jsonable(message) };
    },
  },
  {
    what: 'a responder message',
    matches: (_, data) => isResponderMessage(data),
    explain(_, data) {
      const message = decodeResponderMessage(data);
      return { words: describeResponderMessage(message), fields: jsonable(message) };
    },
  },
  {
    what: 'a message of its slot',
    matches: (slot) => fixedDecoder(slot) !== undefined,
    explain: (slot, data) => fixedDecoder(slot)!(data),
  },
  {
    what: 'a message',
    matches: (slot) => privateOwner(slot) !== undefined,
    explain: (slot, data) => ({
      words: `${privateOwner(slot)}: ${data.length} bytes in a format that is not public`,
      fields: { owner: privateOwner(slot), format: 'not public' },
    }),
  },
];

/** Numbers that JSON has no room for become text, bytes become hexadecimal. */
function jsonable(message: object): object {
  return Object.fromEntries(Object.entries(message).map(([name, value]) => [name, plain(value)]));
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map((each) => plain(each));
  return typeof value === 'object' && value !== null ? jsonable(value) : value;
}
