/** An operating system for the udp transport: it records what sockets are asked to do, and fails where told to. */

import type { BindOptions, SocketOptions } from 'node:dgram';
import { EventEmitter } from 'node:events';

import { decodeFrame, type Frame } from '../../src/transports/udp/frame.ts';
import type { InterfaceTable } from '../../src/transports/udp/interfaces.ts';
import type { UdpSystem } from '../../src/transports/udp/udp-transport.ts';

/** One datagram that was sent. */
export interface Sent {
  readonly socket: FakeSocket;
  readonly bytes: Uint8Array;
  readonly address: string;
  readonly port: number;
  readonly frame: Frame;
}

/** All calls that a system can refuse. */
export const CALLS = [
  'createSocket',
  'bind',
  'connect',
  'addMembership',
  'dropMembership',
  'setMulticastInterface',
  'setMulticastTTL',
  'setMulticastLoopback',
  'setBroadcast',
  'setRecvBufferSize',
  'send',
] as const;

/** Says with which code a call fails, if it does. */
export type Failure = (
  call: (typeof CALLS)[number],
  argument: string | number,
  socket: FakeSocket,
) => string | undefined;

/** Counts up, so that every private socket has a port of its own. */
const FIRST_FREE_PORT = 50_001;

export class FakeSystem implements UdpSystem {
  readonly platform = 'linux';
  table: InterfaceTable;
  failure: Failure = () => undefined;
  /** While true, the system does not say that a datagram has left. */
  busy = false;
  readonly sockets: FakeSocket[] = [];
  readonly sent: Sent[] = [];
  /** What no socket may ever do, but did. */
  readonly violations: string[] = [];
  #nextPort = FIRST_FREE_PORT;

  constructor(table: InterfaceTable) {
    this.table = table;
  }

  readonly createSocket = (options: SocketOptions): FakeSocket => {
    const socket = new FakeSocket(this, options);
    const code = this.failure('createSocket', options.type, socket);
    if (code !== undefined) throw systemError('createSocket', code);
    this.sockets.push(socket);
    return socket;
  };

  readonly networkInterfaces = (): InterfaceTable => this.table;

  get open(): FakeSocket[] {
    return this.sockets.filter((socket) => !socket.closed && socket.bound !== undefined);
  }

  get shared(): FakeSocket[] {
    return this.open.filter((socket) => socket.options.reuseAddr);
  }

  get private(): FakeSocket[] {
    return this.open.filter((socket) => !socket.options.reuseAddr);
  }

  /** The open private socket on an address. */
  socketOn(address: string): FakeSocket {
    const socket = this.private.find((one) => one.bound?.address === address);
    if (socket === undefined) throw new Error(`No socket is open on ${address}.`);
    return socket;
  }

  /** Where each datagram since the last call went, as `from > to`. */
  takeSent(): string[] {
    return this.sent
      .splice(0)
      .map(({ socket, address, port }) => `${socket.bound?.address} > ${address} ${port}`);
  }

  freePort(): number {
    return this.#nextPort++;
  }

  /** Lets the system say that everything has left. */
  drain(): void {
    this.busy = false;
    for (const socket of this.sockets) socket.drain();
  }
}

type SentCallback = (error: Error | null) => void;

export class FakeSocket extends EventEmitter {
  readonly options: SocketOptions;
  bound: (BindOptions & { readonly address: string; readonly port: number }) | undefined;
  /** Where all it sends goes, if it is connected. */
  connected: { readonly address: string; readonly port: number } | undefined;
  closed = false;
  referenced = true;
  multicastInterface: string | undefined;
  broadcast = false;
  hops: number | undefined;
  receiveBufferBytes: number | undefined;
  /** `group interface` of each membership. */
  readonly memberships = new Set<string>();
  readonly #system: FakeSystem;
  readonly #unconfirmed: (() => void)[] = [];

  constructor(system: FakeSystem, options: SocketOptions) {
    super();
    this.#system = system;
    this.options = options;
  }

