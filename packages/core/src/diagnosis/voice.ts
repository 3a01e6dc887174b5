/** A socket to ask from, of which each sending tells how it went. */

import type { Clock } from '../clock.ts';
import type { EchoWay } from '../echo/echo-message.ts';
import { errorCode } from '../transports/udp/advice.ts';
import type { Place } from '../transports/udp/interfaces.ts';
import type { UdpSettings } from '../transports/udp/options.ts';
import { PrivateSocket } from '../transports/udp/private-socket.ts';
import type { CreateSocket, SocketListener } from '../transports/udp/sockets.ts';
import type { Failure } from './remedies.ts';

/** A system that has not said by then whether a datagram has left will not say it. */
const SEND_MS_MAX = 1_000;

/** Who is told of the datagram that is on its way. */
interface Outcome {
  tell: (error: unknown) => void;
}

export class Voice {
  readonly socket: PrivateSocket;
  readonly #clock: Clock;
  readonly #outcome: Outcome;

  /** Rejects with the system's error. */
  static async open(
    createSocket: CreateSocket,
    place: Place,
    settings: UdpSettings,
    clock: Clock,
    received: SocketListener['received'],
  ): Promise<Voice> {
    const outcome: Outcome = { tell() {} };
    const socket = await PrivateSocket.open(createSocket, place, settings, {
      received,
      sent: (error) => outcome.tell(error),
      failed() {},
    });
    return new Voice(socket, clock, outcome);
  }

  private constructor(socket: PrivateSocket, clock: Clock, outcome: Outcome) {
    this.socket = socket;
    this.#clock = clock;
    this.#outcome = outcome;
  }

  /** By one of its ways. One at a time. */
  send(way: EchoWay, frame: Uint8Array, port: number, address: string): Promise<Failure> {
    const by = way === 'unicast' ? 'sendTo' : way;
    return this.#send(() => this.socket[by](frame, port, address));
  }

  close(): Promise<void> {
    return this.socket.close();
  }

  async #send(send: () => void): Promise<Failure> {
    const error = await new Promise<unknown>((resolve) => {
      const timer = this.#clock.schedule(SEND_MS_MAX, () => resolve(new Error('No answer.')));
      this.#outcome.tell = (outcome) => {
        timer.cancel();
        resolve(outcome);
      };
      send();
    });
    return error === null || error === undefined ? undefined : errorCode(error);
  }
}
