/** Every option of the program in one table, from which the parser and the help are made. */

import { isIP, isIPv4 } from 'node:net';

import type { CodePage } from '@mailslot/services';

import { parseDuration } from './duration.ts';
import { UsageError } from './usage-error.ts';

const TRANSPORT_NAMES = ['local', 'udp', 'netbios', 'nats'] as const;

export type TransportName = (typeof TRANSPORT_NAMES)[number];

const BROWSER_ROLES = ['non-browser', 'potential', 'backup', 'domain-master'] as const;

const CODE_PAGES = [
  437, 737, 775, 850, 852, 855, 857, 858, 860, 862, 866, 1252,
] as const satisfies readonly CodePage[];

type BrowserRoleName = (typeof BROWSER_ROLES)[number];

/** What the options of a command line say; undefined or empty where one was not given. */
export interface Options {
  readonly name: string | undefined;
  readonly port: number | undefined;
  readonly info: unknown;
  readonly secret: string | undefined;
  readonly encrypt: boolean;
  readonly signed: boolean;
  readonly role: BrowserRoleName | undefined;
  readonly comment: string | undefined;
  readonly 'os-level': number | undefined;
  readonly preferred: boolean;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly user: readonly string[];
  readonly 'code-page': CodePage | undefined;
  readonly service: string | undefined;
  readonly 'error-code': number | undefined;
  readonly read: string | undefined;
  readonly stats: boolean;
  readonly listen: string | undefined;
  readonly 'http-port': number | undefined;
  readonly json: boolean;
  /** Milliseconds. */
  readonly for: number | undefined;
  readonly count: number | undefined;
  readonly domain: string | undefined;
  readonly computer: string | undefined;
  readonly transport: readonly TransportName[];
  readonly interface: readonly string[];
  readonly 'udp-port': number | undefined;
  readonly seed: readonly string[];
  readonly broadcast: boolean;
  readonly wins: readonly string[];
  readonly nats: readonly string[];
  readonly 'nats-creds': string | undefined;
  readonly help: boolean;
  readonly version: boolean;
}

export type OptionName = keyof Options;

/** Some words, or the names of files. */
export type OptionValues = readonly (string | number)[] | 'files';

export interface Option<Value> {
  /** One letter that stands for it. */
  readonly short?: string;
  /** What its value is called in the help; a flag has none. */
  readonly placeholder?: string;
  readonly help: string;
  /** What shells complete its value with. */
  readonly values?: OptionValues;
  /** Makes its value of all that was given for it, in order. Throws a {@link UsageError}. */
  read(given: readonly string[], name: string): Value;
}

