/** Netlogon messages in plain words, a line each. Names are as they came: make them printable before they reach a terminal. */

import type { NetlogonMessage, Outcome } from './message.ts';

/** What the opcodes of LAN Manager are called ([MS-ADTS] 6.3.1.3 and Wireshark's table). */
const OTHER_OPCODES: Readonly<Record<number, string>> = {
  0x00: 'LAN Manager logon request',
  0x01: 'LAN Manager 1.0 logon response',
  0x02: 'distributed query: central',
  0x03: 'distributed query',
  0x04: 'response to a central query',
  0x05: 'response to a distributed query',
  0x06: 'LAN Manager 2.0 logon response',
  0x08: 'primary controller starts',
  0x09: 'primary controller failed',
  0x0b: 'no such user',
  0x0d: 'response to a second logon',
  0x0e: 'interrogation',
  0x0f: 'logon is paused',
  0x10: 'user unknown',
  0x11: 'accounts updated',
  0x16: 'SAM message',
};

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  logon: 'serves',
  paused: 'is paused',
  'unknown-user': 'does not know',
};

export function describeNetlogon(message: NetlogonMessage): string {
  switch (message.kind) {
    case 'primary-query':
      return `primary query: ${message.computerName} asks for the primary controller, answer to ${message.mailslot}`;
    case 'primary-response':
      return `primary response: ${message.controller} is the primary controller of ${message.unicodeDomain}`;
    case 'sam-logon-request':
      return `logon request: ${message.unicodeComputerName} asks who serves ${message.userName || 'anybody'}, answer to ${message.mailslot}`;
    case 'sam-logon-response':
      return `logon response: ${message.logonServer} of ${message.domain} ${OUTCOMES[message.outcome]} ${message.userName || 'anybody'}`;
    case 'sam-logon-response-ex':
      return `logon response: ${message.dnsHost || message.controller} of ${message.dnsDomain || message.domain} ${OUTCOMES[message.outcome]} ${message.userName || 'anybody'}`;
    case 'database-change':
      return `database change: ${message.controller} of ${message.domain} has changes for its backups in ${message.databases.length} of its databases, every ${message.pulseSeconds} s`;
    case 'other': {
      const name = OTHER_OPCODES[message.opcode];
      return name === undefined
        ? `Netlogon opcode ${message.opcode}, which no specification has`
        : `${name} (opcode ${message.opcode}, ${message.body.length} bytes more)`;
    }
  }
}
