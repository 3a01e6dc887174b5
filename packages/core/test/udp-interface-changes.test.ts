import { describe, expect, test } from 'vitest';

import { udp } from '@mailslot/core';

import { SLEEP_MS_MIN } from '../src/transports/sleep-watch.ts';
import { INTERFACE_POLL_MS, REJOIN_MS } from '../src/transports/udp/interface-follower.ts';
import { address, loopback, notebook } from './support/interface-tables.ts';
import { codeOf } from './support/outcomes.ts';
import { GROUP, GROUP6, LOBBY, UdpStation } from './support/udp-station.ts';

const eth0 = { ...loopback, eth0: [address('10.0.0.1/24')] };
const eth1 = { ...loopback, eth1: [address('10.1.0.1/24')] };
const both = { ...eth0, ...eth1 };

describe('starting', () => {
  test('succeeds without any interface, and the first one is taken up when it comes', async () => {
    await using station = await UdpStation.listening({});
    expect(station.transport.interfaces()).toEqual([]);
    await station.moveTo(eth0);
    expect(station.transport.interfaces()).toEqual([
      { name: 'eth0', address: '10.0.0.1', family: 'IPv4', fallback: false },
    ]);
    expect(station.system.shared[0]?.memberships).toEqual(new Set([`${GROUP} 10.0.0.1`]));
    expect(station.problems).toEqual([]);
  });

  test.each([
    ['wlan7', 'There is no interface wlan7'],
    ['10.9.9.9', 'No interface has the address 10.9.9.9'],
  ])('succeeds with an interface that is not there, and names it: %s', async (name, what) => {
    await using station = await UdpStation.listening(both, { interfaces: ['eth1', name] });
    await station.poll();
    expect(station.problems.map(({ message }) => message)).toEqual([
      `udp({ interfaces }): ${what}. It is used as soon as it comes; those that are up now: lo, eth0, eth1.`,
    ]);
    expect(station.transport.interfaces()).toMatchObject([{ name: 'eth1' }]);
    await station.moveTo({ ...both, wlan7: [address('10.9.9.9/24')] });
    expect(station.transport.interfaces()).toHaveLength(2);
    expect(station.problems).toHaveLength(1);
  });

  test('takes an address for the interface that has it', async () => {
    await using station = await UdpStation.listening(both, { interfaces: ['10.1.0.1'] });
    expect(station.transport.interfaces()).toMatchObject([{ name: 'eth1' }]);
    expect(station.problems).toEqual([]);
  });

  test('says that loopback is a makeshift, unless it was asked for', async () => {
    await using makeshift = await UdpStation.listening(loopback);
    await using asked = await UdpStation.listening(loopback, { interfaces: ['loopback'] });
    expect(makeshift.transport.interfaces()).toMatchObject([{ name: 'lo', fallback: true }]);
    expect(asked.transport.interfaces()).toMatchObject([{ name: 'lo', fallback: false }]);
  });

  test.each([
    ['EADDRINUSE', 'ERROR_BUSY'],
    ['EACCES', 'ERROR_ACCESS_DENIED'],
    ['EPERM', 'ERROR_ACCESS_DENIED'],
  ])('needs no port; who listens is told that it cannot be had: %s', async (systemCode, code) => {
    await using station = new UdpStation(both);
    station.system.failure = (call, argument) =>
      call === 'bind' && argument === '0.0.0.0' ? systemCode : undefined;
    await station.start();
    expect(await codeOf(() => station.transport.listen())).toBe(code);
  });

  test('succeeds without a word where the computer has no IPv6', async () => {
    await using station = new UdpStation(both);
    station.system.failure = (call, argument) =>
      call === 'bind' && argument === '::' ? 'EAFNOSUPPORT' : undefined;
    await station.start();
    await station.transport.listen();
    expect(station.system.shared).toHaveLength(1);
    expect(station.problems).toEqual([]);
  });

  test('says so where no family can be received at all', async () => {
    await using station = new UdpStation(eth0, { families: ['IPv6'] });
    station.system.failure = () => 'EAFNOSUPPORT';
    await station.start();
    await station.transport.listen();
    expect(station.problems).toHaveLength(1);
  });

  test('asks the system for what keeps programs from one another', async () => {
    await using station = await UdpStation.listening(notebook, { port: 4000, hops: 3 });
    const bindings = station.system.open.map(({ options, bound }) => ({
      address: bound!.address,
      shared: options.reuseAddr,
      exclusive: bound!.exclusive,
      port: bound!.port === 4000,
    }));
    for (const { shared, exclusive, port } of bindings) {
      expect({ exclusive, port }).toEqual({ exclusive: true, port: shared });
    }
    expect(bindings.filter(({ shared }) => shared).map(({ address }) => address)).toEqual([
      '0.0.0.0',
      '::',
    ]);
    expect(station.system.socketOn('192.168.1.20')).toMatchObject({
      multicastInterface: '192.168.1.20',
      hops: 3,
      receiveBufferBytes: 4_194_304,
    });
    expect(station.system.socketOn('fe80::20%wlan0').multicastInterface).toBe('::%wlan0');
  });
});