export const OPTIONS: { readonly [Name in OptionName]: Option<Options[Name]> } = {
  name: single(
    'NAME',
    'a label for people, at most 63 bytes; default: the computer name',
    'a name',
    text,
  ),
  port: single('PORT', "the port of your application's own service", 'a port, 1 to 65535', port),
  info: single(
    'JSON',
    'anything JSON can say in 1 000 bytes',
    `JSON, such as '{"map":"dunes"}'`,
    json,
  ),
  secret: single(
    'WORDS',
    'what the peers share, at least 8 characters; others on this computer can see it here, so rather set MAILSLOT_SECRET',
    'words',
    text,
  ),
  encrypt: flag('the peers encrypt what they say with the secret'),
  signed: flag('the peers sign what they say; this one as an identity made for the occasion'),
  role: single(
    'ROLE',
    'what to be willing to be: non-browser, potential, backup or domain-master; default: potential',
    'non-browser, potential, backup or domain-master',
    oneOf(BROWSER_ROLES),
    BROWSER_ROLES,
  ),
  comment: single('TEXT', 'a few words on this computer, at most 42 characters', 'a text', text),
  'os-level': single(
    'N',
    'what counts first in elections: 16 a workstation, 20 Samba, 32 a server; default: 32',
    'a whole number, 1 to 255',
    osLevel,
  ),
  preferred: flag('stand for election at the start, and win against equals'),
  from: single(
    'NAME',
    'whom it is from; default: the computer name. Of a bridge: the side that is the LAN, udp',
    'a name',
    text,
  ),
  to: single('NAME', 'of a bridge: the side that is beyond the LAN, nats', 'a name', text),
  user: repeated(
    'NAME',
    'a name to be reached by besides the computer, at most 15 characters; may be repeated',
    'a name',
    text,
  ),
  'code-page': single(
    'N',
    'in which texts are written, as both ends must know: 437, 850, 852, 866, 1252 and others; default: 850',
    `one of ${CODE_PAGES.join(', ')}`,
    codePage,
    CODE_PAGES,
  ),
  service: single(
    'NAME',
    'which service it is: the one that raises the alert, or whose peers a bridge joins',
    'a name',
    text,
  ),
  'error-code': single('N', 'what Windows calls it; default: 0', 'a whole number', errorCode),
  read: single(
    'FILE',
    'a capture, pcap or pcapng, to show instead; - is standard input',
    'a file',
    text,
    'files',
  ),
  listen: single(
    'ADDRESS',
    'the own address to serve the page at, for other computers too; default: 127.0.0.1, for this one alone',
    'an IP address of this computer',
    ipAddress,
  ),
  'http-port': single(
    'PORT',
    'the TCP port to serve the page at; default: any that is free',
    'a port, 1 to 65535',
    port,
  ),
  stats: flag(
    'what is counted instead of messages: a line for each transport and interface, every second',
  ),
  json: flag('one JSON object per line on standard output'),
  for: single(
    'TIME',
    'end after 10s, 500ms or 2m',
    'a time, such as 10s, 500ms or 2m',
    parseDuration,
  ),
  count: single('N', 'end after N lines', 'a whole number, 1 or more', count),
  domain: single('NAME', 'the domain to be in; default: WORKGROUP', 'a name', text),
  computer: single('NAME', 'the computer name to bear; default: the host name', 'a name', text),
  transport: repeated(
    'local|udp|netbios|nats',
    'the way messages go; may be repeated',
    'local, udp, netbios or nats',
    oneOf(TRANSPORT_NAMES),
    TRANSPORT_NAMES,
  ),
  interface: repeated(
    'NAME',
    'the network interface to use, or "loopback"; may be repeated; default: all but loopback',
    'a name',
    text,
  ),
  'udp-port': single(
    'PORT',
    'the UDP port that all stations share; default: 19795',
    'a port, 1 to 65535',
    port,
  ),
  seed: repeated(
    'ADDRESS',
    'a computer to write to besides, for where multicast does not get; may be repeated',
    'an address',
    text,
  ),
  broadcast: flag('broadcast always, not only where multicast is not heard'),
  wins: repeated(
    'ADDRESS',
    'a name server to ask on netbios; may be repeated',
    'an IPv4 address',
    ipv4Address,
  ),
  nats: repeated(
    'URL',
    'a NATS server to use besides, for beyond one LAN, such as nats://host:4222; may be repeated for a cluster',
    'a URL',
    text,
  ),
  'nats-creds': single(
    'FILE',
    'the .creds file that the NATS server wants; a password in the URL can be seen by others on this computer',
    'a file',
    text,
    'files',
  ),
  help: { ...flag('say all this'), short: 'h' },
  version: flag('say which version this is'),
};

export const OPTION_NAMES: readonly OptionName[] = Object.keys(OPTIONS).filter(isOptionName);

export function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(OPTIONS, name);
}

function flag(help: string): Option<boolean> {
  return { help, read: (given) => given.length > 0 };
}

/** An option with one value; where it is given twice, the last one counts. */
function single<Value>(
  placeholder: string,
  help: string,
  expected: string,
  parse: (given: string) => Value | undefined,
  values?: OptionValues,
): Option<Value | undefined> {
  const all = repeated(placeholder, help, expected, parse, values);
  return { ...all, read: (given, name) => all.read(given, name).at(-1) };
}

function repeated<Value>(
  placeholder: string,
  help: string,
  expected: string,
  parse: (given: string) => Value | undefined,
  values: OptionValues = [],
): Option<readonly Value[]> {
  const read = (given: readonly string[], name: string): readonly Value[] =>
    given.map((each) => {
      const value = parse(each);
      if (value !== undefined) return value;
      throw new UsageError(`--${name} takes ${expected}, not ${JSON.stringify(each)}.`);
    });
  return { placeholder, help, values, read };
}

function text(given: string): string | undefined {
  return given === '' ? undefined : given;
}

function port(given: string): number | undefined {
  const number = wholeNumber(given);
  return number !== undefined && number >= 1 && number <= 65_535 ? number : undefined;
}

function count(given: string): number | undefined {
  const number = wholeNumber(given);
  return number !== undefined && number >= 1 ? number : undefined;
}

function wholeNumber(given: string): number | undefined {
  return /^\d+$/.test(given) ? Number(given) : undefined;
}

function osLevel(given: string): number | undefined {
  const number = count(given);
  return number !== undefined && number <= 255 ? number : undefined;
}

function codePage(given: string): CodePage | undefined {
  return CODE_PAGES.find((one) => String(one) === given);
}

/** As much as 32 bits hold. */
function errorCode(given: string): number | undefined {
  const number = wholeNumber(given);
  return number !== undefined && number < 2 ** 32 ? number : undefined;
}

function ipAddress(given: string): string | undefined {
  return isIP(given) === 0 ? undefined : given;
}

function ipv4Address(given: string): string | undefined {
  return isIPv4(given) ? given : undefined;
}

function oneOf<Name extends string>(names: readonly Name[]): (given: string) => Name | undefined {
  return (given) => names.find((name) => name === given);
}

function json(given: string): unknown {
  try {
    return JSON.parse(given) as unknown;
  } catch {
    return undefined;
  }
}
