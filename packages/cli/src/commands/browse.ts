import type { Host } from '@mailslot/discovery/browser';

import { type Change, changesBetween } from '../changes.ts';
import { pad } from '../columns.ts';
import type { Command } from '../command.ts';
import { defined } from '../defined.ts';
import { hostJson, hostText } from '../host-result.ts';
import { joinFor, whereabouts } from '../join.ts';
import type { Style } from '../paint.ts';
import type { Result, Session } from '../session.ts';
import { timeOfDay } from '../time-of-day.ts';

export const browse: Command = {
  name: 'browse',
  topic: 'Windows and Samba',
  operands: [],
  summary: 'take part as a browser of Windows and Samba networks',
  details:
    'Announces this computer, stands for election, and holds the list of computers if it becomes master or backup; ' +
    'says what it is, and which hosts come (up), change (update) and go (down). It hands over when it is ended. It ' +
    'needs the ports 137 and 138, and 139 for others to read its list.',
  examples: [`mailslot browse --comment "Ann's desk"`, 'mailslot browse --role backup --json'],
  options: ['role', 'comment', 'os-level', 'preferred'],
  lasting: true,
  run: runBrowse,
};

const STYLES: Readonly<Record<Change, Style>> = { up: 'green', update: 'yellow', down: 'red' };

const CHANGE_CELLS = 'update'.length;

async function runBrowse(session: Session): Promise<void> {
  const { role, comment, preferred, 'os-level': osLevel } = session.options;
  // Loaded only now: RxJS takes a tenth of a second, which other commands need not wait for.
  const { startBrowser } = await import('@mailslot/discovery/browser');
  await using network = await joinFor(session, 'classic');
  const options = { ...defined({ role, comment, osLevel }), ...(preferred && { preferred }) };
  await using browser = await startBrowser(network, options);
  session.begin(`Browsing ${whereabouts(network)}. Ctrl-C ends.`);
  browser.problems$.subscribe(({ message, code }) => session.output.note(`${message} (${code})`));
  let known = new Map<string, Host>();
  const roles = browser.role$.subscribe(
    (role) => void session.report(roleResult(role, Date.now())),
  );
  const lists = browser.hosts$.subscribe((hosts) => {
    const now = new Map(hosts.map((host) => [host.name, host]));
    for (const [change, host] of changesBetween(known, now)) {
      void session.report(hostResult(change, host, Date.now()));
    }
    known = now;
  });
  await session.ended;
  roles.unsubscribe();
  lists.unsubscribe();
}

function roleResult(role: string, now: number): Result {
  return {
    json: () => ({ time: new Date(now).toISOString(), type: 'role', role }),
    text: (paint) =>
      [paint('dim', timeOfDay(now)), paint('cyan', pad('role', CHANGE_CELLS)), role].join('  '),
  };
}

function hostResult(change: Change, host: Host, now: number): Result {
  return {
    json: () => ({ time: new Date(now).toISOString(), type: change, host: hostJson(host) }),
    text: (paint) =>
      [
        paint('dim', timeOfDay(now)),
        paint(STYLES[change], pad(change, CHANGE_CELLS)),
        hostText(host, paint),
      ].join('  '),
  };
}
