/** The answering end of the classic DC locator: says that there is a domain controller here. [MS-ADTS] 6.3.5. */

import { type CallOptions, MailslotError, type Network } from '@mailslot/core';
import { DecodeError, throwIfAborted, untilAborted } from '@mailslot/core/internal';
import {
  type MailslotDatagram,
  NetbiosName,
  netbiosOf,
  type NetbiosTransport,
  type Subnet,
  SUFFIX,
} from '@mailslot/core/netbios/internal';

import { decodeNetlogon, encodeNetlogon } from './codec.ts';
import { DATAGRAM_PORT, NETLOGON_SLOTS } from './locator.ts';
import { type NetlogonMessage, NT_VERSION } from './message.ts';

export interface AnswerLogonRequestsOptions extends CallOptions {
  /** Of which domain this is a controller. Default: the network's own. */
  readonly domain?: string;
  /** Whether an account is known; '' asks for any controller. Default: every one is. */
  readonly knows?: (userName: string) => boolean;
  /** Whether it is the primary controller, and answers who asks for that one. Default false. */
  readonly primary?: boolean;
}

/** Answers go to such slots only: a forged request cannot have them written to the slot of something else. */
const REPLY_SLOT = /^\\MAILSLOT\\((?:NET|TEMP)\\.+)$/i;

/**
 * Answers those who look for a domain controller, in the form of Windows NT and Samba, from a computer that is one by
 * other means. An answer is smaller than its request: nobody can make a flood of a trickle with it.
 *
 * Rejects with `ERROR_NOT_SUPPORTED` without the transport `netbios()`, `ERROR_ALREADY_EXISTS` if another computer has the
 * name of the controllers as its own, `ERROR_OPERATION_ABORTED` on the signal.
 */
export async function answerLogonRequests(
  network: Network,
  options: AnswerLogonRequestsOptions = {},
): Promise<LogonAnswers> {
  const transport = netbiosOf(network);
  if (transport === undefined) {
    throw new MailslotError(
      'ERROR_NOT_SUPPORTED',
      'Domain controllers speak NetBIOS: join the network with the transport netbios() of @mailslot/core/netbios.',
    );
  }
  throwIfAborted(options.signal, 'Becoming a domain controller');
  const answers = new LogonAnswers(network, transport, options);
  try {
    await untilAborted(answers.start(), options.signal, 'Becoming a domain controller');
    return answers;
  } catch (error) {
    await answers.close();
    throw error;
  }
}

/** Made by {@link answerLogonRequests}. */
export class LogonAnswers implements AsyncDisposable {
  readonly #transport: NetbiosTransport;
  readonly #options: AnswerLogonRequestsOptions;
  readonly #self: NetbiosName;
  readonly #controllers: NetbiosName;
  #undo: readonly (() => void)[] = [];
  #registered: readonly Subnet[] = [];

  constructor(network: Network, transport: NetbiosTransport, options: AnswerLogonRequestsOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#self = NetbiosName.ofHost(network.computerName, SUFFIX.workstation);
    this.#controllers = NetbiosName.ofHost(
      options.domain ?? network.domain,
      SUFFIX.domainControllers,
    );
  }

  async start(): Promise<void> {
    this.#undo = NETLOGON_SLOTS.map((slot) =>
      this.#transport.receive(slot, (datagram) => this.#receive(datagram)),
    );
    this.#registered = [...this.#transport.subnets];
    await Promise.all(
      this.#registered.map(({ names }) => names.register(this.#controllers, { group: true })),
    );
  }

  /** Gives the name back, and answers no more. Idempotent. */
  async close(): Promise<void> {
    for (const undo of this.#undo) undo();
    const registered = this.#registered;
    this.#registered = [];
    await Promise.all(registered.map(({ names }) => names.release(this.#controllers)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #receive({ data, from, to, source, subnet }: MailslotDatagram): void {
    if (to.name !== this.#controllers.name) return;
    const request = requestIn(data);
    const answer = request === undefined ? undefined : this.#answerTo(request);
    const [, slot] = REPLY_SLOT.exec(request?.mailslot ?? '') ?? [];
    if (answer === undefined || slot === undefined) return;
    const at = { address: source.address, port: DATAGRAM_PORT };
    void subnet.send({
      from: this.#self,
      to: from,
      group: false,
      slot,
      data: encodeNetlogon(answer),
      at,
    });
  }

  #answerTo(request: LogonRequest): NetlogonMessage | undefined {
    const { knows = () => true, primary = false } = this.#options;
    const { name: domain } = this.#controllers;
    const { name: controller } = this.#self;
    if (request.kind === 'primary-query') {
      if (!primary) return undefined;
      return {
        kind: 'primary-response',
        controller,
        unicodeController: controller,
        unicodeDomain: domain,
        ntVersion: NT_VERSION.V1,
      };
    }
    return {
      kind: 'sam-logon-response',
      outcome: knows(request.userName) ? 'logon' : 'unknown-user',
      logonServer: `\\\\${controller}`,
      userName: request.userName,
      domain,
      ntVersion: NT_VERSION.V1,
    };
  }
}

type LogonRequest = Extract<NetlogonMessage, { kind: 'primary-query' | 'sam-logon-request' }>;

/** What somebody asks; undefined for whatever else this is. */
function requestIn(data: Uint8Array): LogonRequest | undefined {
  try {
    const message = decodeNetlogon(data);
    const isRequest = message.kind === 'primary-query' || message.kind === 'sam-logon-request';
    return isRequest ? message : undefined;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
