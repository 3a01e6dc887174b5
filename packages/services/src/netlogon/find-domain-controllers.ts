/** Which computers are domain controllers of a domain: the classic DC locator, "mailslot ping". [MS-ADTS] 6.3.5. */

import { type CallOptions, MailslotError, type Network } from '@mailslot/core';
import { DecodeError, switchboardOf, throwIfAborted, untilAborted } from '@mailslot/core/internal';
import {
  NetbiosName,
  netbiosOf,
  type NetbiosTransport,
  type OutgoingWrite,
  type Subnet,
  SUFFIX,
} from '@mailslot/core/netbios/internal';

import { decodeNetlogon, encodeNetlogon } from './codec.ts';
import { DATAGRAM_PORT, NETLOGON_SLOTS } from './locator.ts';
import { NT_VERSION, type Outcome } from './message.ts';

export interface FindDomainControllersOptions extends CallOptions {
  /** The account to ask for, such as `ANN-PC$`. Default: that of this computer. */
  readonly userName?: string;
  /** How long to listen for answers. Default 1 500 ms. */
  readonly timeoutMs?: number;
}

/** A domain controller that answered. Nothing proves that it is one. */
export interface DomainController {
  /** Its computer name, without backslashes. */
  readonly name: string;
  readonly domain: string;
  /** Where its answer came from. */
  readonly address: string;
  /** Whether it serves, is paused, or does not know the account. */
  readonly outcome: Outcome;
  /** '' where it does not say: as Windows NT and Samba's old domains. */
  readonly dnsDomain: string;
  readonly dnsHost: string;
  readonly site: string;
}

/** A controller answers at once; Windows gives them as much ([MS-ADTS] leaves it open). */
const TIMEOUT_MS = 1500;
/** A datagram may be lost: it is asked so often, at even times. */
const TRIES = 3;

/** More answers are not listed, whoever sends them. */
const CONTROLLERS_MAX = 1024;

/** USER_WORKSTATION_TRUST_ACCOUNT: an account of a computer ([MS-ADTS] 6.3.1.2). */
const WORKSTATION_ACCOUNT = 0x80;

/**
 * Asks the controllers of a domain to say who they are, on every subnet and at the addresses that a name server knows.
 * Resolves with those that answered in time, each once, in the order of their answers; none is no error.
 *
 * Rejects with `ERROR_NOT_SUPPORTED` without the transport `netbios()`, `ERROR_INVALID_NAME` for a name that no domain
 * can have, `ERROR_OPERATION_ABORTED` on the signal.
 */
export async function findDomainControllers(
  network: Network,
  domain: string = network.domain,
  options: FindDomainControllersOptions = {},
): Promise<readonly DomainController[]> {
  const transport = netbiosOf(network);
  if (transport === undefined) {
    throw new MailslotError(
      'ERROR_NOT_SUPPORTED',
      'Domain controllers speak NetBIOS: join the network with the transport netbios() of @mailslot/core/netbios.',
    );
  }
  throwIfAborted(options.signal, 'Finding domain controllers');
  const search = new Search(network, transport, domain, options);
  try {
    await untilAborted(search.run(), options.signal, 'Finding domain controllers');
  } finally {
    search.stop();
  }
  return [...search.found.values()];
}

class Search {
  readonly found: Map<string, DomainController> = new Map();
  readonly #network: Network;
  readonly #transport: NetbiosTransport;
  readonly #from: NetbiosName;
  readonly #to: NetbiosName;
  readonly #replySlot: string;
  readonly #userName: string;
  readonly #timeoutMs: number;
  #stop: () => void = () => {};

  constructor(
    network: Network,
    transport: NetbiosTransport,
    domain: string,
    { userName = `${network.computerName}$`, timeoutMs = TIMEOUT_MS }: FindDomainControllersOptions,
  ) {
    this.#network = network;
    this.#transport = transport;
    this.#from = NetbiosName.ofHost(network.computerName, SUFFIX.workstation);
    this.#to = NetbiosName.ofHost(domain, SUFFIX.domainControllers);
    this.#userName = userName;
    this.#timeoutMs = timeoutMs;
    // Drawn by lot: whoever did not hear the question cannot answer it.
    const lot = Buffer.from(switchboardOf(network).random.bytes(4)).toString('hex').toUpperCase();
    this.#replySlot = `NET\\GETDC${lot}`;
  }

  async run(): Promise<void> {
    const { clock } = switchboardOf(this.#network);
    this.#stop = this.#transport.receive(this.#replySlot, ({ data, source }) =>
      this.#take(data, source.address),
    );
    for (let asked = 0; asked < TRIES; asked++) {
      for (const subnet of this.#transport.subnets) this.#ask(subnet, asked);
      await new Promise<void>((resolve) => clock.schedule(this.#timeoutMs / TRIES, resolve));
    }
  }

  stop(): void {
    this.#stop();
  }

  #ask(subnet: Subnet, requestCount: number): void {
    const data = encodeNetlogon({
      kind: 'sam-logon-request',
      requestCount,
      unicodeComputerName: this.#from.name,
      userName: this.#userName,
      mailslot: `\\MAILSLOT\\${this.#replySlot}`,
      accountControl: WORKSTATION_ACCOUNT,
      domainSid: '',
      ntVersion: NT_VERSION.V1 | NT_VERSION.V5 | NT_VERSION.V5EX_WITH_IP,
    });
    const write = { from: this.#from, to: this.#to, group: true, slot: NETLOGON_SLOTS[0], data };
    void subnet.send(write);
    if (requestCount === 0) void this.#askFarther(subnet, write);
  }

  /** A name server knows controllers that no broadcast reaches. */
  async #askFarther(subnet: Subnet, write: OutgoingWrite): Promise<void> {
    const answer = await subnet.names.query(this.#to);
    for (const address of answer?.addresses ?? []) {
      if (!isUnicast(address) || subnet.holds(address)) continue;
      void subnet.send({ ...write, at: { address, port: DATAGRAM_PORT } });
    }
  }

  #take(data: Uint8Array, address: string): void {
    const controller = controllerIn(data, address);
    if (controller === undefined || this.found.has(controller.name)) return;
    if (this.found.size < CONTROLLERS_MAX) this.found.set(controller.name, controller);
  }
}

/** A group whose members a name server does not list stands for all of them: 255.255.255.255. */
function isUnicast(address: string): boolean {
  return address !== '255.255.255.255' && address !== '0.0.0.0';
}

/** Who answers; undefined for whatever else this is. */
function controllerIn(data: Uint8Array, address: string): DomainController | undefined {
  try {
    const message = decodeNetlogon(data);
    if (message.kind === 'sam-logon-response') {
      const { logonServer, domain, outcome, directory } = message;
      const { dnsDomain = '', dnsHost = '' } = directory ?? {};
      const name = logonServer.replace(/^\\+/, '');
      return { name, domain, address, outcome, dnsDomain, dnsHost, site: '' };
    }
    if (message.kind === 'sam-logon-response-ex') {
      const { controller, domain, outcome, dnsDomain, dnsHost, site } = message;
      const name = controller.replace(/^\\+/, '');
      return { name, domain, address, outcome, dnsDomain, dnsHost, site };
    }
    return undefined;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