  bind(options: BindOptions): this {
    const { address = '', port = 0 } = options;
    const code = this.#system.failure('bind', address, this) ?? this.#portTaken(address, port);
    queueMicrotask(() => {
      if (this.listenerCount('error') === 0)
        this.#system.violations.push('nobody hears its errors');
      if (code !== undefined) {
        this.emit('error', systemError('bind', code));
        return;
      }
      this.bound = { ...options, address, port: port === 0 ? this.#system.freePort() : port };
      this.emit('listening');
    });
    return this;
  }

  connect(port: number, address: string, callback: (error?: Error) => void): void {
    if (this.closed) throw systemError('connect', 'ERR_SOCKET_DGRAM_NOT_RUNNING');
    const code = this.#system.failure('connect', address, this);
    if (code === undefined) this.connected = { address, port };
    queueMicrotask(() =>
      code === undefined ? callback() : callback(systemError('connect', code)),
    );
  }

  /** Lets the host at the other end answer that nobody has that port. */
  refuse(): void {
    this.emit('error', systemError('recvmsg', 'ECONNREFUSED'));
  }

  setMulticastInterface(name: string): void {
    this.#fail('setMulticastInterface', name);
    this.multicastInterface = name;
  }

  addMembership(group: string, name?: string): void {
    if (name === undefined) this.#system.violations.push('joined where the system chose');
    this.#fail('addMembership', name ?? '');
    if (this.memberships.has(`${group} ${name}`)) throw systemError('addMembership', 'EADDRINUSE');
    this.memberships.add(`${group} ${name}`);
  }

  dropMembership(group: string, name?: string): void {
    this.#fail('dropMembership', name ?? '');
    if (!this.memberships.delete(`${group} ${name}`)) {
      throw systemError('dropMembership', 'EADDRNOTAVAIL');
    }
  }

  send(bytes: Uint8Array, sent: SentCallback): void;
  send(bytes: Uint8Array, port: number, address: string, sent: SentCallback): void;
  send(bytes: Uint8Array, ...rest: [SentCallback] | [number, string, SentCallback]): void {
    const callback = rest.at(-1) as SentCallback;
    if (typeof callback !== 'function') this.#system.violations.push('sent without a callback');
    const [port, address] =
      rest.length === 3 ? rest : [this.connected?.port ?? 0, this.connected?.address ?? ''];
    if (this.closed) throw systemError('send', 'ERR_SOCKET_DGRAM_NOT_RUNNING');
    this.#watch(bytes, address);
    const code = this.#system.failure('send', address, this);
    const confirm = (): void => callback(code === undefined ? null : systemError('send', code));
    if (this.#system.busy) this.#unconfirmed.push(confirm);
    else queueMicrotask(confirm);
    if (code !== undefined) return;
    const copy = Uint8Array.from(bytes);
    this.#system.sent.push({ socket: this, bytes: copy, address, port, frame: decodeFrame(copy) });
  }

  drain(): void {
    for (const confirm of this.#unconfirmed.splice(0)) confirm();
  }

  close(callback?: () => void): this {
    this.closed = true;
    if (callback !== undefined) queueMicrotask(callback);
    return this;
  }

  setBroadcast(on: boolean): void {
    this.#fail('setBroadcast', '');
    this.broadcast = on;
  }

  setMulticastLoopback(on: boolean): boolean {
    this.#fail('setMulticastLoopback', '');
    return on;
  }

  setMulticastTTL(hops: number): number {
    this.#fail('setMulticastTTL', hops);
    this.hops = hops;
    return hops;
  }

  setRecvBufferSize(bytes: number): void {
    this.#fail('setRecvBufferSize', bytes);
    this.receiveBufferBytes = bytes;
  }

  unref(): this {
    this.referenced = false;
    return this;
  }

  #watch(bytes: Uint8Array, address: string): void {
    const { violations } = this.#system;
    if (this.options.reuseAddr) violations.push('sent from the shared socket');
    if (bytes.length > 1_200) violations.push('sent more than 1200 bytes');
    if (/^(?:2[23]\d\.|ff)/.test(address) && this.multicastInterface === undefined) {
      violations.push('sent multicast without an interface');
    }
  }

  #portTaken(address: string, port: number): string | undefined {
    const taken = this.#system.open.some(
      ({ bound, options }) =>
        port !== 0 && bound?.port === port && bound.address === address && !options.reuseAddr,
    );
    return taken ? 'EADDRINUSE' : undefined;
  }

  #fail(call: Parameters<Failure>[0], argument: string | number): void {
    const code = this.#system.failure(call, argument, this);
    if (code !== undefined) throw systemError(call, code);
  }
}

function systemError(call: string, code: string): Error {
  return Object.assign(new Error(`${call} ${code}`), { code });
}
