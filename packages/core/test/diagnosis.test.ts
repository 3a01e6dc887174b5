/** What the doctor finds when the operating system refuses, on each platform. Nothing here is real. */

import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { type Check, diagnose, MailslotError } from '@mailslot/core';

import { Examination } from '../src/diagnosis/examination.ts';
import { CHECKS } from '../src/diagnosis/finding.ts';
import { STATIONS_MAX } from '../src/diagnosis/hearing.ts';
import type { Failure } from './support/fake-sockets.ts';
import { address, loopback, notebook } from './support/interface-tables.ts';
import { DESKTOP, Patient } from './support/patient.ts';

const NEIGHBOUR = '10.0.0.2';

/** An examination takes so long at the most: three rounds to all, to each and to the seeds. */
const EXAMINATION_MS_MAX = 4_000;

/** Fails one call with a code, of IPv4 alone: so that it is told from what else goes wrong. */
function failing(call: Parameters<Failure>[0], code: string, shared?: boolean): Failure {
  return (made, _argument, { options }) => {
    const isMeant = made === call && options.type === 'udp4';
    return isMeant && (shared === undefined || options.reuseAddr === shared) ? code : undefined;
  };
}

interface Case {
  readonly fault: string;
  readonly platform: NodeJS.Platform;
  readonly on: (patient: Patient) => void;
  readonly fails: Check;
  readonly detail: RegExp;
  readonly advice: RegExp;
}

