import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { MailslotError, seededRandom } from '@mailslot/core';
import { DecodeError } from '@mailslot/core/internal';
import { decodeSmbMessage, encodeSmbMessage } from '@mailslot/core/netbios/internal';
import {
  BLOCK_BYTES_MAX,
  decodeMailslotMessage,
  decodeMessageCommand,
  decodeText,
  encodeMailslotMessage,
  encodeMessageCommand,
  encodeText,
  MESSAGE_COMMAND,
  MESSAGE_STATUS,
  type MessageCommand,
  messageDialogue,
  MessageSession,
  oemTextOf,
  plainText,
  TEXT_BYTES_MAX,
  type WireMessage,
} from '@mailslot/services/internal';

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const words = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

/** What Samba 4.17.12 sends, and answers, without the length before it. */
const SAMBA = {
  start:
    'ff534d42d5000000000000000000000000000000000000000000bb4d00000000000e0004616c6963650004484f53543100',
  started: 'ff534d42d5000000008003400000000000000000000000000000bb4d00000000000000',
  texted: 'ff534d42d7000000008003400000000000000000000000000000bb4d00000000000000',
  end: 'ff534d42d6000000000000000000000000000000000000000000bb4d000000000100000000',
  ended: 'ff534d42d6000000008003400000000000000000000000000000bb4d00000000000000',
};

const string = fc.uint8Array({ min: 1, maxLength: 40 });

/** A command without the process id, which is nobody's. */
function withoutProcess(text: string): string {
  return `${text.slice(0, 52)}0000${text.slice(56)}`;
}

function encode(command: MessageCommand): string {
  return Buffer.from(encodeMessageCommand(command)).toString('hex');
}

describe('code pages', () => {
  test.each([
    [437, 'Grüße, ½ ±'],
    [850, 'Grüße, Øre ¾'],
    [852, 'Zażółć gęślą jaźń'],
    [866, 'Чай готов'],
    [1252, 'Grüße – 5 €'],
  ] as const)('%i has what is written in it, both ways', (codePage, text) => {
    const oem = oemTextOf(codePage);
    expect(oem.encode(text)).toHaveLength(text.length);
    expect(oem.decode(oem.encode(text))).toBe(text);
  });

  test('one that is not known is refused', () => {
    expect(() => oemTextOf(1 as 850)).toThrow(
      expect.objectContaining({ code: 'ERROR_INVALID_PARAMETER' }),
    );
  });

  test('characters that none has are question marks, and composed ones are found', () => {
    const oem = oemTextOf(850);
    expect(words(oem.encode('茶 a\u0308'))).toBe('? \x84');
  });
});

describe('texts', () => {
  const oem = oemTextOf(850);

  test.each([
    ['a\nb', 'a\x14b'],
    ['a\r\nb', 'a\x14b'],
    ['a\n\rb', 'a\x14b'],
    ['a\rb', 'a\x14b'],
    ['a\r\n\r\nb', 'a\x14\x14b'],
  ])('%j is sent as %j', (text, sent) => {
    expect(words(encodeText(text, oem))).toBe(sent);
  });

  test.each(['a\x14b', 'a\r\nb', 'a\rb', 'a\nb', 'a\n\rb'])('%j is read as two lines', (sent) => {
    expect(decodeText(ascii(sent), oem)).toBe('a\nb');
  });

  test('have no control characters left, whatever came', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom(437, 850, 852, 866, 1252), (bytes, codePage) => {
        const text = decodeText(bytes, oemTextOf(codePage));
        expect(text.replaceAll(/[\n\t]/g, '')).not.toMatch(/\p{Cc}/u);
        expect(plainText(text)).toBe(text);
      }),
    );
  });
});

describe('messages in a datagram', () => {
  const captured = ascii('WIN98USER\0WORKGROUP\0HELLO WORLD\0');

  test('are read as Windows 98 sends them', () => {
    const { from, to, text } = decodeMailslotMessage(captured);
    expect([from, to, text].map(words)).toEqual(['WIN98USER', 'WORKGROUP', 'HELLO WORLD']);
    expect(encodeMailslotMessage({ from, to, text })).toEqual(captured);
  });

  test.each([
    ['without the last zero', 'A\0B\0text', 'text'],
    ['without a text', 'A\0B\0', ''],
    ['with something behind it', 'A\0B\0text\0rest', 'text'],
  ])('are read %s', (_, data, text) => {
    expect(words(decodeMailslotMessage(ascii(data)).text)).toBe(text);
  });

  test.each(['', 'A', 'A\0', 'A\0B'])('%j is none', (data) => {
    expect(() => decodeMailslotMessage(ascii(data))).toThrow(DecodeError);
  });

  test('come back as they were written', () => {
    const part = fc.uint8Array({ maxLength: 40 }).map((bytes) => bytes.filter((byte) => byte > 0));
    fc.assert(
      fc.property(part, part, part, (from, to, text) => {
        const message = { from, to, text };
        expect(decodeMailslotMessage(encodeMailslotMessage(message))).toEqual(message);
      }),
    );
  });
});