describe('a transport that is not started, or no longer', () => {
  test('says so to every call', async () => {
    const transport = udp();
    const calls = [
      () => transport.listen(LOBBY, { maxMessageSize: 0 }),
      () => transport.open({ kind: 'domain' }, LOBBY),
    ];
    for (const call of calls) expect(await codeOf(call)).toBe('ERROR_INVALID_HANDLE');
    await transport.stop();
  });

  test('has given everything back, and stops again without a word', async () => {
    const station = await UdpStation.listening(both);
    const channel = await station.transport.open({ kind: 'domain' }, LOBBY);
    await station.transport.stop();
    await station.transport.stop();
    expect(station.system.open).toEqual([]);
    expect(station.transport.interfaces()).toEqual([]);
    await station.write(channel);
    expect(station.transport.stats().drops).toEqual({ unsent: 1 });
    await station.moveTo(eth0);
    expect(station.system.open).toEqual([]);
    expect(station.problems).toEqual([]);
    expect(await codeOf(() => station.transport.listen())).toBe('ERROR_INVALID_HANDLE');
  });
});

describe('interfaces that come and go', () => {
  test('are joined and left, each with a socket of its own', async () => {
    await using station = await UdpStation.listening(eth0);
    const first = station.system.socketOn('10.0.0.1');
    const changes = station.interfaceChanges;
    await station.moveTo(both);
    expect(station.system.shared[0]?.memberships).toEqual(
      new Set([`${GROUP} 10.0.0.1`, `${GROUP} 10.1.0.1`]),
    );
    expect(await station.routes()).toEqual([
      `10.0.0.1 > ${GROUP} 19795`,
      `10.1.0.1 > ${GROUP} 19795`,
    ]);
    await station.moveTo(eth1);
    expect(first.closed).toBe(true);
    expect(station.system.shared[0]?.memberships).toEqual(new Set([`${GROUP} 10.1.0.1`]));
    expect(await station.routes()).toEqual([`10.1.0.1 > ${GROUP} 19795`]);
    expect(station.interfaceChanges).toBe(changes + 2);
  });

  test('that stay as they are keep their socket, and nobody is told', async () => {
    await using station = await UdpStation.listening(eth0);
    const { sockets } = station.system;
    const [count, changes] = [sockets.length, station.interfaceChanges];
    for (let polls = 0; polls < 5; polls++) await station.poll();
    expect(sockets).toHaveLength(count);
    expect(station.interfaceChanges).toBe(changes);
  });

  test('get a new socket with a new address', async () => {
    await using station = await UdpStation.listening(eth0);
    await station.moveTo({ ...loopback, eth0: [address('10.0.0.77/24')] });
    expect(await station.routes()).toEqual([`10.0.0.77 > ${GROUP} 19795`]);
  });

  test('give way to loopback when the last one goes', async () => {
    await using station = await UdpStation.listening(eth0);
    await station.moveTo(loopback);
    expect(await station.routes()).toEqual([`127.0.0.1 > ${GROUP} 19795`]);
  });

  test('are joined for IPv6 by their zone', async () => {
    await using station = await UdpStation.listening({ eth0: [address('fe80::1/64')] });
    const memberships = station.system.shared.map((socket) => [...socket.memberships]);
    expect(memberships).toEqual([[], [`${GROUP6} ::%eth0`]]);
    expect(await station.routes()).toEqual([`fe80::1%eth0 > ${GROUP6} 19795`]);
  });

  test('that lost their membership without leaving the list get it back', async () => {
    await using station = await UdpStation.listening(eth0);
    const [shared] = station.system.shared;
    shared!.memberships.clear();
    await station.poll();
    expect(shared!.memberships).toEqual(new Set([`${GROUP} 10.0.0.1`]));
  });

  test('on which others are heard have not lost it, and are not asked', async () => {
    await using station = await UdpStation.listening(both);
    const joined: unknown[] = [];
    station.system.failure = (call, group) => void (call === 'addMembership' && joined.push(group));
    station.hear('10.0.0.2');
    await station.poll();
    expect(joined).toHaveLength(1);
    await station.poll();
    expect(joined).toHaveLength(3);
  });

  test('are joined anew every two minutes, for switches that forget', async () => {
    await using station = await UdpStation.listening(eth0);
    let joins = 0;
    station.system.failure = (call) => void (joins += call === 'addMembership' ? 1 : 0);
    const polls = REJOIN_MS / INTERFACE_POLL_MS;
    for (let poll = 0; poll < polls; poll++) await station.poll();
    expect(joins).toBe(polls + 1);
    expect(station.problems).toEqual([]);
  });

  test('are joined anew when the computer has slept, which only the wall clock shows', async () => {
    await using station = await UdpStation.listening(eth0);
    const { clock } = station;
    const wallTime = clock.wallTime.bind(clock);
    let sleptMs = 0;
    Object.assign(clock, { wallTime: () => wallTime() + sleptMs });
    // Set back an hour by its user, then corrected by a little.
    for (const stepMs of [-3_600_000, 0, SLEEP_MS_MIN - 1]) {
      sleptMs += stepMs;
      await station.poll();
    }
    expect(station.wakes).toBe(0);
    let joins = 0;
    station.system.failure = (call) => void (joins += call === 'addMembership' ? 1 : 0);
    sleptMs += SLEEP_MS_MIN;
    await station.poll();
    expect(station.wakes).toBe(1);
    // Left and joined, and asked once more whether that still holds.
    expect(joins).toBe(2);
  });

  test('are still those of before if the system will not list them', async () => {
    await using station = await UdpStation.listening(eth0);
    Object.assign(station.system, {
      networkInterfaces: () => {
        throw new Error('uv_interface_addresses returned an error');
      },
    });
    await station.poll();
    expect(await station.routes()).toEqual([`10.0.0.1 > ${GROUP} 19795`]);
    expect(station.problems).toHaveLength(1);
  });
});