const CASES: readonly Case[] = [
  {
    fault: 'interfaces that cannot be listed',
    platform: 'android',
    on: (patient) => (patient.listing = 'EACCES'),
    fails: 'interfaces',
    detail: /does not say which there are \(EACCES\)/,
    advice: /Android/,
  },
  {
    fault: 'no interface but loopback',
    platform: 'darwin',
    on: (patient) => (patient.sockets.table = loopback),
    fails: 'interfaces',
    detail: /no interface but loopback/,
    advice: /Connect to a network/,
  },
  {
    fault: 'no interface at all',
    platform: 'linux',
    on: (patient) => (patient.sockets.table = {}),
    fails: 'interfaces',
    detail: /not even loopback/,
    advice: /Connect to a network/,
  },
  {
    fault: 'a directory of another user',
    platform: 'linux',
    on: (patient) => (patient.local = new MailslotError('ERROR_ACCESS_DENIED', 'It is not yours.')),
    fails: 'local',
    detail: /It is not yours/,
    advice: /XDG_RUNTIME_DIR/,
  },
  {
    fault: 'EADDRINUSE at the port',
    platform: 'linux',
    on: (patient) => (patient.sockets.failure = failing('bind', 'EADDRINUSE', true)),
    fails: 'port',
    detail: /UDP 19795 on IPv4 cannot be had \(EADDRINUSE\)/,
    advice: /ss -lunp/,
  },
  {
    fault: 'EADDRINUSE at the port',
    platform: 'win32',
    on: (patient) => (patient.sockets.failure = failing('bind', 'EADDRINUSE', true)),
    fails: 'port',
    detail: /EADDRINUSE/,
    advice: /Get-NetUDPEndpoint -LocalPort 19795/,
  },
  {
    fault: 'EACCES at the port',
    platform: 'win32',
    on: (patient) => (patient.sockets.failure = failing('bind', 'EACCES', true)),
    fails: 'port',
    detail: /EACCES/,
    advice: /excludedportrange/,
  },
  {
    fault: 'EPERM at the port',
    platform: 'linux',
    on: (patient) => (patient.sockets.failure = failing('bind', 'EPERM', true)),
    fails: 'port',
    detail: /EPERM/,
    advice: /sandbox/,
  },
  {
    fault: 'ENODEV at joining',
    platform: 'linux',
    on: (patient) => (patient.sockets.failure = failing('addMembership', 'ENODEV')),
    fails: 'join',
    detail: /10\.0\.0\.1 cannot join 239\.255\.77\.83 \(ENODEV\)/,
    advice: /leave it out/,
  },
  {
    fault: 'ENOBUFS at joining',
    platform: 'linux',
    on: (patient) => (patient.sockets.failure = failing('addMembership', 'ENOBUFS')),
    fails: 'join',
    detail: /ENOBUFS/,
    advice: /igmp_max_memberships/,
  },
  {
    fault: 'EADDRNOTAVAIL at opening',
    platform: 'linux',
    on: (patient) => (patient.sockets.failure = failing('bind', 'EADDRNOTAVAIL', false)),
    fails: 'send',
    detail: /no socket can be opened on 10\.0\.0\.1 \(EADDRNOTAVAIL\)/,
    advice: /Try again/,
  },
  {
    fault: 'EPERM at sending',
    platform: 'linux',
    on: (patient) => (patient.sockets.failure = refusing('EPERM')),
    fails: 'send',
    detail: /10\.0\.0\.1 cannot send to 239\.255\.77\.83 \(EPERM\)/,
    advice: /outgoing UDP/,
  },
  {
    fault: 'EACCES at sending',
    platform: 'win32',
    on: (patient) => (patient.sockets.failure = refusing('EACCES')),
    fails: 'send',
    detail: /EACCES/,
    advice: /Allow the program UDP/,
  },
  {
    fault: 'EHOSTUNREACH at sending',
    platform: 'darwin',
    on: (patient) => (patient.sockets.failure = refusing('EHOSTUNREACH')),
    fails: 'send',
    detail: /EHOSTUNREACH/,
    advice: /Privacy & Security > Local Network/,
  },
  {
    fault: 'ENETUNREACH at sending',
    platform: 'linux',
    on: (patient) => (patient.sockets.failure = refusing('ENETUNREACH')),
    fails: 'send',
    detail: /ENETUNREACH/,
    advice: /routes/,
  },
  {
    fault: 'a code that nobody knows at sending',
    platform: 'linux',
    on: (patient) => (patient.sockets.failure = refusing('ESTRANGE')),
    fails: 'send',
    detail: /ESTRANGE/,
    advice: /\w/,
  },
  {
    fault: 'a firewall',
    platform: 'win32',
    on: (patient) => (patient.comesBack = () => false),
    fails: 'firewall',
    detail: /of 3 kinds of messages .+ none arrived/,
    advice: /New-NetFirewallRule .+-LocalPort 19795/,
  },
  {
    fault: 'a firewall',
    platform: 'linux',
    on: (patient) => (patient.comesBack = () => false),
    fails: 'firewall',
    detail: /none arrived/,
    advice: /ufw allow 19795\/udp/,
  },
  {
    fault: 'multicast that does not come back',
    platform: 'linux',
    on: (patient) => (patient.comesBack = (sent) => !sent.address.startsWith('239.')),
    fails: 'multicast',
    detail: /what 10\.0\.0\.1 sends to 239\.255\.77\.83 does not come back/,
    advice: /--broadcast/,
  },
  {
    fault: 'broadcast that does not come back',
    platform: 'linux',
    on: (patient) => (patient.comesBack = (sent) => !sent.address.endsWith('.255')),
    fails: 'broadcast',
    detail: /10\.0\.0\.255 does not come back/,
    advice: /netmask/,
  },
  {
    fault: 'broadcast that is refused',
    platform: 'linux',
    on: (patient) =>
      (patient.sockets.failure = (call, to) =>
        call === 'send' && to === '10.0.0.255' ? 'EACCES' : undefined),
    fails: 'broadcast',
    detail: /cannot send to 10\.0\.0\.255 \(EACCES\)/,
    advice: /Allow/,
  },
  {
    fault: 'a VPN that has the routes',
    platform: 'darwin',
    on: (patient) => {
      patient.sockets.table = { ...DESKTOP, utun3: [address('10.8.0.6/32')] };
      patient.towards = { address: '10.8.0.6' };
    },
    fails: 'route',
    detail: /leaves from 10\.8\.0\.6 \(utun3\)/,
    advice: /VPN/,
  },
  {
    fault: 'no route to the neighbours',
    platform: 'linux',
    on: (patient) => (patient.towards = { code: 'ENETUNREACH' }),
    fails: 'route',
    detail: /no way to 10\.0\.0\.2, .+ \(ENETUNREACH\)/,
    advice: /ip route/,
  },
];

/** Multicast over IPv4 is refused. */
function refusing(code: string): Failure {
  return (call, to) => (call === 'send' && String(to).startsWith('239.') ? code : undefined);
}

