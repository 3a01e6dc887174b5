import type { Alert } from '@mailslot/services';

import { pad } from '../columns.ts';
import type { Command } from '../command.ts';
import { defined } from '../defined.ts';
import { joinFor, whereabouts } from '../join.ts';
import { printable } from '../printable.ts';
import type { Result, Session } from '../session.ts';
import { timeOfDay } from '../time-of-day.ts';

const EVENT_CELLS = 'PRINTING'.length;

const SERVICE_CELLS = 10;

export const alerter: Command = {
  name: 'alerter',
  topic: 'Windows and Samba',
  operands: ['[NAME…]'],
  summary: 'what the Alerter service did: show alerts, pass them on',
  details:
    'Prints the alerts that programs of this computer raise, a line each, and sends each as a message to the computers, ' +
    'users and domains NAME, as mailslot net-send does.',
  examples: ['mailslot alerter', 'mailslot alerter ANN-PC BOB --json'],
  options: ['code-page'],
  lasting: true,
  run: runAlerter,
};

async function runAlerter(session: Session): Promise<void> {
  const { operands: alertNames, signal, output } = session;
  const { 'code-page': codePage } = session.options;
  // Loaded only now: RxJS takes a tenth of a second, which other commands need not wait for.
  const { createAlerter, whatHappened } = await import('@mailslot/services');
  await using network = await joinFor(session, alertNames.length > 0 ? 'messages' : 'computer');
  await using running = await createAlerter(network, {
    ...defined({ codePage }),
    alertNames,
    signal,
  });
  running.alerts$.subscribe((raised) => {
    if (!output.isBehind) void session.report(resultOf(raised, whatHappened(raised)));
  });
  running.problems$.subscribe(({ message, code }) => output.note(`${message} (${code})`));
  session.begin(`Taking alerts ${whereabouts(network)}. Ctrl-C ends.`);
  await session.ended;
}

function resultOf(raised: Alert, words: string): Result {
  const { raisedAt, event, service, ...details } = raised;
  return {
    json: () => ({ time: new Date(raisedAt).toISOString(), event, service, ...jsonOf(details) }),
    text: (paint) =>
      [
        paint('dim', timeOfDay(raisedAt)),
        paint('yellow', pad(event, EVENT_CELLS)),
        paint('cyan', pad(printable(service), SERVICE_CELLS)),
        printable(words),
      ].join('  '),
  };
}

/** Bytes as base64, and times as all others are. */
function jsonOf(details: object): object {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]: [string, unknown]) => {
      if (value instanceof Uint8Array) return ['base64', Buffer.from(value).toString('base64')];
      if (name === 'submittedAt') return [name, new Date(Number(value)).toISOString()];
      return [name, value];
    }),
  );
}
