/** What an alert says, in words: for the Messenger, whose texts were lines for people too. */

import { type Alert, PRINT_FLAGS, PRINT_STATES } from './alert.ts';

/** A head line, and one for what happened. */
export function alertText(alert: Alert, computerName: string): string {
  const raisedAt = new Date(alert.raisedAt).toISOString();
  return `Alert of ${alert.service} on \\\\${computerName}, ${raisedAt}\n${whatHappened(alert)}`;
}

/** On one line. */
export function whatHappened(alert: Alert): string {
  switch (alert.event) {
    case 'ADMIN':
      return [`Error ${alert.errorCode}.`, ...alert.strings].join(' ');
    case 'ERRORLOG':
      return `Error ${alert.errorCode} is in the error log, at ${alert.logOffset}.`;
    case 'PRINTING': {
      const { jobId, user, computer, queue, destination, status, statusText } = alert;
      const words = [...printStatus(status), ...(statusText === '' ? [] : [statusText])];
      return `Print job ${jobId} of ${user} at ${computer}, on ${queue} to ${destination}: ${words.join(', ')}.`;
    }
    case 'USER':
      return `Error ${alert.errorCode} for ${alert.user} at ${alert.computer}.`;
    case 'MESSAGE':
      return `A message of ${alert.data.length} bytes.`;
    case 'OTHER':
      return `${alert.eventName}, ${alert.data.length} bytes.`;
  }
}

/** The state of a print job, and all that is the matter with it. */
export function printStatus(status: number): readonly string[] {
  const flags = Object.entries(PRINT_FLAGS).filter(([, flag]) => (status & flag) !== 0);
  return [PRINT_STATES[status & 0b11]!, ...flags.map(([words]) => words)];
}