describe('an interface that fails', () => {
  test.each(['bind', 'setMulticastInterface', 'addMembership'] as const)(
    'at %s does not fail the others, and is told of once',
    async (failing) => {
      await using station = new UdpStation(both);
      station.system.failure = (call, argument) =>
        call === failing && argument === '10.0.0.1' ? 'EADDRNOTAVAIL' : undefined;
      await station.start();
      await station.transport.listen();
      for (let polls = 0; polls < 5; polls++) await station.poll();
      expect(await station.routes()).toContain(`10.1.0.1 > ${GROUP} 19795`);
      expect(station.problems.map(({ code }) => code)).toEqual(['ERROR_BAD_NETPATH']);
      expect(station.problems[0]?.message).toContain('eth0');
    },
  );

  test('is taken up as soon as it works', async () => {
    await using station = new UdpStation(both);
    station.system.failure = (call, argument) =>
      call === 'setMulticastInterface' && argument === '10.0.0.1' ? 'ENODEV' : undefined;
    await station.start();
    expect(await station.routes()).toEqual([`10.1.0.1 > ${GROUP} 19795`]);
    station.system.failure = () => undefined;
    await station.poll();
    expect(await station.routes()).toHaveLength(2);
  });

  test('while sending gets a new socket at the next look, and each failure is counted', async () => {
    await using station = await UdpStation.listening(eth0);
    const old = station.system.socketOn('10.0.0.1');
    station.system.failure = (call) => (call === 'send' ? 'ENODEV' : undefined);
    const channel = await station.transport.open({ kind: 'domain' }, LOBBY);
    for (let writes = 0; writes < 3; writes++) await station.write(channel);
    expect(station.transport.stats().drops).toEqual({ unsent: 3 });
    expect(station.problems).toHaveLength(1);
    station.system.failure = () => undefined;
    await station.poll();
    expect(old.closed).toBe(true);
    await station.write(channel);
    expect(station.system.takeSent()).toEqual([`10.0.0.1 > ${GROUP} 19795`]);
  });

  test('because of a firewall keeps its socket', async () => {
    await using station = await UdpStation.listening(eth0);
    station.system.failure = (call) => (call === 'send' ? 'EPERM' : undefined);
    await station.routes();
    await station.poll();
    expect(station.problems.map(({ code }) => code)).toEqual(['ERROR_ACCESS_DENIED']);
    expect(station.system.sockets.filter(({ closed }) => closed)).toEqual([]);
  });

  test('is told of again after ten minutes', async () => {
    await using station = await UdpStation.listening(eth0);
    station.system.failure = (call) => (call === 'send' ? 'EPERM' : undefined);
    await station.routes();
    await station.clock.advanceAsync(600_000);
    await station.routes();
    expect(station.problems).toHaveLength(1);
    await station.clock.advanceAsync(1);
    await station.routes();
    expect(station.problems).toHaveLength(2);
  });
});

