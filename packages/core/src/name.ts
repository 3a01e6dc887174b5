/**
 * Mailslot names: `\\scope\mailslot\path`, compared without regard to case.
 *
 * The rules are those of Windows, row by row in docs/semantics.md. A bare word such as `lobby` stands for
 * `\\.\mailslot\lobby`.
 */

import { hash } from 'node:crypto';

import { utf8Bytes } from './bytes.ts';
import { MailslotError } from './errors.ts';

/** Whom a name addresses. */
export type Scope =
  /** `\\.\`: this computer. */
  | { readonly kind: 'local' }
  /** `\\*\`: every computer of the own domain, this one included. */
  | { readonly kind: 'domain' }
  /** `\\NAME\`: one computer, or every computer of one domain. */
  | { readonly kind: 'name'; readonly name: string };

/** The path of a slot below `\\scope\mailslot\`. */
export interface SlotPath {
  /** As it was written, separators normalised. */
  readonly text: string;
  /** Folded: equal keys, equal slots. This is what travels. */
  readonly key: string;
}

export interface MailslotName {
  readonly scope: Scope;
  readonly path: SlotPath;
}

/** A slot path, folded, in UTF-8 bytes: its length fits one octet of a frame. Windows takes 246 characters. */
export const PATH_BYTES_MAX = 255;

/** A computer or domain name, folded, in UTF-8 bytes: the length of a DNS label. */
export const HOST_NAME_BYTES_MAX = 63;

/**
 * Upper case, one character for one: a character whose upper case is longer (ß) stays as it is, as in
 * the file systems of Windows.
 */
export function fold(text: string): string {
  const upper = text.toUpperCase();
  if (upper.length === text.length) return upper;
  return Array.from(text, (character) => {
    const folded = character.toUpperCase();
    return folded.length === character.length ? folded : character;
  }).join('');
}

/** Reads a name as a user writes it. Throws a {@link MailslotError} that says what is wrong. */
export function parseName(name: string): MailslotName {
  if (typeof name !== 'string' || name === '') {
    throw new MailslotError('ERROR_PATH_NOT_FOUND', 'A mailslot needs a name, such as "lobby".');
  }
  if (name.startsWith('\\\\?\\')) return parseVerbatim(name);
  const normalised = name.replaceAll('/', '\\');
  if (!/[\\:]/.test(normalised)) return localName(resolvePath(normalised, name));

  const parts = /^\\\\([^\\]+)\\+mailslot\\(.*)$/is.exec(normalised);
  if (parts === null) {
    throw invalid(name, 'is not of the form \\\\.\\mailslot\\name');
  }
  return { scope: parseScope(parts[1]!, name), path: resolvePath(parts[2]!, name) };
}

/** What normalising would change: an empty component or one of dots alone, a slash, a trailing dot or space. */
const NOT_NORMAL = /(?:^|\\)\.{0,2}(?:\\|$)|\/|[. ]$/;

/** Writes a name so that {@link parseName} reads it back. */
export function formatName(scope: Scope, path: SlotPath): string {
  return `\\\\${formatScope(scope, path)}\\mailslot\\${path.text}`;
}

function formatScope(scope: Scope, path: SlotPath): string {
  if (scope.kind === 'name') return scope.name;
  if (scope.kind === 'domain') return '*';
  return NOT_NORMAL.test(path.text) ? '?' : '.';
}

/** The slot path for a text that needs no normalising, such as a constant. */
export function slotPath(text: string): SlotPath {
  return { text, key: fold(text) };
}

// eslint-disable-next-line no-control-regex -- control characters are what is refused
const NOT_IN_HOST_NAMES = /^\.$|[\\/*?"<>|\u0000-\u001f\u007f-\u009f\ud800-\udfff]/u;

/** Whether a folded name, such as travels, can be that of a computer or domain. */
export function isHostName(folded: string): boolean {
  const bytes = utf8Bytes(folded).length;
  return bytes > 0 && bytes <= HOST_NAME_BYTES_MAX && !NOT_IN_HOST_NAMES.test(folded);
}

/** A computer or domain name as it is compared: folded, checked. */
export function parseHostName(name: string, what: string): string {
  const folded = fold(name);
  if (!isHostName(folded)) {
    throw new MailslotError(
      'ERROR_INVALID_NAME',
      `${what} ${JSON.stringify(name)} must have 1 to ${HOST_NAME_BYTES_MAX} bytes and no control character and none of \\ / * ? " < > |.`,
    );
  }
  return folded;
}

/** What stands for a domain on the wire: the first 4 octets of SHA-256 of its folded name. */
export function domainTag(domain: string): number {
  return Number.parseInt(hash('sha256', fold(domain), 'hex').slice(0, 8), 16);
}

function parseScope(host: string, name: string): Scope {
  if (host === '.') return { kind: 'local' };
  if (host === '*') return { kind: 'domain' };
  try {
    return { kind: 'name', name: parseHostName(host, 'The computer or domain') };
  } catch (cause) {
    throw invalid(name, 'names no computer or domain', { cause });
  }
}

/** After `\\?\` nothing is normalised: the rest of the name is the path, to the letter. */
function parseVerbatim(name: string): MailslotName {
  const parts = /^\\\\\?\\mailslot\\(.+)$/is.exec(name);
  if (parts === null) throw invalid(name, 'is not of the form \\\\?\\mailslot\\name');
  return localName(checkPath(parts[1]!, name));
}

/** Win32 path normalisation: separators collapse, dots resolve, trailing dots and spaces fall away. */
function resolvePath(path: string, name: string): SlotPath {
  if (path.endsWith('\\')) throw invalid(name, 'ends in a separator');
  const resolved: string[] = [];
  for (const component of path.split('\\')) {
    if (component === '' || component === '.') continue;
    if (component !== '..') resolved.push(component);
    else if (resolved.pop() === undefined) throw invalid(name, 'leads out of \\mailslot\\');
  }
  const text = resolved.join('\\').replace(/[. ]+$/, '');
  if (text === '' || text.endsWith('\\')) throw invalid(name, 'has nothing after \\mailslot\\');
  return checkPath(text, name);
}

/** Half a surrogate pair has no UTF-8: two such names would be one on the wire. */
const ILL_FORMED = /\p{Surrogate}/u;

function checkPath(text: string, name: string): SlotPath {
  if (ILL_FORMED.test(text)) throw invalid(name, 'is not well-formed Unicode');
  const path = slotPath(text);
  // The folded path is what travels, and it may be longer: ɐ has two bytes, Ɐ three.
  const bytes = utf8Bytes(path.key).length;
  if (bytes > PATH_BYTES_MAX) {
    throw new MailslotError(
      'ERROR_FILENAME_EXCED_RANGE',
      `The mailslot name ${JSON.stringify(name.slice(0, 40))}… has ${bytes} bytes; ${PATH_BYTES_MAX} is the most.`,
    );
  }
  return path;
}

function localName(path: SlotPath): MailslotName {
  return { scope: { kind: 'local' }, path };
}

function invalid(name: string, why: string, options?: ErrorOptions): MailslotError {
  return new MailslotError(
    'ERROR_INVALID_NAME',
    `The name ${name.slice(0, 300)} ${why}. Write \\\\.\\mailslot\\name for this computer, \\\\*\\mailslot\\name for all, \\\\COMPUTER\\mailslot\\name for one, or just a name.`,
    options,
  );
}
