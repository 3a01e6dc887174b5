/** Messages in plain words, a line each, for people who watch the wire. */

import { DecodeError } from '@mailslot/core/internal';

import { intervalMsOf } from './interval.ts';
import { decodeMessage, FLAG, type Message, TYPE } from './message.ts';
import { decodePage, decodePull } from './page.ts';
import { peerIdOf } from './peer-id.ts';
import { decodeProbe } from './probe.ts';
import { decodeRecord, digestIn, type PeerRecord } from './record.ts';

const TYPE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(TYPE).map(([name, type]) => [type, name.toLowerCase()]),
);

const FLAG_NAMES = [
  [FLAG.FULL, 'full'],
  [FLAG.WANT, 'want'],
  [FLAG.SETTLED, 'settled'],
  [FLAG.OBSERVER, 'observer'],
  [FLAG.DIRECT, 'direct'],
] as const;

const SECURITY_NAMES = ['', 'hmac', 'encrypted', 'signed'] as const;

/** The mode whose bodies nobody can read without the secret. */
const ENCRYPTED = 2;

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

/** What the body says. Nothing of it is proven, in any mode. */
function contentOf({ type, flags, body }: Message): string {
  if ((flags & FLAG.SECURITY) >>> 4 === ENCRYPTED) {
    return body.length === 0 ? '' : `: ${body.length} bytes`;
  }
  if (type === TYPE.ANNOUNCE && (flags & FLAG.FULL) !== 0) return `: ${announced(body)}`;
  if (type === TYPE.PROBE) return `: ${asked(body)}`;
  if (type === TYPE.PULL) return `: ${wanted(body)}`;
  if (type === TYPE.PAGE) return `: ${told(body)}`;
  return '';
}

function announced(body: Uint8Array): string {
  const words = wordsOf(decodeRecord(body));
  const digest = digestIn(body);
  return digest === undefined ? words : `${words}, lists ${digest.count}`;
}

function asked(body: Uint8Array): string {
  const probe = decodeProbe(body);
  if (probe === undefined) return 'a knock';
  return `for ${peerIdOf(probe.key)}, heard up to ${probe.lastSequence}, round ${probe.round}`;
}

function wanted(body: Uint8Array): string {
  const { ranges, fingerprints, cookie } = decodePull(body);
  const what = fingerprints === undefined ? 'everything' : 'differences';
  const from = cookie === undefined ? 'no cookie' : 'with cookie';
  return `${what} in ${ranges.length} ${ranges.length === 1 ? 'range' : 'ranges'}, ${from}`;
}

function told(body: Uint8Array): string {
  const page = decodePage(body);
  if (page.range === undefined) return 'no time';
  return `${page.entries.length} of ${page.digest.count} listed, ${page.pagesToCome} to come`;
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