describe('an examination', () => {
  test('of a computer that is well, and has a neighbour, finds nothing wrong', async () => {
    const patient = new Patient();
    patient.asked = (question, sent) => {
      patient.answer(question, sent, NEIGHBOUR);
      if (question.toGroup) patient.answerToGroup(question, NEIGHBOUR);
    };
    const findings = await patient.examine();
    expect(findings.filter(({ ok }) => ok !== true)).toEqual([]);
    expect(patient.findingsOf('unicast')).toHaveLength(1);
    expect(patient.findingsOf('multicast-in')).toHaveLength(1);
    for (const { meaning, advice } of findings)
      expect([meaning, advice]).toEqual([undefined, undefined]);
  });

  test.each(CASES)('on $platform of $fault fails $fails alone', async (given) => {
    const patient = new Patient();
    patient.platform = given.platform;
    given.on(patient);
    await patient.examine();
    expect(patient.failed).toEqual([given.fails]);
    for (const finding of patient.findingsOf(given.fails).filter(({ ok }) => ok === false)) {
      expect(finding.detail).toMatch(given.detail);
      expect(finding.meaning).toMatch(/\.$/);
      expect(finding.advice).toMatch(given.advice);
    }
    expect(patient.clock.now()).toBeLessThan(EXAMINATION_MS_MAX);
  });

  test('of a computer without IPv6 is content with IPv4', async () => {
    const patient = new Patient({ ...loopback, eth0: [address('10.0.0.1/24')] });
    patient.sockets.failure = (call, _argument, { options }) =>
      call === 'bind' && options.type === 'udp6' ? 'EAFNOSUPPORT' : undefined;
    await patient.examine();
    expect(patient.failed).toEqual([]);
    expect(patient.findingsOf('port').map(({ ok }) => ok)).toEqual([true, null]);
  });

  test('says of every address whether it is used, and of links without one why', async () => {
    const patient = new Patient(notebook);
    patient.towards = { address: '192.168.1.20' };
    patient.links = [
      { name: 'wlan0', up: true },
      { name: 'eth0', up: false },
      { name: 'usb0', up: true },
    ];
    await patient.examine();
    const said = patient
      .findingsOf('interfaces')
      .map(({ interface: name, ok, detail }) => [name, ok, detail]);
    expect(said).toEqual(
      expect.arrayContaining([
        ['wlan0', true, '192.168.1.20 is used'],
        ['docker0', true, '172.17.0.1 is used'],
        ['lo', true, '127.0.0.1 is not used: loopback reaches this computer only'],
        ['tun0', null, '10.8.0.6 is not used: a point-to-point link, as of a VPN'],
        ['eth0', null, 'not used: it is down'],
        ['usb0', null, 'not used: it has no address'],
      ]),
    );
  });

  test('names what was asked for and is not there', async () => {
    const patient = new Patient();
    patient.links = [{ name: 'eth1', up: false }];
    await patient.examine({ interfaces: ['eth0', 'eth1', 'eth9'] });
    const wrong = patient.findingsOf('interfaces').filter(({ ok }) => ok === false);
    expect(wrong).toMatchObject([
      { interface: 'eth1', detail: 'eth1 is down', advice: 'Bring it up.' },
      {
        interface: 'eth9',
        detail: 'there is no interface eth9',
        advice: 'Name one of those there are: eth0, eth1, lo.',
      },
    ]);
  });

  test.each([
    ['6.6.87-microsoft-standard-WSL2', false, /Linux/, /networkingMode=mirrored/],
    ['6.1.0', true, /in a container/, /--network host/],
  ])('says what %s, container %s, may mean', async (release, container, detail, advice) => {
    const patient = new Patient();
    patient.environment = { release, container };
    await patient.examine();
    expect(patient.findingsOf('environment')).toMatchObject([
      { ok: null, detail: expect.stringMatching(detail), advice: expect.stringMatching(advice) },
    ]);
    expect(patient.failed).toEqual([]);
  });

  test.each([
    ['EACCES', /cap_net_bind_service/],
    ['EADDRINUSE', /nmbd/],
  ])('does not mind %s at the classic ports', async (code, advice) => {
    const patient = new Patient();
    patient.classic = code;
    await patient.examine();
    expect(patient.findingsOf('classic-ports')).toMatchObject([
      { ok: null, advice: expect.stringMatching(advice) },
    ]);
    expect(patient.failed).toEqual([]);
  });

  test('asks seeds, and says which answer', async () => {
    const patient = new Patient();
    patient.asked = (question, sent) => {
      if (sent.address === '10.9.0.1') patient.answer(question, sent, '10.9.0.1');
    };
    await patient.examine({ seeds: ['10.9.0.1', '10.9.0.2:5000'] });
    expect(patient.findingsOf('seeds')).toMatchObject([
      { ok: true, detail: '10.9.0.1 answers' },
      { ok: false, detail: '10.9.0.2:5000 does not answer' },
    ]);
    expect(patient.failed).toEqual(['seeds']);
  });

  test('counts programs of this computer apart from those of others', async () => {
    const patient = new Patient();
    patient.asked = (question, sent) => {
      if (sent.address.startsWith('239.')) patient.answer(question, sent, '10.0.0.1');
    };
    await patient.examine();
    expect(patient.findingsOf('programs')).toMatchObject([
      { ok: true, detail: expect.stringMatching(/^1 other Mailslot program on/) },
    ]);
    expect(patient.findingsOf('peers')).toMatchObject([{ ok: null }]);
  });

  test('takes no notice of an interface that was left out, nor writes there', async () => {
    const patient = new Patient();
    patient.asked = (_question, { socket }) => {
      const shared = patient.sockets.shared[0]!;
      patient.hear(shared, { address: NEIGHBOUR }, { station: 'nearby', slot: 'LOBBY' });
      expect(socket.bound?.address).toBe('127.0.0.1');
    };
    await patient.examine({ interfaces: ['loopback'] });
    expect(patient.findingsOf('peers')).toMatchObject([
      { ok: null, detail: 'nobody was asked: only loopback is in use' },
    ]);
    expect(patient.failed).toEqual([]);
  });

  test('remembers so many stations and no more, whatever is forged', async () => {
    const patient = new Patient();
    let forged = false;
    patient.asked = (question, sent) => {
      if (forged) return;
      forged = true;
      for (let station = 0; station < STATIONS_MAX + 10; station++) {
        const name = station.toString(16).padStart(6, '-');
        patient.hear(
          patient.sockets.shared[0]!,
          { address: NEIGHBOUR },
          { station: name, slot: 'X' },
        );
      }
      patient.hear(
        sent.socket,
        { address: NEIGHBOUR },
        { station: 'broken', data: Uint8Array.of(9) },
      );
      sent.socket.emit('message', Buffer.from('M'), { address: NEIGHBOUR, port: 1, size: 1 });
      patient.answer({ ...question, nonce: 'not ours' }, sent, '10.0.0.3');
    };
    await patient.examine();
    expect(patient.findingsOf('peers')[0]?.detail).toMatch(new RegExp(`^${STATIONS_MAX} programs`));
  });

  test('goes on when the system does not say whether a datagram has left', async () => {
    const patient = new Patient();
    patient.sockets.busy = true;
    await patient.examine();
    expect(patient.failed).toEqual(['send', 'broadcast']);
  });
});

