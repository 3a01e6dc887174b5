/** All sockets of an examination, and the questions that are asked by them. */

import { ECHO_NONCE_BYTES, ECHO_SLOT, type EchoWay } from '../echo/echo-message.ts';
import { throwIfAborted, untilAborted } from '../errors.ts';
import { STATION_ID_BYTES } from '../message.ts';
import { errorCode } from '../transports/udp/advice.ts';
import { encodeHeader } from '../transports/udp/frame.ts';
import type { Place, UdpInterface } from '../transports/udp/interfaces.ts';
import type { Neighbourhood } from '../transports/udp/neighbourhood.ts';
import type { Endpoint, UdpSettings } from '../transports/udp/options.ts';
import { routeTo } from '../transports/udp/routes.ts';
import { Ears } from './ears.ts';
import { Hearing } from './hearing.ts';
import { Question, QUESTION_ROUNDS } from './question.ts';
import type { Failure } from './remedies.ts';
import type { DiagnosisSystem } from './system.ts';
import { Voice } from './voice.ts';

/** How long answers to one round of questions are waited for: they are spread over half of it. */
const ROUND_MS = 400;

/** How often it is looked whether all answers are there. */
const LOOK_MS = 20;

/** In words, for errors. */
const WHAT = 'The examination';

export class Inquiry implements AsyncDisposable {
  readonly hearing: Hearing;
  readonly #system: DiagnosisSystem;
  readonly #settings: UdpSettings;
  readonly #neighbourhood: Neighbourhood;
  readonly #signal: AbortSignal | undefined;
  readonly #header: Uint8Array;
  readonly #voices: Voice[] = [];
  #ears: Ears | undefined;
  #sequence = 0;

  constructor(
    system: DiagnosisSystem,
    settings: UdpSettings,
    neighbourhood: Neighbourhood,
    signal: AbortSignal | undefined,
  ) {
    this.#system = system;
    this.#settings = settings;
    this.#neighbourhood = neighbourhood;
    this.#signal = signal;
    const station = this.#randomText(STATION_ID_BYTES);
    // Questions are for whoever gets them: those to a domain would not be answered by another.
    const address = { kind: 'direct' } as const;
    this.#header = encodeHeader({ slot: ECHO_SLOT.key, address, station, from: '' });
    this.hearing = new Hearing(station, (endpoint) => !neighbourhood.judge(endpoint).leftOut);
  }

  /** Opens the port that all share, and joins the group. */
  async listen(interfaces: readonly UdpInterface[]): Promise<Ears> {
    throwIfAborted(this.#signal, WHAT);
    this.#ears = await Ears.open(
      this.#system.createSocket,
      this.#settings,
      interfaces,
      (bytes, from, family) => this.hearing.receive(bytes, from, family, true),
    );
    return this.#ears;
  }

  /** Opens a socket to ask from, or says why there is none. */
  async openVoice(place: Place): Promise<Voice | string> {
    throwIfAborted(this.#signal, WHAT);
    const { createSocket, clock } = this.#system;
    try {
      const voice = await Voice.open(
        createSocket,
        place,
        this.#settings,
        clock,
        (bytes, from, family) => this.hearing.receive(bytes, from, family, false),
      );
      this.#voices.push(voice);
      return voice;
    } catch (error) {
      return errorCode(error);
    }
  }

  /** The socket from which the transport would write there. */
  voiceTo(endpoint: Endpoint): Voice | undefined {
    const sockets = this.#voices.map(({ socket }) => socket);
    const route = routeTo(endpoint, sockets, this.#neighbourhood.surroundings);
    return this.#voices.find(({ socket }) => socket === route?.socket);
  }

  question(
    voice: Voice,
    way: EchoWay,
    to: { readonly address: string; readonly port: number },
    toGroup: boolean = false,
  ): Question {
    const nonce = this.#randomText(ECHO_NONCE_BYTES);
    const sequence = this.#sequence++;
    this.hearing.expect(nonce);
    return new Question({ voice, way, to, toGroup, nonce, header: this.#header, sequence });
  }

  /** Asks all of them, again and again until it is enough or will never be. */
  async ask(questions: readonly Question[], enough: () => boolean): Promise<void> {
    if (questions.length === 0) return;
    for (let round = 0; round < QUESTION_ROUNDS && !enough(); round++) {
      for (const question of questions) await question.ask();
      await this.#wait(ROUND_MS, enough);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#ears?.close(), ...this.#voices.map((voice) => voice.close())]);
  }

  async #wait(milliseconds: number, enough: () => boolean): Promise<void> {
    const { clock } = this.#system;
    const end = clock.now() + milliseconds;
    while (clock.now() < end && !enough()) {
      const looked = new Promise<void>((resolve) => clock.schedule(LOOK_MS, resolve));
      await untilAborted(looked, this.#signal, WHAT);
    }
  }

  #randomText(bytes: number): string {
    return String.fromCharCode(...this.#system.random.bytes(bytes));
  }
}

/** Why an attempt at something of the system failed; undefined if it did not. */
export async function failureOf(attempt: Promise<unknown>): Promise<Failure> {
  try {
    await attempt;
    return undefined;
  } catch (error) {
    return errorCode(error);
  }
}
