/** Messages in plain words, a line each, for people who watch the wire. */

import { DecodeError } from '@mailslot/core/internal';

import { intervalMsOf } from './interval.ts';
import { decodeMessage, FLAG, type Message, TYPE } from './message.ts';
import { peerIdOf } from './peer-id.ts';
import { decodeRecord, type PeerRecord } from './record.ts';

const TYPE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(TYPE).map(([name, type]) => [type, name.toLowerCase()]),
);

const FLAG_NAMES = [
  [FLAG.FULL, 'full'],
  [FLAG.WANT, 'want'],
  [FLAG.SETTLED, 'settled'],
  [FLAG.OBSERVER, 'observer'],
] as const;

const SECURITY_NAMES = ['', 'hmac', 'encrypted', 'signed'] as const;

/**
 * One line about a message, safe to print whatever bytes it has:
 *
 * `announce full want from useandom-26T198340PX7: "Ann" at port 4711, info {"seats":4} (beat 0.5 s, sequence 1, revision 0, realm 1f2e3d4c)`
 */
export function describeMessage(bytes: Uint8Array): string {
  try {
    const message = decodeMessage(bytes);
    const head = `${kindOf(message)} from ${peerIdOf(message.id)}`;
    return printable(`${head}${contentOf(message)} (${figuresOf(message)})`);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return `not a presence message: ${error.message}`;
  }
}

function kindOf({ type, flags }: Message): string {
  const flagNames = FLAG_NAMES.filter(([flag]) => (flags & flag) !== 0).map(([, word]) => word);
  const security = SECURITY_NAMES[(flags & FLAG.SECURITY) >>> 4]!;
  const name = TYPE_NAMES.get(type) ?? `type ${type}`;
  return [name, ...flagNames, security].filter((word) => word !== '').join(' ');
}

function contentOf({ flags, body }: Message): string {
  if ((flags & FLAG.FULL) === 0) return '';
  if ((flags & FLAG.SECURITY) !== 0) return `: ${body.length} bytes`;
  return `: ${wordsOf(decodeRecord(body))}`;
}

function wordsOf({ name, endpoints, info }: PeerRecord): string {
  const places = endpoints.map(({ port, address }) =>
    address === undefined ? `port ${port}` : `${address} port ${port}`,
  );
  const at = places.length === 0 ? '' : ` at ${places.join(' and ')}`;
  const about = info === undefined ? '' : `, info ${JSON.stringify(info)}`;
  return `${JSON.stringify(name)}${at}${about}`;
}

function figuresOf({ intervalCode, sequence, revision, realm }: Message): string {
  const seconds = Number((intervalMsOf(intervalCode) / 1000).toPrecision(3));
  const realmText = realm.toString(16).padStart(8, '0');
  return `beat ${seconds} s, sequence ${sequence}, revision ${revision}, realm ${realmText}`;
}

/** JSON leaves some characters as they are that move a terminal's cursor or turn its text around. */
function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}
