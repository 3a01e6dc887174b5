import type { Command } from '../command.ts';
import { hostJson, hostText } from '../host-result.ts';
import { joinFor } from '../join.ts';
import type { Session } from '../session.ts';

export const hosts: Command = {
  name: 'hosts',
  topic: 'Windows and Samba',
  operands: [],
  summary: 'what net view printed',
  details:
    'Lists the computers of a domain as Windows and Samba know it (--domain), by asking whoever holds the list. It ' +
    'needs the ports 137 and 138, and somebody with SMB1 who holds the list.',
  examples: ['mailslot hosts', 'mailslot hosts --domain OFFICE --json'],
  options: [],
  lasting: false,
  run: runHosts,
};

async function runHosts(session: Session): Promise<void> {
  // Loaded only now: RxJS takes a tenth of a second, which other commands need not wait for.
  const { listHosts } = await import('@mailslot/discovery/browser');
  await using network = await joinFor(session, 'classic');
  const { signal } = session;
  for (const host of await listHosts(network, { signal })) {
    await session.report({
      json: () => hostJson(host),
      text: (paint) => hostText(host, paint),
    });
  }
}
