import { type Message, parseName } from '@mailslot/core';

import type { Command } from '../command.ts';
import { pad } from '../columns.ts';
import { joinFor, whereabouts } from '../join.ts';
import { payloadJson, payloadText } from '../payload.ts';
import { printable } from '../printable.ts';
import type { Result, Session } from '../session.ts';
import { timeOfDay } from '../time-of-day.ts';

/** Computer names are seldom longer: NetBIOS, from which they come, takes 15 characters. */
const NAME_CELLS = 15;

const TRANSPORT_CELLS = 5;

export const listen: Command = {
  name: 'listen',
  topic: 'messages',
  operands: ['NAME'],
  summary: 'print what arrives',
  details:
    'Creates the mailslot NAME on this computer and prints each message that is written to it. ' +
    'NAME is a word, such as lobby, or in full \\\\.\\mailslot\\lobby.',
  examples: ['mailslot listen lobby', 'mailslot listen lobby --json --count 1'],
  options: [],
  lasting: true,
  run: runListen,
};

async function runListen(session: Session): Promise<void> {
  const name = session.operands[0]!;
  await using network = await joinFor(session, 'any');
  await using slot = await network.createMailslot(name, { signal: session.signal });
  slot.once('drop', () =>
    session.output.note('Messages come faster than they are read here: some are dropped.'),
  );
  session.onEnd(() => void slot.close());
  session.begin(`Listening on ${slot.name} ${whereabouts(network)}. Ctrl-C ends.`);
  const path = parseName(name).path.text;
  for await (const message of slot) await session.report(resultOf(message, path));
}

function resultOf(message: Message, slot: string): Result {
  const { data, from, to, transport, receivedAt } = message;
  return {
    json: () => ({
      time: new Date(receivedAt).toISOString(),
      slot,
      from,
      to,
      transport,
      ...payloadJson(data),
    }),
    text: (paint) =>
      [
        paint('dim', timeOfDay(receivedAt)),
        paint('cyan', pad(printable(from), NAME_CELLS)),
        paint('dim', pad(transport, TRANSPORT_CELLS)),
        payloadText(data, paint),
      ].join('  '),
  };
}