describe('commands', () => {
  test('are read as Samba sends them', () => {
    const [start, end] = [SAMBA.start, SAMBA.end].map((text) => {
      const [block] = decodeSmbMessage(hex(text)).blocks;
      return decodeMessageCommand(block);
    });
    expect(start).toEqual({
      command: MESSAGE_COMMAND.START,
      from: ascii('alice'),
      to: ascii('HOST1'),
    });
    expect(end).toEqual({ command: MESSAGE_COMMAND.END, group: 0 });
  });

  test('are written as Samba writes them, but for its process id', () => {
    const names = { from: ascii('alice'), to: ascii('HOST1') };
    expect(encode({ command: MESSAGE_COMMAND.START, ...names })).toBe(withoutProcess(SAMBA.start));
    expect(encode({ command: MESSAGE_COMMAND.END, group: 0 })).toBe(withoutProcess(SAMBA.end));
  });

  test('come back as they were written', () => {
    const name = string.map((bytes) => bytes.filter((byte) => byte > 0));
    const text = fc.uint8Array({ maxLength: BLOCK_BYTES_MAX });
    const group = fc.nat(0xffff);
    const command: fc.Arbitrary<MessageCommand> = fc.oneof(
      fc.record({
        command: fc.constant(MESSAGE_COMMAND.SINGLE),
        from: name,
        to: name,
        text,
      }),
      fc.record({ command: fc.constant(MESSAGE_COMMAND.START), from: name, to: name }),
      fc.record({ command: fc.constant(MESSAGE_COMMAND.TEXT), group, text }),
      fc.record({ command: fc.constant(MESSAGE_COMMAND.END), group }),
    );
    fc.assert(
      fc.property(command, (one) => {
        const [block] = decodeSmbMessage(encodeMessageCommand(one)).blocks;
        expect(decodeMessageCommand(block)).toEqual(one);
      }),
    );
  });
});

/** Both ends, talking to each other without a wire. */
function transmit(message: WireMessage): WireMessage[] {
  const received: WireMessage[] = [];
  const session = new MessageSession((one) => received.push(one));
  const dialogue = messageDialogue(message);
  for (let step = dialogue.next(); !step.done;) {
    const [answer] = session.receive(step.value!);
    step = dialogue.next(answer!);
  }
  return received;
}

describe('sessions', () => {
  const names = { from: ascii('ANN'), to: ascii('BOB') };

  test('carry a message of any length, exactly', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1600 }), (text) => {
        expect(transmit({ ...names, text })).toEqual([{ ...names, text }]);
      }),
    );
    const longest = new Uint8Array(TEXT_BYTES_MAX).fill(0x61);
    expect(transmit({ ...names, text: longest })).toEqual([{ ...names, text: longest }]);
  });

  test('take a message in one command', () => {
    const received: WireMessage[] = [];
    const session = new MessageSession((one) => received.push(one));
    const request = { command: MESSAGE_COMMAND.SINGLE, ...names, text: ascii('Tea!') } as const;
    const [answer] = session.receive(encodeMessageCommand(request));
    const { header, blocks } = decodeSmbMessage(answer!);
    expect([header.status, header.response, blocks[0].wordCount]).toEqual([0, true, 0]);
    expect(received).toEqual([expect.objectContaining({ ...names, text: ascii('Tea!') })]);
  });

  test('are understood by Samba’s answers, which have no number for the message', () => {
    const dialogue = messageDialogue({ ...names, text: ascii('Tea!') });
    dialogue.next();
    dialogue.next(hex(SAMBA.started));
    dialogue.next(hex(SAMBA.texted));
    expect(dialogue.next(hex(SAMBA.ended)).done).toBe(true);
  });

  test('refuse more than anybody reads, and take the next message', () => {
    const text = new Uint8Array(TEXT_BYTES_MAX + 1);
    expect(() => transmit({ ...names, text })).toThrow(MailslotError);
  });

  test('refuse a block without a beginning, and commands that are none of theirs', () => {
    const session = new MessageSession(() => expect.unreachable());
    const status = (request: Uint8Array): number => {
      const [answer] = session.receive(request);
      return decodeSmbMessage(answer!).header.status;
    };
    const block = { command: MESSAGE_COMMAND.TEXT, group: 7, text: ascii('?') } as const;
    expect(status(encodeMessageCommand(block))).toBe(MESSAGE_STATUS.ERROR);
    expect(status(encodeMessageCommand({ command: MESSAGE_COMMAND.END, group: 7 }))).toBe(
      MESSAGE_STATUS.ERROR,
    );
    const { header } = decodeSmbMessage(hex(SAMBA.start));
    for (const command of [0xd1, 0xd4, 0x71]) {
      expect(status(encodeSmbMessage(header, { command }))).toBe(MESSAGE_STATUS.BAD_COMMAND);
    }
  });

  test('end at a wrong word count, block type or length, and never otherwise', () => {
    const random = seededRandom(6);
    const seeds = [
      encodeMessageCommand({ command: MESSAGE_COMMAND.SINGLE, ...names, text: ascii('Tea!') }),
      encodeMessageCommand({ command: MESSAGE_COMMAND.TEXT, group: 1, text: ascii('Tea!') }),
      hex(SAMBA.start),
      hex(SAMBA.end),
    ];
    const session = new MessageSession(() => {});
    let refused = 0;
    for (let input = 0; input < 20_000; input++) {
      const bytes = Uint8Array.from(seeds[input % seeds.length]!);
      for (let changes = 1 + Math.floor(random.next() * 3); changes > 0; changes--) {
        bytes[Math.floor(random.next() * bytes.length)] = Math.floor(random.next() * 256);
      }
      const cut = random.next() < 0.2 ? Math.floor(random.next() * bytes.length) : bytes.length;
      try {
        for (const answer of session.receive(bytes.subarray(0, cut))) decodeSmbMessage(answer);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(1000);
  });
});
