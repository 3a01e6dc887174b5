import type { NetMessage } from '@mailslot/services';

import { pad } from '../columns.ts';
import type { Command } from '../command.ts';
import { defined } from '../defined.ts';
import { joinFor, whereabouts } from '../join.ts';
import { printable } from '../printable.ts';
import type { Result, Session } from '../session.ts';
import { timeOfDay } from '../time-of-day.ts';

/** NetBIOS names, which most senders use, have 15 characters at most. */
const NAME_CELLS = 15;

const ADDRESS_CELLS = '255.255.255.255'.length;

export const messenger: Command = {
  name: 'messenger',
  topic: 'Windows and Samba',
  operands: [],
  summary: 'what the Messenger service showed',
  details:
    'Prints the messages that others send with net send, smbclient -M or mailslot net-send: to this computer, to its ' +
    'users (--user) and to its domain, a line each. Anybody can claim to be anybody; the address says where it came from.',
  examples: ['mailslot messenger', 'mailslot messenger --user ann --code-page 437 --json'],
  options: ['user', 'code-page'],
  lasting: true,
  run: runMessenger,
};

async function runMessenger(session: Session): Promise<void> {
  const { user: users, 'code-page': codePage } = session.options;
  // Loaded only now: RxJS takes a tenth of a second, which other commands need not wait for.
  const { createMessenger } = await import('@mailslot/services');
  await using network = await joinFor(session, 'messages');
  const { signal, output } = session;
  await using running = await createMessenger(network, {
    ...defined({ codePage }),
    users,
    signal,
  });
  running.messages$.subscribe((message) => {
    // Whoever floods this computer finds no memory to fill.
    if (!output.isBehind) void session.report(resultOf(message));
  });
  running.problems$.subscribe(({ message, code }) => output.note(`${message} (${code})`));
  session.begin(`Taking messages ${whereabouts(network)}. Ctrl-C ends.`);
  await session.ended;
}

function resultOf({ from, to, text, by, address, receivedAt }: NetMessage): Result {
  return {
    json: () => ({
      time: new Date(receivedAt).toISOString(),
      from,
      to,
      text,
      by,
      address: address ?? null,
    }),
    text: (paint) =>
      [
        paint('dim', timeOfDay(receivedAt)),
        paint('dim', pad(printable(address ?? 'this computer'), ADDRESS_CELLS)),
        paint('cyan', pad(printable(from), NAME_CELLS)),
        printable(text),
      ].join('  '),
  };
}
