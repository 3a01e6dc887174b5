/** Frames in plain words, a line each, for people who watch the wire. */

import { DecodeError } from '@mailslot/core/internal';

import { serverTypeNames } from '../server-type.ts';
import { decodeFrame, type FrameKind } from './frame.ts';
import type { SlotName } from './layout.ts';
import { type Announcement, type Frames, RESET } from './layouts.ts';

type Words = { readonly [Kind in FrameKind]: (frame: Readonly<Frames[Kind]>) => string };

/**
 * One line about what came to a mailslot, such as
 *
 * `host announcement: ANN-PC "Ann's desk" (SERVER, NT), version 6.1, every 12 min`
 *
 * Names and comments are as they came: make them printable before they reach a terminal.
 */
export function describeFrame(slot: SlotName, bytes: Uint8Array): string {
  try {
    const frame = decodeFrame(slot, bytes);
    return `${frame.kind.replaceAll('-', ' ')}: ${wordsOf(frame.kind, frame)}`;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return `not a browser frame: ${error.message}`;
  }
}

function wordsOf<Kind extends FrameKind>(kind: Kind, frame: Readonly<Frames[Kind]>): string {
  return WORDS[kind](frame);
}

const WORDS: Words = {
  'host-announcement': announcement,
  'local-master-announcement': announcement,
  'announcement-request': ({ name }) =>
    name === '' ? 'everybody, announce yourselves' : `${name} asks all to announce themselves`,
  'request-election': ({ version, criteria, uptimeMs, name }) =>
    version === 0 || criteria === 0
      ? `${name || 'somebody'} calls for an election`
      : `${name} stands with criteria ${hex(criteria)}, up for ${duration(uptimeMs)}`,
  'get-backup-list-request': ({ count, token }) => `up to ${count} names, token ${token}`,
  'get-backup-list-response': ({ names, token }) => `${names.join(', ') || 'none'}, token ${token}`,
  'become-backup': ({ name }) => `${name} is to become a backup browser`,
  'domain-announcement': ({ domain, master, serverType, periodMs }) =>
    serverType === 0
      ? `${domain} is going down`
      : `${domain}, master ${master} (${types(serverType)}), ${every(periodMs)}`,
  'master-announcement': ({ name }) => `${name} is a local master`,
  'reset-state': ({ flags }) =>
    Object.entries(RESET)
      .filter(([, bit]) => (flags & bit) !== 0)
      .map(([flag]) => flag.toLowerCase().replace('_', ' '))
      .join(', ') || 'nothing',
  'lan-manager-announcement': ({ name, comment, serverType, osMajor, osMinor, periodSeconds }) =>
    announced(name, comment, serverType, `${osMajor}.${osMinor}`, periodSeconds * 1000),
};

function announcement(frame: Announcement): string {
  const { name, comment, serverType, osMajor, osMinor, periodMs } = frame;
  return announced(name, comment, serverType, `${osMajor}.${osMinor}`, periodMs);
}

function announced(
  name: string,
  comment: string,
  serverType: number,
  version: string,
  periodMs: number,
): string {
  if (serverType === 0) return `${name} is going down`;
  const quoted = comment === '' ? '' : ` ${JSON.stringify(comment)}`;
  return `${name}${quoted} (${types(serverType)}), version ${version}, ${every(periodMs)}`;
}

function types(serverType: number): string {
  return serverTypeNames(serverType).join(', ') || hex(serverType);
}

function every(periodMs: number): string {
  return periodMs === 0 ? 'once' : `every ${duration(periodMs)}`;
}

function duration(ms: number): string {
  if (ms < 60_000) return `${ms / 1000} s`;
  const minutes = ms / 60_000;
  return `${Number.isInteger(minutes) ? minutes : minutes.toFixed(1)} min`;
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
