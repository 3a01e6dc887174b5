/** A client of SMB1 that comes without a name, connects to IPC$ and speaks to its pipes: as conversations, without a connection. */

import { DecodeError } from '../../../../bytes.ts';
import { MailslotError } from '../../../../errors.ts';
import type { Dialogue } from '../dialogue.ts';
import {
  decodeNegotiateResponse,
  encodeNegotiateRequest,
  type NegotiateResponse,
  SMB_CAPABILITIES,
  SMB_DIALECT,
  SMB_SECURITY_MODE,
} from './negotiate.ts';
import { decodeServerDomain, encodeSessionSetupRequest } from './session-setup.ts';
import {
  decodeSmbMessage,
  encodeSmbMessage,
  SMB_FLAGS2,
  type SmbBody,
  type SmbMessage,
} from './smb-message.ts';
import { SMB_STATUS } from './smb-status.ts';
import {
  encodeTransactionRequest,
  type Transaction,
  TransactionAssembly,
  type TransactionResult,
} from './transaction.ts';
import { encodeTreeConnectRequest, IPC_SERVICE, IPC_SHARE } from './tree-connect.ts';

/** The longest message taken: the most that a session setup can say. */
const BUFFER_BYTES_MAX = 0xffff;

/** Text is OEM, which every server understands. */
const FLAGS2 = SMB_FLAGS2.LONG_NAMES | SMB_FLAGS2.NT_STATUS;

/** As the redirector of Windows says. */
const PROCESS_ID = 0xfeff;

export class SmbClient {
  #userId = 0;
  #treeId = 0;
  #multiplexId = 0;
  #domain = '';

  /** The server's own domain, in upper case, once connected; `''` if it did not say. */
  get domain(): string {
    return this.#domain;
  }

  /**
   * Logs in as nobody and connects to IPC$ of `serverName`. Fails with `ERROR_NOT_SUPPORTED` if the server does not
   * speak this way, `ERROR_ACCESS_DENIED` if it does not let nobody in.
   */
  *connect(serverName: string): Dialogue<void> {
    const { sessionKey } = yield* this.#negotiate();
    const security = { kind: 'challenge', account: '', domain: '' } as const;
    const capabilities = SMB_CAPABILITIES.NT_STATUS;
    const setup = { maxBufferBytes: BUFFER_BYTES_MAX, sessionKey, capabilities, security };
    const login = yield* this.#exchange(encodeSessionSetupRequest(setup), 'the login');
    const unicode = (login.header.flags2 & SMB_FLAGS2.UNICODE) !== 0;
    this.#domain = decodeServerDomain(login.blocks[0], unicode).toUpperCase();
    this.#userId = login.header.userId;
    const path = `\\\\${serverName}\\${IPC_SHARE}`;
    const request = encodeTreeConnectRequest({ path, service: IPC_SERVICE });
    const tree = yield* this.#exchange(request, 'the connection to IPC$');
    this.#treeId = tree.header.treeId;
  }

  /** What a pipe answers. */
  *transact(transaction: Transaction): Dialogue<TransactionResult> {
    const assembly = new TransactionAssembly(transaction);
    let message = yield this.#request(encodeTransactionRequest(transaction));
    for (;;) {
      const { blocks } = this.#checked(message, `the question to ${transaction.name}`);
      const [block] = blocks;
      // An interim response, without words, would ask for the rest of a request: ours are sent whole.
      const result = assembly.add(message, block);
      if (result !== undefined) return result;
      message = yield undefined;
    }
  }

  *#negotiate(): Dialogue<NegotiateResponse> {
    const { blocks } = yield* this.#exchange(encodeNegotiateRequest([SMB_DIALECT]), 'SMB1');
    const response = decodeNegotiateResponse(blocks[0]);
    if (response === undefined) {
      throw new MailslotError(
        'ERROR_NOT_SUPPORTED',
        `The server does not speak ${SMB_DIALECT}: SMB1 may be switched off there.`,
      );
    }
    if ((response.securityMode & SMB_SECURITY_MODE.SIGNATURES_REQUIRED) !== 0) {
      throw new MailslotError(
        'ERROR_NOT_SUPPORTED',
        'The server wants signed messages, which nobody can send without a password.',
      );
    }
    return response;
  }

  *#exchange(body: SmbBody, what: string): Dialogue<SmbMessage> {
    return this.#checked(yield this.#request(body), what);
  }

  #request(body: SmbBody): Uint8Array {
    this.#multiplexId = (this.#multiplexId + 1) % 0xffff;
    return encodeSmbMessage(
      {
        status: 0,
        response: false,
        flags2: FLAGS2,
        processId: PROCESS_ID,
        treeId: this.#treeId,
        userId: this.#userId,
        multiplexId: this.#multiplexId,
      },
      body,
    );
  }

  /** A response to what was asked last. Throws what it says went wrong. */
  #checked(bytes: Uint8Array, what: string): SmbMessage {
    const message = decodeSmbMessage(bytes);
    const { response, multiplexId, status } = message.header;
    if (!response || multiplexId !== this.#multiplexId) {
      throw new DecodeError('the response to the last request', 30);
    }
    if (status !== SMB_STATUS.SUCCESS) throw refused(what, status);
    return message;
  }
}

const DENIALS: ReadonlySet<number> = new Set([
  SMB_STATUS.ACCESS_DENIED,
  SMB_STATUS.LOGON_FAILURE,
  // The same for servers without NT status codes.
  0x0005_0001,
  0x0002_0002,
]);

function refused(what: string, status: number): MailslotError {
  const code = `0x${status.toString(16).padStart(8, '0')}`;
  if (DENIALS.has(status)) {
    return new MailslotError(
      'ERROR_ACCESS_DENIED',
      `The server refused ${what}: it does not let in whoever comes without a name (${code}).`,
    );
  }
  return new MailslotError('ERROR_BAD_NETPATH', `The server refused ${what} (${code}).`);
}