describe('a socket that reports an error', () => {
  test.each(['private', 'shared'] as const)('is replaced: %s', async (kind) => {
    await using station = await UdpStation.listening(eth0);
    const [socket] = station.system[kind];
    socket!.emit('error', Object.assign(new Error('recvmsg'), { code: 'ENOTCONN' }));
    await station.poll();
    expect(socket!.closed).toBe(true);
    expect(station.problems).toHaveLength(1);
    expect(await station.routes()).toEqual([`10.0.0.1 > ${GROUP} 19795`]);
    expect(station.hear('10.0.0.2')).toBeDefined();
  });
});

describe('the shared port', () => {
  test('is open only while somebody listens', async () => {
    await using station = new UdpStation(eth0);
    await station.start();
    expect(station.system.shared).toEqual([]);
    const listenings = await Promise.all([station.transport.listen(), station.transport.listen()]);
    expect(station.system.shared).toHaveLength(2);
    await listenings[0].close();
    await listenings[0].close();
    expect(station.system.shared).toHaveLength(2);
    await listenings[1].close();
    expect(station.system.shared).toEqual([]);
  });

  test('that was taken meanwhile is told to who listens, and to nobody else', async () => {
    await using station = new UdpStation(eth0);
    await station.start();
    station.system.failure = (call, argument) =>
      call === 'bind' && argument === '0.0.0.0' ? 'EADDRINUSE' : undefined;
    expect(await codeOf(() => station.transport.listen())).toBe('ERROR_BUSY');
    await station.poll();
    expect(station.problems).toEqual([]);
    station.system.failure = () => undefined;
    await station.transport.listen();
    expect(station.hear('10.0.0.2')).toBeDefined();
  });

  test('that is lost to another is told of once, and taken again when it is free', async () => {
    await using station = await UdpStation.listening(eth0);
    station.system.failure = (call, argument) =>
      call === 'bind' && argument === '0.0.0.0' ? 'EADDRINUSE' : undefined;
    station.system.shared[0]!.emit('error', Object.assign(new Error(), { code: 'EBADF' }));
    for (let polls = 0; polls < 3; polls++) await station.poll();
    expect(station.problems.map(({ code }) => code)).toEqual(['ERROR_BAD_NETPATH', 'ERROR_BUSY']);
    station.system.failure = () => undefined;
    await station.poll();
    expect(station.hear('10.0.0.2')).toBeDefined();
  });
});

describe('the ports to send from', () => {
  test('are taken from the range, whichever are free', async () => {
    const options = { interfaces: ['eth0', 'eth1'], portRange: [6000, 6001] } as const;
    await using station = new UdpStation(both, options);
    const other = station.system.createSocket({ type: 'udp4' });
    other.on('error', () => {});
    other.bind({ address: '10.0.0.1', port: 6000 });
    await station.start();
    const own = station.system.private.filter((socket) => socket !== other);
    expect(own.map(({ bound }) => `${bound?.address} ${bound?.port}`).toSorted()).toEqual([
      '10.0.0.1 6001',
      '10.1.0.1 6000',
    ]);
    other.close();
  });

  test('may all be taken on one interface, which fails no other', async () => {
    await using station = new UdpStation(both, {
      interfaces: ['eth0', 'eth1'],
      portRange: [6000, 6002],
    });
    let tries = 0;
    station.system.failure = (call, argument) => {
      if (call !== 'bind' || argument !== '10.0.0.1') return undefined;
      tries++;
      return 'EADDRINUSE';
    };
    await station.start();
    expect(tries % 3).toBe(0);
    expect(station.problems.map(({ code }) => code)).toEqual(['ERROR_BUSY']);
    expect(await station.routes()).toEqual([`10.1.0.1 > ${GROUP} 19795`]);
  });
});

describe('unref', () => {
  test('holds for every socket there is and will be, even if it came before the start', async () => {
    await using station = new UdpStation(eth0);
    station.transport.unref();
    await station.start();
    await station.transport.listen();
    await station.moveTo(both);
    expect(station.system.open.length).toBeGreaterThan(3);
    expect(station.system.open.filter(({ referenced }) => referenced)).toEqual([]);
  });
});
