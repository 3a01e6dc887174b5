import { describe, expect, test } from 'vitest';

import { parseCommandLine, type Request } from '../src/command-line.ts';
import { COMMANDS } from '../src/commands.ts';

function parse(...argv: string[]): Request {
  return parseCommandLine(argv, COMMANDS);
}

function parseRun(...argv: string[]): Extract<Request, { kind: 'run' }> {
  const request = parse(...argv);
  if (request.kind !== 'run') throw new Error(`Not a command to run, but ${request.kind}.`);
  return request;
}

describe('a command line', () => {
  test('may have its options anywhere', () => {
    const lines = [
      ['listen', 'lobby', '--json', '--for', '2s', '--interface', 'loopback'],
      ['--json', '--for=2s', '--interface=loopback', 'listen', 'lobby'],
      ['listen', '--interface', 'loopback', '--for', '2s', 'lobby', '--json'],
    ];
    for (const line of lines) {
      const { command, operands, options } = parseRun(...line);
      expect(command.name).toBe('listen');
      expect(operands).toEqual(['lobby']);
      expect(options).toMatchObject({ json: true, for: 2000, interface: ['loopback'] });
    }
  });

  test('has options that can be repeated, and the last of others counts', () => {
    const line =
      'listen lobby --transport udp --transport local --count 1 --count 2 --interface a --interface b';
    const { options } = parseRun(...line.split(' '));
    expect(options.transport).toEqual(['udp', 'local']);
    expect(options.interface).toEqual(['a', 'b']);
    expect(options.count).toBe(2);
  });

  test('has no values for what was not given', () => {
    expect(parseRun('listen', 'lobby').options).toEqual({
      broadcast: false,
      encrypt: false,
      seed: [],
      signed: false,
      stats: false,
      user: [],
      preferred: false,
      wins: [],
      listen: undefined,
      'http-port': undefined,
      json: false,
      help: false,
      version: false,
      transport: [],
      interface: [],
      nats: [],
      'nats-creds': undefined,
      name: undefined,
      port: undefined,
      info: undefined,
      secret: undefined,
      for: undefined,
      count: undefined,
      domain: undefined,
      computer: undefined,
      'udp-port': undefined,
    });
  });

  test('takes any word after --, and - alone, for an operand', () => {
    expect(parseRun('send', 'lobby', '--', '--json', '-x').operands).toEqual([
      'lobby',
      '--json',
      '-x',
    ]);
    expect(parseRun('send', 'lobby', '-').operands).toEqual(['lobby', '-']);
  });

  test('takes info for any JSON, a negative number too', () => {
    const { options } = parseRun('announce', 'tanks', '--info', '{"map":"dunes"}');
    expect(options.info).toEqual({ map: 'dunes' });
    expect(parseRun('announce', 'tanks', '--info=-5').options.info).toBe(-5);
    expect(parseRun('announce', 'tanks', '--info', 'null').options.info).toBeNull();
  });

  test('asks for help in several ways, whatever else is wrong with it', () => {
    for (const line of ['listen --help', '--help listen', 'listen -h', 'help listen']) {
      expect(parse(...line.split(' '))).toMatchObject({
        kind: 'help',
        command: { name: 'listen' },
      });
    }
    expect(parse('--help')).toEqual({ kind: 'help', command: undefined });
    expect(parse('help')).toEqual({ kind: 'help', command: undefined });
    expect(parse('--version')).toEqual({ kind: 'version' });
  });
});

describe('wrong use', () => {
  test.each([
    [
      '--json',
      'Say what to do: listen, send, announce, peers, monitor, dashboard, doctor, browse, hosts, bridge, net-send, messenger, alert, alerter, completion.',
    ],
    ['lissen lobby', 'There is no command "lissen"; there are listen, send,'],
    ['listen', 'listen needs NAME.'],
    ['send', 'send needs TARGET.'],
    ['listen a b', '"b" is one word too many for mailslot listen NAME.'],
    ['monitor a', '"a" is one word too many for mailslot monitor.'],
    ['listen a --lound', 'There is no option --lound.'],
    ['listen a -x', 'There is no option -x.'],
    ['listen a --__proto__', 'There is no option --__proto__.'],
    ['listen a --constructor', 'There is no option --constructor.'],
    ['listen a --no-json', 'There is no option --no-json.'],
    ['listen a --json=yes', '--json takes no value.'],
    ['listen a --for', '--for needs a value: --for TIME.'],
    ['listen a --for --json', '--for needs a value: --for TIME.'],
    ['listen a --for 10', '--for takes a time, such as 10s, 500ms or 2m, not "10".'],
    ['listen a --count 0', '--count takes a whole number, 1 or more, not "0".'],
    ['listen a --count 1.5', '--count takes a whole number, 1 or more, not "1.5".'],
    ['listen a --udp-port 65536', '--udp-port takes a port, 1 to 65535, not "65536".'],
    ['listen a --transport tcp', '--transport takes local, udp, netbios or nats, not "tcp".'],
    ['listen a --domain=', '--domain takes a name, not "".'],
    ['announce a --info {', '--info takes JSON, such as'],
    ['announce a --port 0', '--port takes a port, 1 to 65535, not "0".'],
    ['listen a --name Ann', 'listen takes no option --name.'],
    ['send a b --count 1', 'send takes no option --count.'],
    ['help lissen', 'There is no command "lissen"'],
  ])('"%s" is answered: %s', (line, answer) => {
    expect(() => parse(...line.split(' '))).toThrow(answer);
  });
});
