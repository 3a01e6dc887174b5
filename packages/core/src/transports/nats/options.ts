/** What a user may ask of the transport, checked before anything is connected. */

import {
  type Authenticator,
  credsAuthenticator,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from '@nats-io/transport-node';

import { utf8Bytes } from '../../bytes.ts';
import { MailslotError } from '../../errors.ts';

export interface NatsOptions {
  /**
   * The servers, any of which will do: `nats://host:4222`, `tls://host`, `host`, with `user:password@` or `token@` before
   * the host if there are no `credentials`. The others of a cluster are learnt from the one that answers.
   */
  readonly servers: string | readonly string[];
  /** Who this is. By default what the first of the URLs says, or nobody. */
  readonly credentials?: NatsCredentials;
  /** Demand TLS, also if the server does not. Default: as the server wishes, or as a URL with `tls://` does. */
  readonly tls?: boolean | NatsTls;
  /** The first token or tokens of every subject. Default `mailslot`. */
  readonly subject?: string;
}

/** One of the ways to say who one is. */
export type NatsCredentials =
  | { readonly user: string; readonly password?: string }
  | { readonly token: string }
  /** The seed of an NKey, `SU…`. */
  | { readonly nkeySeed: string }
  /** What is in a `.creds` file, as `nsc` makes it. */
  | { readonly creds: string };

/** Certificates and keys in PEM, or the files that they are in. */
export interface NatsTls {
  readonly ca?: string;
  readonly caFile?: string;
  readonly cert?: string;
  readonly certFile?: string;
  readonly key?: string;
  readonly keyFile?: string;
}

/** The options, complete and checked. */
export interface NatsSettings {
  readonly servers: readonly string[];
  /** Of the servers as people read them: without credentials. */
  readonly where: string;
  readonly authenticator: Authenticator | undefined;
  readonly tls: NatsTls | undefined;
  readonly subject: string;
}

/** More than any cluster that somebody types in. */
export const SERVERS_MAX = 64;

/** With the longest names besides, a subject stays well below the 4 096 octets that a server takes for a line. */
export const SUBJECT_BYTES_MAX = 256;

/** Tokens with a dot between them; nothing that NATS or a terminal might take for something else. */
const SUBJECT = /^[\w-]+(?:\.[\w-]+)*$/;

/** Throws `ERROR_INVALID_PARAMETER`, and says which option and why. */
export function parseOptions(options: NatsOptions): NatsSettings {
  const { servers, subject = 'mailslot', tls = false } = options;
  const given = typeof servers === 'string' ? [servers] : servers;
  check(
    Array.isArray(given) && given.length > 0 && given.every((each) => typeof each === 'string'),
    `servers must be a URL or several, as in 'nats://nats.example.org:4222'`,
  );
  check(given.length <= SERVERS_MAX, `servers may be ${SERVERS_MAX} at most, not ${given.length}`);
  check(
    typeof subject === 'string' && SUBJECT.test(subject) && subject.length <= SUBJECT_BYTES_MAX,
    `subject must be tokens such as 'mailslot' or 'games.mailslot', not ${JSON.stringify(subject)}`,
  );
  const urls = given.map(parseServer);
  const credentials = options.credentials ?? credentialsOf(urls[0]!);
  const demanded = tls !== false || urls.some(({ protocol }) => protocol === 'tls:');
  const hosts = urls.map(({ host }) => host);
  return {
    servers: hosts,
    where: hosts.join(', '),
    authenticator: credentials && authenticatorOf(credentials),
    tls: demanded ? (typeof tls === 'object' ? tls : {}) : undefined,
    subject,
  };
}

function parseServer(server: string): URL {
  const text = server.includes('://') ? server : `nats://${server}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  check(
    url !== undefined && url.hostname !== '' && /^(?:nats|tls):$/.test(url.protocol),
    // The URL may bear a password: it is not repeated.
    `servers must be URLs such as 'nats://host:4222' or 'tls://host'`,
  );
  return url;
}

function credentialsOf({ username, password }: URL): NatsCredentials | undefined {
  if (username === '') return undefined;
  const name = decode(username);
  return password === '' ? { token: name } : { user: name, password: decode(password) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function authenticatorOf(credentials: NatsCredentials): Authenticator {
  const authenticator = chooseAuthenticator(credentials);
  try {
    // Asked once without a server, it says whether a seed or a file can be read at all.
    authenticator('nonce');
  } catch (cause) {
    throw new MailslotError(
      'ERROR_INVALID_PARAMETER',
      'nats({ credentials }): this is neither a seed of a user nor the content of a .creds file.',
      { cause },
    );
  }
  return authenticator;
}

function chooseAuthenticator(credentials: NatsCredentials): Authenticator {
  if ('user' in credentials) {
    return usernamePasswordAuthenticator(credentials.user, credentials.password);
  }
  if ('token' in credentials) return tokenAuthenticator(credentials.token);
  if ('creds' in credentials) return credsAuthenticator(utf8Bytes(credentials.creds));
  check(
    'nkeySeed' in credentials,
    'credentials must have a user and a password, a token, an nkeySeed or creds',
  );
  return nkeyAuthenticator(utf8Bytes(credentials.nkeySeed));
}

function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new MailslotError('ERROR_INVALID_PARAMETER', `nats(): ${what}.`);
}