describe('docs/doctor.md', () => {
  const page = readFileSync(new URL('../../../docs/doctor.md', import.meta.url), 'utf8');

  test('explains every check, in the order in which they are made', () => {
    const rows = Array.from(page.matchAll(/^\| `([\w-]+)` +\|/gm), ([, check]) => check);
    expect(rows).toEqual(CHECKS);
  });
});

describe('an examination ends', () => {
  test.each([0, 1, 10, 100])(
    'on its signal, after %s steps of time, and leaves nothing open',
    async (steps) => {
      const patient = new Patient();
      const end = new AbortController();
      const { clock } = patient;
      clock.schedule(steps * 10, () => end.abort());
      await expect(patient.examine({ signal: end.signal })).rejects.toMatchObject({
        code: 'ERROR_OPERATION_ABORTED',
      });
    },
  );

  test('when nobody wants more findings', async () => {
    const patient = new Patient();
    for await (const { check } of new Examination({}, patient.system).findings()) {
      if (check === 'port') break;
    }
    expect(patient.sockets.sockets.length).toBeGreaterThan(0);
    expect(patient.sockets.open).toEqual([]);
  });

  test('before it begins, if its signal has fired or its options are wrong', async () => {
    const aborted = diagnose({ signal: AbortSignal.abort() }).next();
    await expect(aborted).rejects.toMatchObject({ code: 'ERROR_OPERATION_ABORTED' });
    const wrong = diagnose({ port: 0 }).next();
    await expect(wrong).rejects.toMatchObject({ code: 'ERROR_INVALID_PARAMETER' });
    const nameless = diagnose({ domain: 'a/b' }).next();
    await expect(nameless).rejects.toMatchObject({ code: 'ERROR_INVALID_NAME' });
  });
});
