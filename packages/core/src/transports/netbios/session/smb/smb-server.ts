/**
 * A server of SMB1 for one session that has nothing but the share IPC$, and on it the pipes that it is given: enough to
 * be asked for lists. Whoever comes is a guest; there are no files, no passwords and nothing to write to.
 */

import { ByteWriter, DecodeError } from '../../../../bytes.ts';
import type { Clock } from '../../../../clock.ts';
import type { Random } from '../../../../random.ts';
import type { SessionService } from '../session-server.ts';
import { guestLogin } from './guest-login.ts';
import {
  CHALLENGE_BYTES,
  decodeNegotiateRequest,
  encodeNegotiateResponse,
  encodeNoDialect,
  GUID_BYTES,
  type NegotiatedSecurity,
  SMB_CAPABILITIES,
  SMB_DIALECT,
  SMB_SECURITY_MODE,
} from './negotiate.ts';
import {
  decodeSessionSetupRequest,
  encodeLogoff,
  encodeSessionSetupResponse,
} from './session-setup.ts';
import {
  decodeSmbMessage,
  encodeSmbMessage,
  SMB_COMMAND,
  SMB_FLAGS2,
  type SmbBlock,
  type SmbBody,
  type SmbHeader,
} from './smb-message.ts';
import { dosStatus, SMB_STATUS, type SmbStatus } from './smb-status.ts';
import { encodeSpnegoInit } from './spnego.ts';
import {
  decodeTransactionRequest,
  encodeTransactionResponses,
  type Transaction,
  type TransactionResult,
} from './transaction.ts';
import {
  decodeTreeConnectRequest,
  encodeTreeConnectResponse,
  encodeTreeDisconnect,
  IPC_SHARE,
} from './tree-connect.ts';

export interface SmbServerOptions {
  /** What the server says of itself. */
  readonly computerName: string;
  readonly domain: string;
  /** Answers a transaction on a pipe; undefined if there is no pipe of that name. */
  readonly transact: (transaction: Transaction) => TransactionResult | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

/** The longest message taken: what Windows servers say. Requests have some hundred bytes, logins up to a few thousand. */
export const SMB_MESSAGE_BYTES_MAX = 16_644;

/** Users of one session. Clients set up one; Windows may use a second for another of its own users. */
export const SMB_USERS_MAX = 4;

/** Connections to IPC$ on one session: one is all that anybody needs. */
export const SMB_TREES_MAX = 4;

/** Answers to one echo. Clients that look whether we live want one, and each is as long as the request. */
export const SMB_ECHOES_MAX = 4;

/** What a client has room for at least ([MS-CIFS] 2.2.4.53.1), and at most in one session packet. */
const CLIENT_BUFFER_BYTES_MIN = 1024;
const CLIENT_BUFFER_BYTES_MAX = 0xffff;

/** Requests that may be under way at once: as NT Workstation says. They are answered one after the other. */
const MAX_MPX_COUNT = 10;

const NATIVE_OS = 'Unix';
const NATIVE_LAN_MAN = 'Mailslot';

const CAPABILITIES =
  SMB_CAPABILITIES.UNICODE |
  SMB_CAPABILITIES.NT_SMBS |
  SMB_CAPABILITIES.RPC_REMOTE_APIS |
  SMB_CAPABILITIES.NT_STATUS;

/** What of a client's flags is true of the answer too. */
const FLAGS2_SHARED =
  SMB_FLAGS2.LONG_NAMES | SMB_FLAGS2.EXTENDED_SECURITY | SMB_FLAGS2.NT_STATUS | SMB_FLAGS2.UNICODE;

/** One message that is being answered; the commands it chains share its ids, and may set them. */
interface Exchange {
  readonly message: Uint8Array;
  readonly header: SmbHeader;
  readonly unicode: boolean;
  userId: number;
  treeId: number;
}

/** How a command ended. A failure has no body. */
interface Outcome {
  readonly status: SmbStatus;
  readonly body?: SmbBody;
}

const done = (body: SmbBody): Outcome => ({ status: SMB_STATUS.SUCCESS, body });

export class SmbServer implements SessionService {
  readonly messageBytesMax: number = SMB_MESSAGE_BYTES_MAX;
  readonly #options: SmbServerOptions;
  readonly #challenge: Uint8Array;
  /** By id; false while the login goes on. */
  readonly #users = new Map<number, boolean>();
  /** Connected trees, each with its user. */
  readonly #trees = new Map<number, number>();
  #negotiated = false;
  #clientBufferBytes = CLIENT_BUFFER_BYTES_MIN;

