/** What `net view` prints: the hosts of a domain, asked of whoever holds its list. [MS-BRWS] 3.2.4 and 3.2.6. */

import { type CallOptions, MailslotError, type Network, type Timer } from '@mailslot/core';
import { DecodeError, switchboardOf, throwIfAborted, untilAborted } from '@mailslot/core/internal';
import {
  NetbiosName,
  netbiosOf,
  type NetbiosTransport,
  type Subnet,
  SUFFIX,
} from '@mailslot/core/netbios/internal';

import { TokenBucket } from '../presence/token-bucket.ts';
import { browserOf } from './browser.ts';
import type { BrowseClient } from './browse-list.ts';
import { CALL } from './criteria.ts';
import { decodeFrame, encodeFrame } from './frames/frame.ts';
import { type Host, hostOf, merged } from './host.ts';
import { namesOf } from './names.ts';
import { rapBrowseClient } from './rap/read-browse-list.ts';
import { ALL_SERVERS } from './server-type.ts';

export interface ListHostsOptions extends CallOptions {
  /** Whose hosts. Default: the network's own domain. */
  readonly domain?: string;
  /** A mask of `SERVER_TYPE` bits: hosts that have one of them. Default: all. */
  readonly serverType?: number;
  /** The TCP port on which browsers show their lists. Default 139. */
  readonly listPort?: number;
}

/** How long a master has to answer, and how often it is asked: [MS-BRWS] 3.2.6. */
const ANSWER_MS = 1000;
const TRIES = 3;

/** Names wanted; as Windows. */
const BACKUPS_WANTED = 4;

/** Where nobody has a list, an election is called. How often one network may do so, however often it asks. */
const CALLS_RATE = { perSecond: 1 / 60, burst: 1 };

const calls = new WeakMap<Network, TokenBucket>();

/**
 * The hosts of a domain, as a browser lists them: its own list if this network's browser holds one, or else that of a
 * browser that the master names. An empty list is never the answer: whoever holds it is on it.
 *
 * Rejects with `ERROR_BAD_NETPATH` if nobody with a list is found (an election is then called, so that there may be one
 * soon), `ERROR_NOT_SUPPORTED` without the transport `netbios()`, `ERROR_OPERATION_ABORTED` on the signal.
 */
export async function listHosts(
  network: Network,
  options: ListHostsOptions = {},
): Promise<readonly Host[]> {
  const { domain = network.domain, serverType = ALL_SERVERS, listPort, signal } = options;
  const transport = netbiosOf(network);
  if (transport === undefined) {
    throw new MailslotError(
      'ERROR_NOT_SUPPORTED',
      'Browsers speak NetBIOS: join the network with the transport netbios() of @mailslot/core/netbios.',
    );
  }
  throwIfAborted(signal, 'Listing hosts');
  const wanted = NetbiosName.ofHost(domain, SUFFIX.localMaster);
  const own = browserOf(network);
  if (own?.hasList && NetbiosName.ofHost(network.domain, SUFFIX.localMaster).equals(wanted)) {
    return own.hosts.filter((host) => (host.serverType & serverType) !== 0);
  }
  const { clock } = switchboardOf(network);
  const { computerName } = network;
  const port = listPort === undefined ? {} : { port: listPort };
  const client = rapBrowseClient({ clock, computerName, ...port });
  const asking = transport.subnets.map((subnet) =>
    new Asking({ network, transport, subnet, master: wanted, client }).list(serverType, signal),
  );
  const lists = await untilAborted(Promise.all(asking), signal, 'Listing hosts');
  const found = lists.filter((list) => list !== undefined);
  if (found.length > 0) return merged(found);
  callElection(network, transport, wanted);
  throw new MailslotError(
    'ERROR_BAD_NETPATH',
    `No browser with a list of ${wanted.name} answers. Is the name right, and is there a host of it here? If an election is held now, there is one in half a minute.`,
  );
}

interface AskingParts {
  readonly network: Network;
  readonly transport: NetbiosTransport;
  readonly subnet: Subnet;
  /** The name of the master of the domain in question. */
  readonly master: NetbiosName;
  readonly client: BrowseClient;
}

