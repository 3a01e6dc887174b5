import type { Command } from '../command.ts';
import { defined } from '../defined.ts';
import { joinFor } from '../join.ts';
import type { Session } from '../session.ts';

export const netSend: Command = {
  name: 'net-send',
  topic: 'Windows and Samba',
  operands: ['TO', 'TEXT…'],
  summary: 'what net send did: a message to be shown',
  details:
    'Sends a text to the Messenger service of a computer or user, to a domain (OFFICE or OFFICE*), or to the own domain ' +
    '(*). Who answers to the name confirms it; what goes to a domain nobody confirms, and it may have some 400 bytes.',
  examples: [
    'mailslot net-send ANN-PC Tea is ready.',
    "mailslot net-send '*' The server goes down at noon. --from Bob",
  ],
  options: ['from', 'code-page'],
  lasting: false,
  run: runNetSend,
};

async function runNetSend(session: Session): Promise<void> {
  const [to, ...words] = session.operands;
  const { from, 'code-page': codePage } = session.options;
  // Loaded only now: RxJS takes a tenth of a second, which other commands need not wait for.
  const { netSend: send } = await import('@mailslot/services');
  await using network = await joinFor(session, 'messages');
  const { signal } = session;
  const options = { ...defined({ from, codePage }), signal };
  const { by, address } = await send(network, to!, words.join(' '), options);
  await session.record({ time: new Date().toISOString(), to, by, address: address ?? null });
  session.output.note(
    by === 'session'
      ? `${to} has it, at ${address}.`
      : `Sent to ${to} as a datagram, which nobody confirms.`,
  );
}
