import type { Command } from '../command.ts';
import { joinFor } from '../join.ts';
import type { Session } from '../session.ts';

/** Of whoever does not say which service raises the alert. */
const SERVICE = 'mailslot';

export const alert: Command = {
  name: 'alert',
  topic: 'Windows and Samba',
  operands: ['TEXT…'],
  summary: 'tell the Alerter what is the matter',
  details:
    'Raises an alert for administrators, as NetAlertRaise did: the Alerter of this computer (mailslot alerter) shows it ' +
    'and passes it on. Fails if there is none.',
  examples: ['mailslot alert Disk C: is full --service backup --error-code 112'],
  options: ['service', 'error-code'],
  lasting: false,
  run: runAlert,
};

async function runAlert(session: Session): Promise<void> {
  const { service = SERVICE, 'error-code': errorCode = 0 } = session.options;
  // Loaded only now: RxJS takes a tenth of a second, which other commands need not wait for.
  const { raiseAlert } = await import('@mailslot/services');
  await using network = await joinFor(session, 'computer');
  const strings = [session.operands.join(' ')];
  const { signal } = session;
  await raiseAlert(network, { event: 'ADMIN', service, errorCode, strings }, { signal });
  session.output.note('The Alerter has it.');
}
