/** The rim of a browser machine: it gives it frames, outcomes and time on one subnet, and carries out what it answers. */

import { type Clock, MailslotError, type Timer } from '@mailslot/core';
import {
  type MailslotDatagram,
  NetbiosName,
  type NetbiosTransport,
  type Subnet,
  SUFFIX,
} from '@mailslot/core/netbios/internal';

import type { BrowseClient } from './browse-list.ts';
import type { BrowserEffect, BrowserInput, Pull, PulledLists, Whereabouts } from './effects.ts';
import { encodeFrame } from './frames/frame.ts';
import type { SlotName } from './frames/layout.ts';
import type { Announcement } from './frames/layouts.ts';
import { BrowserMachine } from './machine.ts';
import type { BrowserMachineOptions } from './options.ts';
import { serveBrowseList, type ServeBrowseListOptions } from './rap/serve-browse-list.ts';
import { ALL_SERVERS, SERVER_TYPE } from './server-type.ts';

const SLOTS: readonly SlotName[] = ['BROWSE', 'LANMAN'];

/** What a browser asks that knows an address and not whose it is: all but Windows 95, 98 and Me answer to it. */
const ANY_SERVER = '*SMBSERVER';

export interface SegmentParts {
  readonly transport: NetbiosTransport;
  readonly subnet: Subnet;
  readonly clock: Clock;
  readonly machine: BrowserMachineOptions;
  /** Fetches lists. */
  readonly client: BrowseClient;
  /** How the own list is shown to others; undefined if it is not. */
  readonly serve: Pick<ServeBrowseListOptions, 'port'> | undefined;
  /** What those above want to know. */
  readonly news: (what: 'role' | 'hosts' | 'domains') => void;
  readonly problem: (error: MailslotError) => void;
}

export class Segment {
  readonly subnet: Subnet;
  readonly machine: BrowserMachine;
  readonly #parts: SegmentParts;
  readonly #inbox: BrowserInput[] = [];
  readonly #ended = new AbortController();
  readonly #pending = new Set<Promise<void>>();
  readonly #leave: (() => void)[];
  #running = false;
  #closing: Promise<void> | undefined;
  #timer: Timer | undefined;
  #armedAt = Infinity;

