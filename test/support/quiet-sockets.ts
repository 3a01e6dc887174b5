/** UDP sockets without a network: what is sent is kept for the test, what it hands over is received. */

import type { RemoteInfo } from 'node:dgram';

import type { NetbiosSystem } from '@mailslot/core/netbios/internal';

type CreateSocket = NetbiosSystem['createSocket'];
type Socket = ReturnType<CreateSocket>;
type Received = (bytes: Uint8Array, from: RemoteInfo) => void;

/** Sent by one of {@link QuietSockets}. */
export interface QuietDatagram {
  readonly bytes: Uint8Array;
  readonly port: number;
  readonly address: string;
}

/** How many of the latest that were sent are kept. */
const KEPT = 32;

function ignore(): void {}

export class QuietSockets {
  /** The latest that were sent. */
  readonly sent: QuietDatagram[] = [];
  sentCount = 0;
  readonly #received = new Map<string, Received>();

  readonly create: CreateSocket = () => this.#socket();

  /** Has a datagram received by the socket that is bound there. */
  deliver(at: string, bytes: Uint8Array, address: string, port: number): void {
    this.#received.get(at)?.(bytes, { address, port, family: 'IPv4', size: bytes.length });
  }

  #socket(): Socket {
    let bound = { address: '', port: 0, family: 'IPv4' };
    let received: Received = ignore;
    let listening = ignore;
    const on = (event: string, listener: (...args: any[]) => void): void => {
      if (event === 'message') received = listener;
      if (event === 'listening') listening = listener;
    };
    return {
      on,
      once: on,
      bind: ({ address = '', port = 0 }) => {
        bound = { ...bound, address, port };
        this.#received.set(`${address}:${port}`, (bytes, from) => received(bytes, from));
        queueMicrotask(listening);
      },
      address: () => bound,
      send: (bytes: Uint8Array, ...rest: unknown[]) => {
        const [port, address, sent] = rest as [number, string, (error: null) => void];
        this.sent.push({ bytes, port, address });
        if (this.sent.length > KEPT) this.sent.shift();
        this.sentCount++;
        sent(null);
      },
      close: (closed?: () => void) => closed?.(),
      connect: ignore,
      addMembership: ignore,
      dropMembership: ignore,
      setMulticastInterface: ignore,
      setMulticastLoopback: ignore,
      setMulticastTTL: ignore,
      setBroadcast: ignore,
      setRecvBufferSize: ignore,
      unref: ignore,
    };
  }
}