  constructor(options: SmbServerOptions) {
    this.#options = options;
    this.#challenge = options.random.bytes(CHALLENGE_BYTES);
  }

  *receive(message: Uint8Array): Generator<Uint8Array, void, undefined> {
    const { header, blocks } = decodeSmbMessage(message);
    if (header.response) throw new DecodeError('a request', 9);
    const [first] = blocks;
    if (this.#negotiated === (first.command === SMB_COMMAND.NEGOTIATE)) {
      throw new DecodeError('one negotiation, and that first', 4);
    }
    const { userId, treeId } = header;
    const unicode = (header.flags2 & SMB_FLAGS2.UNICODE) !== 0;
    const exchange: Exchange = { message, header, unicode, userId, treeId };
    if (first.command === SMB_COMMAND.TRANSACTION) yield* this.#transact(exchange, first);
    else if (first.command === SMB_COMMAND.ECHO) yield* echo(exchange, first);
    else yield this.#chain(exchange, blocks);
  }

  /** The answer to commands that are each answered once; the first that fails is the last. */
  #chain(exchange: Exchange, blocks: readonly SmbBlock[]): Uint8Array {
    const bodies: SmbBody[] = [];
    let status: SmbStatus = SMB_STATUS.SUCCESS;
    for (const block of blocks) {
      const outcome = this.#execute(exchange, block);
      bodies.push(outcome.body ?? { command: block.command });
      ({ status } = outcome);
      if (status !== SMB_STATUS.SUCCESS) break;
    }
    const [first, ...rest] = bodies;
    return encodeAnswer(exchange, status, first!, ...rest);
  }

