import { addAbortSignal } from 'node:stream';

import { MailslotError } from '@mailslot/core';
import { aborted, utf8Bytes } from '@mailslot/core/internal';

import type { Command } from '../command.ts';
import { joinFor, whereabouts } from '../join.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

/** As much as a mailslot holds. */
const INPUT_BYTES_MAX = 64 * 1024 * 1024;

export const send: Command = {
  name: 'send',
  topic: 'messages',
  operands: ['TARGET', '[TEXT…]'],
  summary: 'write one message',
  details:
    'Writes one message, the words of TEXT with spaces between them; without TEXT, or with - in its place, what ' +
    'standard input has, to the byte. TARGET is lobby for this computer, //*/mailslot/lobby for all computers of the ' +
    'domain, //ANN-PC/mailslot/lobby for one; backslashes do as well. Nobody confirms a message.',
  examples: [
    'mailslot send lobby hello',
    "mailslot send '//*/mailslot/lobby' Who wants to play?",
    'mailslot send //ANN-PC/mailslot/files < picture.png',
  ],
  options: [],
  lasting: false,
  run: runSend,
};

async function runSend(session: Session): Promise<void> {
  const [target, ...words] = session.operands;
  const data = takesInput(words, session) ? await input(session) : utf8Bytes(words.join(' '));
  await using network = await joinFor(session, 'any');
  await using writer = await network.openMailslot(target!, { signal: session.signal });
  await writer.write(data);
  const { name: to } = writer;
  await session.record({ time: new Date().toISOString(), to, size: data.length });
  session.output.note(`Wrote ${data.length} bytes to ${to} ${whereabouts(network)}.`);
}

function takesInput(words: readonly string[], { environment }: Session): boolean {
  if (words.length === 1 && words[0] === '-') return true;
  if (words.length > 0) return false;
  if (environment.stdin.isTTY !== true) return true;
  throw new UsageError('send needs TEXT, or something on standard input.');
}

/** All that standard input has. */
async function input({ environment, signal }: Session): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    const stream: AsyncIterable<Buffer> = addAbortSignal(signal, environment.stdin);
    for await (const chunk of stream) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > INPUT_BYTES_MAX) throw tooMuch();
    }
  } catch (error) {
    throw signal.aborted ? aborted('Sending', error) : error;
  }
  return Buffer.concat(chunks, size);
}

function tooMuch(): MailslotError {
  return new MailslotError(
    'ERROR_INVALID_PARAMETER',
    `Standard input has more than ${INPUT_BYTES_MAX} bytes, and a mailslot holds no more. Send it in parts.`,
  );
}
