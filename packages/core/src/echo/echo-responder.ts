/** Answers the questions of those who look for a fault: see {@link EchoMessage}. It is no one's servant beyond that. */

import { DecodeError } from '../bytes.ts';
import type { Datagram } from '../message.ts';
import type { Outlet } from '../outlet.ts';
import { domainTag } from '../name.ts';
import { uniform } from '../random.ts';
import type { Switchboard } from '../switchboard.ts';
import type { Source } from '../transports/transport.ts';
import { decodeEcho, ECHO_SLOT, type EchoMessage, encodeEcho } from './echo-message.ts';

/** Answers a station gives in {@link PERIOD_MS}: one examination takes a dozen. */
export const ECHO_ANSWERS_MAX = 20;

const PERIOD_MS = 1_000;

/** A question to all is answered by all: within so many milliseconds, so that not all collide. */
export const ECHO_SPREAD_MS = 200;

export class EchoResponder {
  readonly #switchboard: Switchboard;
  #answers = 0;
  #periodEndsAt = -Infinity;

  constructor(switchboard: Switchboard) {
    this.#switchboard = switchboard;
  }

  /** Takes a datagram of the echo slot. False if it is none that gets an answer. */
  answer({ data, source }: Datagram): boolean {
    const question = decode(data);
    if (question?.kind !== 'question' || !isAllowed(question, source) || !this.#spend()) {
      return false;
    }
    const { clock, random } = this.#switchboard;
    if (question.way === 'unicast') this.#send(question, source);
    else {
      clock.schedule(uniform(random, 0, ECHO_SPREAD_MS), () => this.#send(question, source));
    }
    return true;
  }

  #spend(): boolean {
    const now = this.#switchboard.clock.now();
    if (now >= this.#periodEndsAt) {
      this.#periodEndsAt = now + PERIOD_MS;
      this.#answers = 0;
    }
    return this.#answers++ < ECHO_ANSWERS_MAX;
  }

  #send({ way, nonce, toGroup }: EchoMessage, source: Source): void {
    const switchboard = this.#switchboard;
    if (switchboard.stopped) return;
    const tag = domainTag(switchboard.station.domain);
    const answer = { kind: 'answer', way, nonce, domainTag: tag } as const;
    writeOnce(switchboard.reply(source, ECHO_SLOT), encodeEcho({ ...answer, toGroup: false }));
    if (!toGroup) return;
    void switchboard.open({ kind: 'domain' }, ECHO_SLOT, { networkOnly: true }).then(
      (outlet) => writeOnce(outlet, encodeEcho({ ...answer, toGroup: true })),
      // The network was closed meanwhile.
      () => {},
    );
  }
}

/**
 * Whoever is beyond the link can ask in anyone's name. A single answer, no longer than the question, gains him nothing;
 * many answers to one question would, and so would an answer that a whole LAN hears.
 */
function isAllowed({ way, toGroup }: EchoMessage, { trust }: Source): boolean {
  if (toGroup && way !== 'unicast') return false;
  return trust !== 'routed' || (way === 'unicast' && !toGroup);
}

function decode(bytes: Uint8Array): EchoMessage | undefined {
  try {
    return decodeEcho(bytes);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/** Without the computer's name: presence does not tell it to strangers either. */
function writeOnce(outlet: Outlet, bytes: Uint8Array): void {
  void outlet.write(bytes, { anonymous: true });
  outlet.close();
}