  /** Begins. Throws a {@link MailslotError} for options out of range. */
  constructor(parts: SegmentParts) {
    const { transport, subnet } = parts;
    this.#parts = parts;
    this.subnet = subnet;
    this.machine = new BrowserMachine(parts.machine);
    this.#leave = [
      ...SLOTS.map((slot) => transport.receive(slot, (datagram) => this.#receive(slot, datagram))),
      subnet.names.onLost((name) => this.feed({ type: 'name-lost', name })),
    ];
    if (parts.serve !== undefined && parts.machine.role !== 'non-browser') {
      this.#track(this.#serve(parts.serve));
    }
    this.feed({ type: 'start' });
  }

  /** Gives the machine something to act on. What its effects bring about meanwhile waits its turn. */
  feed(input: BrowserInput): void {
    this.#inbox.push(input);
    if (this.#running) return;
    this.#running = true;
    try {
      for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) {
        const effects = this.machine.step(next, this.#parts.clock.now());
        for (const effect of effects) this.#perform(effect);
      }
    } finally {
      this.#running = false;
      this.#arm();
    }
  }

  /** Announces another host to the master, which may be this machine: it does not hear what leaves here. */
  announceFor(host: Announcement): void {
    if (this.#ended.signal.aborted) return;
    const { address } = this.subnet.interface;
    const from = NetbiosName.ofHost(host.name, SUFFIX.workstation);
    const to = this.machine.names.master;
    const bytes = encodeFrame({ kind: 'host-announcement', ...host });
    void this.subnet.send({ from, to, group: true, slot: 'BROWSE', data: bytes, alignment: 1 });
    this.feed({ type: 'frame', slot: 'BROWSE', bytes, from, to, address, origin: undefined });
  }

  /** Takes leave. Resolves when the names are given back. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.feed({ type: 'close' });
    this.#ended.abort();
    this.#timer?.cancel();
    for (const leave of this.#leave) leave();
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  #receive(slot: SlotName, { subnet, data, from, to, source }: MailslotDatagram): void {
    if (subnet !== this.subnet) return;
    const { address } = source;
    this.feed({ type: 'frame', slot, bytes: data, from, to, address, origin: source });
  }

  #perform(effect: BrowserEffect): void {
    const { names } = this.subnet;
    switch (effect.type) {
      case 'send':
        return this.#send(effect);
      case 'register':
        return this.#track(this.#register(effect.name, effect.kind === 'group'));
      case 'release':
        return this.#track(names.release(effect.name));
      case 'find':
        return this.#track(this.#find(effect.name));
      case 'pull':
        return this.#track(this.#pull(effect.pull));
      case 'role':
      case 'hosts':
      case 'domains':
        return this.#parts.news(effect.type);
      case 'closed':
    }
  }

  #send({ to, slot, bytes, origin, address }: Extract<BrowserEffect, { type: 'send' }>): void {
    const { subnet } = this;
    const [, datagramPort] = subnet.endpoints;
    const place = address === undefined ? undefined : { address, port: datagramPort!.port };
    const at = endpointIn(origin) ?? place;
    void subnet.send({
      from: this.machine.names.host,
      to,
      group: at === undefined,
      slot,
      data: bytes,
      alignment: 1,
      ...(at === undefined ? {} : { at }),
    });
  }

  async #register(name: NetbiosName, group: boolean): Promise<void> {
    let ok = true;
    try {
      await this.subnet.names.register(name, { group });
    } catch (error) {
      if (!(error instanceof MailslotError)) throw error;
      ok = false;
    }
    this.feed({ type: 'registered', name, ok });
  }

  async #find(name: NetbiosName): Promise<void> {
    const { names, interface: own } = this.subnet;
    const answer = await names.query(name);
    // Some who answer for themselves are ourselves.
    const address = answer?.addresses.find((one) => one !== own.address);
    const owner = address === undefined ? undefined : await this.#whois(address);
    this.feed({ type: 'found', name, owner });
  }

  async #whois(address: string): Promise<Whereabouts> {
    const status = await this.subnet.names.status(address);
    const host = status?.names.find(
      ({ name, group }) => !group && name.suffix === SUFFIX.workstation,
    );
    return { name: host?.name.name ?? ANY_SERVER, address };
  }

  async #pull(pull: Pull): Promise<void> {
    const { client } = this.#parts;
    const { signal } = this.#ended;
    const domain = this.machine.lists.domain;
    const isLocal = pull.scope === 'segment';
    const local = isLocal ? SERVER_TYPE.LOCAL_LIST_ONLY : 0;
    let lists: PulledLists | undefined;
    try {
      const servers = { domain, serverType: isLocal ? local : ALL_SERVERS };
      const domains = { domain, serverType: (SERVER_TYPE.DOMAIN_ENUM | local) >>> 0 };
      lists = {
        servers: await client(pull.from, servers, signal),
        domains: await client(pull.from, domains, signal),
      };
    } catch (error) {
      if (!(error instanceof MailslotError)) throw error;
    }
    this.feed({ type: 'pulled', pull, lists });
  }

  /** Shows the own list to clients, under the name of a server, until the end. */
  async #serve(where: Pick<ServeBrowseListOptions, 'port'>): Promise<void> {
    const { clock, problem, machine } = this.#parts;
    const { names, interface: own } = this.subnet;
    const { signal } = this.#ended;
    const server = this.machine.names.host.with(SUFFIX.server);
    try {
      const list = this.machine.lists;
      const { computerName } = machine;
      const host = own.address;
      await serveBrowseList({ ...where, list, computerName, host, signal, clock });
      await names.register(server);
      signal.addEventListener('abort', () => this.#track(names.release(server)), { once: true });
      if (signal.aborted) await names.release(server);
    } catch (error) {
      if (!(error instanceof MailslotError)) throw error;
      if (!signal.aborted) problem(error);
    }
  }

  /** Holds the end back until this is done. */
  #track(doing: Promise<void>): void {
    const done = doing.finally(() => this.#pending.delete(done));
    this.#pending.add(done);
  }

  /** One timer, for whatever the machine has to do next. */
  #arm(): void {
    const { nextWakeAt } = this.machine;
    if (nextWakeAt === this.#armedAt || this.#ended.signal.aborted) return;
    this.#timer?.cancel();
    this.#armedAt = nextWakeAt;
    const { clock } = this.#parts;
    this.#timer = clock.schedule(nextWakeAt - clock.now(), () => {
      this.#armedAt = Infinity;
      this.feed({ type: 'wake' });
    });
  }
}

type Endpoint = MailslotDatagram['source'];

/** What {@link Segment} itself gave to the machine as an origin. */
function endpointIn(origin: unknown): Endpoint | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- origins come from #receive alone
  return origin as Endpoint | undefined;
}
