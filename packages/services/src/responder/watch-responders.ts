/** What responders say of themselves unasked. */

import type { Network } from '@mailslot/core';
import {
  type Datagram,
  DecodeError,
  slotPath,
  type Subscription,
  switchboardOf,
} from '@mailslot/core/internal';
import { Observable } from 'rxjs';

import { decodeResponderMessage, isResponderMessage } from './message.ts';

/** A responder that came, still is, or leaves. Nothing proves who it is. */
export interface ResponderNews {
  readonly name: string;
  readonly address: string | undefined;
  readonly leaves: boolean;
  /** When it will say so again at the latest. */
  readonly everySeconds: number;
  readonly body: Uint8Array;
  /** The body as UTF-8; malformed bytes become U+FFFD. */
  readonly text: () => string;
}

/** Every announcement on a slot, from the subscription on. It lasts until it is unsubscribed from. */
export function watchResponders(network: Network, slot: string): Observable<ResponderNews> {
  const path = slotPath(slot);
  return new Observable((subscriber) => {
    const subscribing = switchboardOf(network).subscribe(path, (datagram) => {
      const news = newsIn(datagram);
      if (news !== undefined) subscriber.next(news);
    });
    subscribing.catch((error: unknown) => subscriber.error(error));
    return () =>
      void subscribing.then(
        (subscription: Subscription) => subscription.close(),
        () => {},
      );
  });
}

function newsIn({ data, source }: Datagram): ResponderNews | undefined {
  if (!isResponderMessage(data)) return undefined;
  try {
    const message = decodeResponderMessage(data);
    if (message.kind !== 'announcement') return undefined;
    const { name, body, periodSeconds } = message;
    return {
      name,
      address: source.address,
      leaves: periodSeconds === 0,
      everySeconds: periodSeconds,
      body,
      text: () => new TextDecoder().decode(body),
    };
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
