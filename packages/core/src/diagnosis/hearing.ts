/** What the sockets of an examination hear. */

import type { RemoteInfo } from 'node:dgram';

import { DecodeError } from '../bytes.ts';
import { decodeEcho, ECHO_SLOT, type EchoMessage } from '../echo/echo-message.ts';
import { decodeFrame, type Frame, recognise, wayOf } from '../transports/udp/frame.ts';
import type { Family } from '../transports/udp/interfaces.ts';
import type { Endpoint } from '../transports/udp/options.ts';

/** Stations remembered: to say who is there takes fewer, and a flood of forged ones takes no more. */
export const STATIONS_MAX = 256;

/** One station, as it was heard. */
export interface Station {
  /** Where it was heard: over IPv4 if it was, as the transport sends by that first. */
  endpoint: Endpoint;
  /** Of its computer; empty until it says one. */
  name: string;
  domainTag: number | undefined;
  /** The nonces of our questions that it answered. */
  readonly answers: Set<string>;
  /** Whether a message of it to everyone came by multicast. */
  heardInGroup: boolean;
}

export class Hearing {
  readonly #self: string;
  readonly #isTaken: (endpoint: Endpoint) => boolean;
  readonly #questions = new Set<string>();
  readonly #own = new Set<string>();
  readonly #stations = new Map<string, Station>();

  /** `self` is the station that asks; `isTaken` says of a place whether it is on an interface in use. */
  constructor(self: string, isTaken: (endpoint: Endpoint) => boolean) {
    this.#self = self;
    this.#isTaken = isTaken;
  }

  /** Takes note of a question of ours: answers to others are not counted. */
  expect(nonce: string): void {
    this.#questions.add(nonce);
  }

  /** Everyone heard but ourselves. */
  get stations(): readonly Station[] {
    return [...this.#stations.values()];
  }

  /** Did our own question come back to the port that all share? */
  heardOwn(nonce: string): boolean {
    return this.#own.has(nonce);
  }

  /** Did anyone answer it? */
  isAnswered(nonce: string): boolean {
    return this.stations.some(({ answers }) => answers.has(nonce));
  }

  /** Takes what a socket received; `shared` if it is one of the port that all share. */
  receive(bytes: Uint8Array, from: RemoteInfo, family: Family, shared: boolean): void {
    const frame = recognise(bytes) === undefined ? decoded(() => decodeFrame(bytes)) : undefined;
    if (frame === undefined) return;
    const isEcho = frame.header.slot === ECHO_SLOT.key;
    const echo = isEcho ? decoded(() => decodeEcho(frame.data)) : undefined;
    if (frame.header.station === this.#self) {
      if (shared && echo !== undefined && this.#questions.has(echo.nonce))
        this.#own.add(echo.nonce);
      return;
    }
    const endpoint = { address: from.address, port: from.port, family };
    if (!this.#isTaken(endpoint)) return;
    const station = this.#station(frame, endpoint);
    if (station === undefined) return;
    if (family === 'IPv4' && station.endpoint.family !== family) station.endpoint = endpoint;
    station.name ||= frame.header.from;
    if (echo?.kind === 'answer') this.#answered(station, echo);
    // By broadcast they speak where multicast is not heard; and what others ask of us alone may come to this port, too.
    if (shared && wayOf(bytes) === 'multicast' && echo?.kind !== 'question')
      station.heardInGroup = true;
  }

  #station({ header }: Frame, endpoint: Endpoint): Station | undefined {
    let station = this.#stations.get(header.station);
    if (station === undefined && this.#stations.size < STATIONS_MAX) {
      station = {
        endpoint,
        name: '',
        domainTag: undefined,
        answers: new Set(),
        heardInGroup: false,
      };
      this.#stations.set(header.station, station);
    }
    return station;
  }

  #answered(station: Station, { nonce, domainTag, toGroup }: EchoMessage): void {
    if (!this.#questions.has(nonce)) return;
    station.domainTag = domainTag;
    // An answer to everyone says what the other one said already: only that it came matters.
    if (!toGroup) station.answers.add(nonce);
  }
}

function decoded<Value>(decode: () => Value): Value | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
