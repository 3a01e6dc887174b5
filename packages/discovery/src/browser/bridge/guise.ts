/** How those of one side look on the other, and how what a bridge carried over is told from what was there. */

import type { Peer } from '../../peer.ts';
import { COMMENT_CHARACTERS_MAX, NAME_CHARACTERS_MAX } from '../frames/field.ts';
import type { Host } from '../host.ts';

/** What the info of a peer is that stands for a host of the classic network. */
export interface GuestInfo {
  readonly classic: Host;
}

/** The comment of a host that stands for a peer begins so, whatever its service. */
const COMMENT_MARK = 'mailslot:';

/** Of the id of a peer, where its name alone would not do. */
const ID_CHARACTERS = 4;

/** Whether a host stands for a peer, put there by this bridge or another. */
export function standsForPeer({ comment }: Host): boolean {
  return comment.startsWith(COMMENT_MARK);
}

/** Whether a peer stands for a host, put there by this bridge or another. */
export function standsForHost(peer: Peer): boolean {
  return typeof peer.info === 'object' && peer.info !== null && 'classic' in peer.info;
}

/** The host that a peer stands for, as it says; undefined if it is a peer of its own, or does not say. */
export function hostNameOf({ info }: Peer): string | undefined {
  if (typeof info !== 'object' || info === null || !('classic' in info)) return undefined;
  const { classic } = info;
  if (typeof classic !== 'object' || classic === null || !('name' in classic)) return undefined;
  return typeof classic.name === 'string' ? classic.name : undefined;
}

/** A comment is cut to what a frame carries: lists may have longer ones, and a record has only so much room. */
export function guestInfoOf({ name, domain, serverType, version, comment: said }: Host): GuestInfo {
  const comment = said.slice(0, COMMENT_CHARACTERS_MAX);
  return { classic: { name, domain, serverType, version, comment } };
}

/** What a peer is and where it can be dialled, as far as there is room: `mailslot:tanks Ann 10.77.0.5:4711`. */
export function commentOf(service: string, { name, addresses, port }: Peer): string {
  const place = port === undefined ? '' : ` ${addresses[0] ?? ''}:${port}`;
  const all = `${COMMENT_MARK}${service} ${name}${place}`.replaceAll(/\p{Cc}/gu, ' ');
  return all.slice(0, COMMENT_CHARACTERS_MAX);
}

/**
 * A NetBIOS name for a peer that is not among the `taken`: its own, as far as that is legal; else with a part of its id.
 * Undefined if both are taken.
 */
export function netbiosNameOf(
  { name, id }: Pick<Peer, 'name' | 'id'>,
  taken: { has(name: string): boolean },
): string | undefined {
  const plain = legal(name, NAME_CHARACTERS_MAX) || 'PEER';
  const told = `${legal(plain, NAME_CHARACTERS_MAX - ID_CHARACTERS - 1)}-${idPart(id)}`;
  return [plain, told].find((one) => !taken.has(one));
}

/** Letters and digits that every NetBIOS host can write, others left out or a hyphen. */
function legal(text: string, charactersMax: number): string {
  const plain = text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toUpperCase();
  const joined = plain.replaceAll(/[^A-Z0-9]+/g, '-').replaceAll(/^-/g, '');
  return joined.slice(0, charactersMax).replace(/-$/, '');
}

function idPart(id: string): string {
  return id
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]/g, '0')
    .slice(0, ID_CHARACTERS);
}
