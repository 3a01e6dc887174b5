import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { MailslotError } from '@mailslot/core';
import { DecodeError } from '@mailslot/core/internal';
import { Lan } from '@mailslot/core/testing';
import {
  type Alert,
  alertText,
  createAlerter,
  createMessenger,
  type NetMessage,
  raiseAlert,
} from '@mailslot/services';
import {
  ALERT_BYTES_MAX,
  ALERT_STRINGS_MAX,
  decodeAlert,
  encodeAlert,
  FORWARDS_PENDING_MAX,
  printStatus,
} from '@mailslot/services/internal';

const head = { service: 'SPOOLER', raisedAt: 1_000_000_000_000 };

const printing = {
  event: 'PRINTING',
  jobId: 7,
  status: 0x0103,
  submittedAt: 999_999_990_000,
  size: 12_345,
  computer: 'ANN-PC',
  user: 'ann',
  queue: 'LASER',
  destination: 'LPT1',
  statusText: '',
} as const;

const alerts: readonly Alert[] = [
  { ...head, event: 'ADMIN', errorCode: 2140, strings: ['C:', 'Größe'] },
  { ...head, event: 'ERRORLOG', errorCode: 3100, logOffset: 512 },
  { ...head, ...printing },
  { ...head, event: 'USER', errorCode: 2270, user: 'ann', computer: 'ANN-PC' },
  { ...head, event: 'MESSAGE', data: Uint8Array.of(1, 2, 3) },
  { ...head, event: 'OTHER', eventName: 'TEA', data: Uint8Array.of(4) },
];

const admin = (...strings: readonly string[]): Alert => ({
  ...head,
  event: 'ADMIN',
  errorCode: 1,
  strings,
});

