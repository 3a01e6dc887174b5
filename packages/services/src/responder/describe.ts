/** Responder messages in plain words, a line each. */

import type { ResponderMessage } from './message.ts';

export function describeResponderMessage(message: ResponderMessage): string {
  switch (message.kind) {
    case 'question':
      return `question ${message.token}: answers within ${message.windowMs} ms to ${message.replySlot}${bodyWords(message.body)}`;
    case 'answer':
      return `answer to ${message.token} from ${message.name}${bodyWords(message.body)}`;
    case 'announcement':
      return message.periodSeconds === 0
        ? `${message.name} leaves`
        : `${message.name} is there, every ${message.periodSeconds} s${bodyWords(message.body)}`;
    case 'ring':
      return `ring: something waits, context ${message.context}`;
  }
}

function bodyWords(body: Uint8Array): string {
  return body.length === 0 ? '' : `, ${body.length} bytes with it`;
}
