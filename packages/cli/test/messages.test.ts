import { describe, expect, test } from 'vitest';

import { Office } from './support/office.ts';
import { runProgram } from './support/program.ts';

describe('messenger and net-send', () => {
  test('a message is a line, with the address it came from', async () => {
    const office = new Office();
    const messenger = await office.begin(['messenger', '--count', '2']);
    const sender = office.start(['net-send', '*', 'Der', 'Tee', 'ist', 'heiß.', '--from', 'Ann']);
    expect(await office.end(sender)).toBe(0);
    expect(sender.err).toBe('Sent to * as a datagram, which nobody confirms.\n');
    await office.end(office.start(['net-send', 'host-1', 'two\nlines', '--json']));
    expect(await office.end(messenger)).toBe(0);
    expect(messenger.lines).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d {2}\S+ +Ann {14}Der Tee ist heiß\.$/),
      expect.stringMatching(/ {2}HOST-3 +two␊lines$/),
    ]);
  });

  test('both print JSON on demand', async () => {
    const office = new Office();
    const messenger = await office.begin(['messenger', '--json', '--count', '1']);
    const sender = office.start(['net-send', 'workgroup', 'Tea!', '--json']);
    await office.end(sender);
    await office.end(messenger);
    expect(JSON.parse(sender.out)).toEqual({
      time: expect.any(String),
      to: 'workgroup',
      by: 'mailslot',
      address: null,
    });
    expect(JSON.parse(messenger.out)).toEqual({
      time: expect.any(String),
      from: 'HOST-2',
      to: 'WORKGROUP',
      text: 'Tea!',
      by: 'mailslot',
      address: expect.any(String),
    });
  });

  test.each([[[]], [['--json']]])(
    'let no message and no name reach the terminal with %j',
    async (options) => {
      const office = new Office();
      const messenger = await office.begin(['messenger', '--count', '1', ...options]);
      const data = Buffer.from('\u001b[2JBOSS\0*\0\u001b]0;x\u0007\r\n\u009b31mforged\0', 'latin1');
      await office.inject('MESSNGR', { from: 'EVE-PC', data });
      await office.end(messenger);
      // oxlint-disable-next-line no-control-regex -- what no terminal may get from outside
      expect(messenger.out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
      expect(messenger.lines).toHaveLength(1);
    },
  );

  test('read the code page they are told', async () => {
    const office = new Office();
    const messenger = await office.begin(['messenger', '--code-page', '866', '--count', '1']);
    await office.end(office.start(['net-send', '*', 'Чай', '--code-page', '866']));
    await office.end(messenger);
    expect(messenger.out).toContain('Чай');
    const { status, err } = await runProgram(['messenger', '--code-page', '7']);
    expect(status).toBe(2);
    expect(err).toContain('--code-page takes one of 437,');
  });
});

describe('alert and alerter', () => {
  test('an alert fails where nobody takes it', async () => {
    const office = new Office();
    const program = office.start(['alert', 'Disk', 'full']);
    expect(await office.end(program)).toBe(1);
    expect(program.err).toContain('(ERROR_FILE_NOT_FOUND)');
  });

  test('an Alerter ends in peace', async () => {
    const office = new Office();
    const alerter = await office.begin(['alerter', 'ANN-PC']);
    alerter.interrupt();
    expect(await office.end(alerter)).toBe(0);
  });
});