describe('alerts', () => {
  test.each(alerts.map((alert) => [alert.event, alert] as const))(
    '%s comes back as it was raised',
    (_, alert) => {
      expect(decodeAlert(encodeAlert(alert))).toEqual(alert);
    },
  );

  test('have the layout of lmalert.h', () => {
    const bytes = Buffer.from(encodeAlert(admin('C:')));
    expect(bytes).toHaveLength(200 + 8 + 6);
    expect(bytes.readUInt32LE(0)).toBe(1_000_000_000);
    expect(bytes.toString('utf16le', 4, 14)).toBe('ADMIN');
    expect(bytes.toString('utf16le', 38, 52)).toBe('SPOOLER');
    expect([bytes.readUInt32LE(200), bytes.readUInt32LE(204)]).toEqual([1, 1]);
    expect(bytes.toString('utf16le', 208)).toBe('C:\0');
  });

  test.each([
    ['a service', { ...admin(), service: 'x'.repeat(81) }],
    ['an event', { ...head, event: 'OTHER', eventName: 'x'.repeat(17), data: new Uint8Array() }],
    ['texts', admin('x'.repeat(200))],
    ['a list', admin(...Array.from('0123456789'))],
    ['a NUL', admin('a\0b')],
  ] as const)('are refused with %s too long, or out of place', (_, alert) => {
    expect(() => encodeAlert(alert)).toThrow(
      expect.objectContaining({ code: 'ERROR_INVALID_PARAMETER' }),
    );
  });

  test('that are cut short, or changed at any byte, end in a DecodeError or in an alert', () => {
    const real = alerts.map(encodeAlert);
    fc.assert(
      fc.property(
        fc.nat(real.length - 1),
        fc.nat(ALERT_BYTES_MAX),
        fc.array(fc.tuple(fc.nat(ALERT_BYTES_MAX), fc.nat(255))),
        (which, length, changes) => {
          const bytes = real[which]!.slice(0, length);
          for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte;
          try {
            const alert = decodeAlert(bytes);
            expect(alertText(alert, 'ANN-PC')).toEqual(expect.any(String));
            const strings = alert.event === 'ADMIN' ? alert.strings : [];
            expect(strings.length).toBeLessThanOrEqual(ALERT_STRINGS_MAX);
          } catch (error) {
            if (!(error instanceof DecodeError)) throw error;
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('say what happened', () => {
    expect(alerts.map((alert) => alertText(alert, 'SRV').split('\n')[1])).toEqual([
      'Error 2140. C: Größe',
      'Error 3100 is in the error log, at 512.',
      'Print job 7 of ann at ANN-PC, on LASER to LPT1: printing, out of paper.',
      'Error 2270 for ann at ANN-PC.',
      'A message of 3 bytes.',
      'TEA, 1 bytes.',
    ]);
    expect(printStatus(0x8006)).toEqual(['spooling', 'complete', 'deleted']);
  });
});

describe('an Alerter', () => {
  test('shows alerts, and forwards them to the names it is given', async () => {
    const lan = new Lan();
    const server = await lan.join('SERVER');
    const messages: NetMessage[] = [];
    const messenger = await createMessenger(await lan.join('ADMIN-PC'));
    messenger.messages$.subscribe((message) => messages.push(message));
    await using alerter = await createAlerter(server, { alertNames: ['ADMIN-PC'] });
    const seen: Alert[] = [];
    alerter.alerts$.subscribe((alert) => seen.push(alert));
    await raiseAlert(server, { ...head, ...printing });
    await lan.until(() => messages.length === 1);
    expect(seen).toEqual([{ ...head, ...printing }]);
    expect(messages[0]).toMatchObject({
      from: 'SERVER',
      to: 'ADMIN-PC',
      text: alertText(seen[0]!, 'SERVER'),
    });
    expect(alerter.stats()).toMatchObject({ received: 1, forwarded: 1, failed: 0 });
  });

  test('has the time of what is raised without one', async () => {
    const lan = new Lan();
    const server = await lan.join('SERVER');
    await using alerter = await createAlerter(server);
    const seen: Alert[] = [];
    alerter.alerts$.subscribe((alert) => seen.push(alert));
    await raiseAlert(server, {
      event: 'USER',
      service: 'S',
      errorCode: 1,
      user: 'a',
      computer: 'b',
    });
    await lan.until(() => seen.length === 1);
    expect(seen[0]!.raisedAt % 1000).toBe(0);
  });

  test('is missed where there is none', async () => {
    const network = await new Lan().join('SERVER');
    await expect(raiseAlert(network, admin())).rejects.toMatchObject({
      code: 'ERROR_FILE_NOT_FOUND',
    });
  });

  test('drops what is no alert, and forwards no more at once than it can', async () => {
    const lan = new Lan();
    const server = await lan.join('SERVER');
    await using alerter = await createAlerter(server, { alertNames: ['*'] });
    await server.send('Alerter', 'no alert');
    const raised = FORWARDS_PENDING_MAX + 3;
    await Promise.all(Array.from({ length: raised }, () => raiseAlert(server, admin())));
    await lan.until(() => alerter.stats().forwarded === FORWARDS_PENDING_MAX);
    expect(alerter.stats()).toMatchObject({ received: raised, malformed: 1, dropped: 3 });
  });

  test('passes on what it has before it closes, but takes no more', async () => {
    const lan = new Lan();
    const server = await lan.join('SERVER');
    const alerter = await createAlerter(server, { alertNames: ['*'] });
    await raiseAlert(server, admin());
    await alerter.close();
    expect(alerter.stats()).toMatchObject({ received: 1, forwarded: 1 });
    await expect(raiseAlert(server, admin())).rejects.toMatchObject({
      code: 'ERROR_FILE_NOT_FOUND',
    });
  });

  test('tells why somebody could not be told, and goes on', async () => {
    const lan = new Lan();
    const server = await lan.join('SERVER');
    await using alerter = await createAlerter(server, { alertNames: ['A/B', '*'] });
    const problems: MailslotError[] = [];
    alerter.problems$.subscribe((problem) => problems.push(problem));
    await raiseAlert(server, admin());
    await lan.until(() => problems.length === 1 && alerter.stats().forwarded === 1);
    expect(problems[0]!.code).toBe('ERROR_INVALID_NAME');
  });
});