/** The question to one subnet. */
class Asking {
  readonly #network: Network;
  readonly #transport: NetbiosTransport;
  readonly #subnet: Subnet;
  readonly #master: NetbiosName;
  readonly #client: BrowseClient;

  constructor({ network, transport, subnet, master, client }: AskingParts) {
    this.#network = network;
    this.#transport = transport;
    this.#subnet = subnet;
    this.#master = master;
    this.#client = client;
  }

  async list(
    serverType: number,
    signal: AbortSignal | undefined,
  ): Promise<readonly Host[] | undefined> {
    const domain = this.#master.name;
    for await (const browser of this.#browsers()) {
      try {
        const entries = await this.#client(browser, { domain, serverType }, signal);
        return entries.map((entry) => hostOf(entry, domain));
      } catch (error) {
        if (!(error instanceof MailslotError)) throw error;
        throwIfAborted(signal, 'Listing hosts');
      }
    }
    return undefined;
  }

  /** Who may have the list, the likeliest first: those that the master names, the master, the domain master. */
  async *#browsers(): AsyncIterableIterator<{ name: string; address: string }> {
    const { names } = this.#subnet;
    for (const name of this.#shuffled(await this.#backups())) {
      const answer = await names.query(NetbiosName.ofHost(name, SUFFIX.workstation));
      if (answer !== undefined) yield { name, address: answer.addresses[0]! };
    }
    for (const suffix of [SUFFIX.localMaster, SUFFIX.domainMaster]) {
      const answer = await names.query(this.#master.with(suffix));
      if (answer !== undefined) yield { name: '*SMBSERVER', address: answer.addresses[0]! };
    }
  }

  /** The backups that the master names; none if there is no master, or it does not answer. */
  async #backups(): Promise<readonly string[]> {
    const { clock, random } = switchboardOf(this.#network);
    const token = Math.floor(random.next() * 2 ** 32);
    const request = { kind: 'get-backup-list-request', count: BACKUPS_WANTED, token } as const;
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      const end = (names: readonly string[]): void => {
        timer?.cancel();
        stop();
        resolve(names);
      };
      const stop = this.#transport.receive('BROWSE', ({ data }) => {
        const names = backupsIn(data, token);
        if (names !== undefined) end(names);
      });
      const ask = (tries: number): void => {
        if (tries === 0) return end([]);
        this.#send(this.#master, encodeFrame(request));
        timer = clock.schedule(ANSWER_MS, () => ask(tries - 1));
      };
      ask(TRIES);
    });
  }

  #send(to: NetbiosName, data: Uint8Array): void {
    const { host } = namesOf(this.#network.computerName, this.#network.domain);
    const write = { from: host, to, group: true, slot: 'BROWSE', data, alignment: 1 } as const;
    void this.#subnet.send(write);
  }

  /** In any order, so that clients share themselves out among the backups. */
  #shuffled(names: readonly string[]): readonly string[] {
    const { random } = switchboardOf(this.#network);
    const drawn = names.map((name) => ({ name, lot: random.next() }));
    return drawn.toSorted((a, b) => a.lot - b.lot).map(({ name }) => name);
  }
}

/** The names in the answer with that token; undefined for whatever else this is. */
function backupsIn(bytes: Uint8Array, token: number): readonly string[] | undefined {
  try {
    const frame = decodeFrame('BROWSE', bytes);
    const isAnswer = frame.kind === 'get-backup-list-response' && frame.token === token;
    return isAnswer ? frame.names : undefined;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/** Nobody has the list: whoever may stand is called to. */
function callElection(network: Network, transport: NetbiosTransport, master: NetbiosName): void {
  const { clock } = switchboardOf(network);
  const limit = calls.get(network) ?? new TokenBucket(CALLS_RATE);
  calls.set(network, limit);
  if (!limit.take(clock.now())) return;
  const { host } = namesOf(network.computerName, network.domain);
  const data = encodeFrame({ kind: 'request-election', reserved: 0, ...CALL });
  const to = master.with(SUFFIX.elections);
  for (const subnet of transport.subnets) {
    void subnet.send({ from: host, to, group: true, slot: 'BROWSE', data, alignment: 1 });
  }
}