  #execute(exchange: Exchange, block: SmbBlock): Outcome {
    switch (block.command) {
      case SMB_COMMAND.NEGOTIATE:
        return done(this.#negotiate(exchange, block));
      case SMB_COMMAND.SESSION_SETUP_ANDX:
        return this.#setUp(exchange, block);
      case SMB_COMMAND.LOGOFF_ANDX:
        return this.#logOff(exchange);
      case SMB_COMMAND.TREE_CONNECT_ANDX:
        return this.#connectTree(exchange, block);
      case SMB_COMMAND.TREE_DISCONNECT:
        return this.#disconnectTree(exchange);
      case SMB_COMMAND.NT_CREATE_ANDX:
        return { status: this.#refusal(exchange) ?? SMB_STATUS.OBJECT_NAME_NOT_FOUND };
      default:
        return { status: SMB_STATUS.SMB_BAD_COMMAND };
    }
  }

  #negotiate({ header, unicode }: Exchange, block: SmbBlock): SmbBody {
    const dialectIndex = decodeNegotiateRequest(block).indexOf(SMB_DIALECT);
    if (dialectIndex < 0) return encodeNoDialect();
    this.#negotiated = true;
    const { clock, random, domain } = this.#options;
    const extended = (header.flags2 & SMB_FLAGS2.EXTENDED_SECURITY) !== 0;
    const security: NegotiatedSecurity = extended
      ? { kind: 'extended', serverGuid: random.bytes(GUID_BYTES), blob: encodeSpnegoInit() }
      : { kind: 'challenge', challenge: this.#challenge, domain };
    const response = {
      dialectIndex,
      securityMode: SMB_SECURITY_MODE.USER_LEVEL | SMB_SECURITY_MODE.ENCRYPTED_PASSWORDS,
      maxMpxCount: MAX_MPX_COUNT,
      maxBufferBytes: SMB_MESSAGE_BYTES_MAX,
      sessionKey: 0,
      capabilities: extended ? CAPABILITIES | SMB_CAPABILITIES.EXTENDED_SECURITY : CAPABILITIES,
      systemTime: clock.wallTime(),
      security,
    };
    return encodeNegotiateResponse(response, unicode);
  }

  #setUp(exchange: Exchange, block: SmbBlock): Outcome {
    const { security, maxBufferBytes } = decodeSessionSetupRequest(block, exchange.unicode);
    const atLeast = Math.max(maxBufferBytes, CLIENT_BUFFER_BYTES_MIN);
    this.#clientBufferBytes = Math.min(atLeast, CLIENT_BUFFER_BYTES_MAX);
    if (this.#users.get(exchange.userId) !== false) {
      const userId = freeId(this.#users, SMB_USERS_MAX);
      if (userId === undefined) return { status: SMB_STATUS.INSUFFICIENT_RESOURCES };
      exchange.userId = userId;
    }
    const { computerName, domain } = this.#options;
    const server = { nativeOs: NATIVE_OS, nativeLanMan: NATIVE_LAN_MAN, domain };
    if (security.kind === 'challenge') {
      this.#users.set(exchange.userId, true);
      const guest = security.account !== '';
      return done(encodeSessionSetupResponse({ guest, ...server }, exchange.unicode));
    }
    const login = { challenge: this.#challenge, computerName, domain };
    const { blob, done: complete, guest } = guestLogin(security.blob, login);
    this.#users.set(exchange.userId, complete);
    const body = encodeSessionSetupResponse({ guest, blob, ...server }, exchange.unicode);
    return complete ? done(body) : { status: SMB_STATUS.MORE_PROCESSING_REQUIRED, body };
  }

  #logOff({ userId }: Exchange): Outcome {
    if (!this.#users.delete(userId)) return { status: SMB_STATUS.SMB_BAD_UID };
    for (const [treeId, owner] of this.#trees) if (owner === userId) this.#trees.delete(treeId);
    return done(encodeLogoff());
  }

  #connectTree(exchange: Exchange, block: SmbBlock): Outcome {
    const { userId, unicode } = exchange;
    if (this.#users.get(userId) !== true) return { status: SMB_STATUS.SMB_BAD_UID };
    const { path } = decodeTreeConnectRequest(block, unicode);
    const share = path.slice(path.lastIndexOf('\\') + 1).toUpperCase();
    if (share !== IPC_SHARE) return { status: SMB_STATUS.BAD_NETWORK_NAME };
    const treeId = freeId(this.#trees, SMB_TREES_MAX);
    if (treeId === undefined) return { status: SMB_STATUS.INSUFFICIENT_RESOURCES };
    this.#trees.set(treeId, userId);
    exchange.treeId = treeId;
    return done(encodeTreeConnectResponse(unicode));
  }

  #disconnectTree(exchange: Exchange): Outcome {
    const refusal = this.#refusal(exchange);
    if (refusal !== undefined) return { status: refusal };
    this.#trees.delete(exchange.treeId);
    return done(encodeTreeDisconnect());
  }

  *#transact(exchange: Exchange, block: SmbBlock): Generator<Uint8Array, void, undefined> {
    const request = decodeTransactionRequest(exchange.message, block, exchange.unicode);
    const result = this.#refusal(exchange) ?? this.#result(request);
    if (request.disconnects) this.#trees.delete(exchange.treeId);
    if (request.oneWay) return;
    if (typeof result === 'number') {
      yield encodeAnswer(exchange, result, { command: SMB_COMMAND.TRANSACTION });
      return;
    }
    for (const body of encodeTransactionResponses(result, this.#clientBufferBytes)) {
      yield encodeAnswer(exchange, SMB_STATUS.SUCCESS, body);
    }
  }

  #result(request: Transaction & { readonly whole: boolean }): TransactionResult | SmbStatus {
    if (!request.whole) return SMB_STATUS.NOT_SUPPORTED;
    return this.#options.transact(request) ?? SMB_STATUS.OBJECT_NAME_NOT_FOUND;
  }

  /** Why the tree of a request may not be used, if so. */
  #refusal({ userId, treeId }: Exchange): SmbStatus | undefined {
    if (this.#users.get(userId) !== true) return SMB_STATUS.SMB_BAD_UID;
    if (this.#trees.get(treeId) !== userId) return SMB_STATUS.SMB_BAD_TID;
    return undefined;
  }
}

function* echo(exchange: Exchange, { words, bytes }: SmbBlock): Generator<Uint8Array> {
  const count = Math.min(words.uint16le('a count of echoes'), SMB_ECHOES_MAX);
  const data = bytes.rest();
  for (let sequence = 1; sequence <= count; sequence++) {
    const sequenceNumber = new ByteWriter().uint16le(sequence).finish();
    const body = { command: SMB_COMMAND.ECHO, words: sequenceNumber, bytes: () => data };
    yield encodeAnswer(exchange, SMB_STATUS.SUCCESS, body);
  }
}

function encodeAnswer(
  { header, userId, treeId }: Exchange,
  status: SmbStatus,
  ...bodies: readonly [SmbBody, ...SmbBody[]]
): Uint8Array {
  const flags2 = header.flags2 & FLAGS2_SHARED;
  const modern = (flags2 & SMB_FLAGS2.NT_STATUS) !== 0;
  const answer = { ...header, flags2, userId, treeId, response: true };
  return encodeSmbMessage({ ...answer, status: modern ? status : dosStatus(status) }, ...bodies);
}

/** The lowest id that is free; 0 is never one. */
function freeId(taken: ReadonlyMap<number, unknown>, max: number): number | undefined {
  for (let id = 1; id <= max; id++) if (!taken.has(id)) return id;
  return undefined;
}
