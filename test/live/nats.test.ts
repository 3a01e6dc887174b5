/** The nats transport on real servers: those that come and go, refuse, take little, and carry what strangers publish. */

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { joinNetwork, type MailslotError, type Network, type NetworkOptions } from '@mailslot/core';
import { nats, type NatsOptions } from '@mailslot/core/nats';
import { connect, type NatsConnection, nkeys } from '@nats-io/transport-node';
import { afterEach, describe, expect, test } from 'vitest';

import { forkSource } from '../support/fork-source.ts';
import { freePort, hasNatsServer, NatsServer, startCluster } from '../support/nats-server.ts';
import { until } from '../support/real-time.ts';
import { needs } from '../support/requirement.ts';

const EVERYONE = '\\\\*\\mailslot\\lobby';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function serve(config = '', port?: number): Promise<NatsServer> {
  const server = await NatsServer.start(config, port);
  cleanups.push(() => server.kill());
  return server;
}

async function client(server: NatsServer): Promise<NatsConnection> {
  const connection = await connect({ servers: server.url });
  cleanups.push(() => connection.close());
  return connection;
}

/** A program with a mailslot `lobby`. */
class Program {
  readonly network: Network;
  readonly texts: string[] = [];
  readonly problems: MailslotError[] = [];

  private constructor(network: Network) {
    this.network = network;
    network.on('problem', (problem) => this.problems.push(problem));
  }

  static async join(options: NatsOptions, place: NetworkOptions = {}): Promise<Program> {
    const network = await joinNetwork({ ...place, transports: [nats(options)] });
    cleanups.push(() => network.close());
    const program = new Program(network);
    const slot = await network.createMailslot('lobby');
    slot.on('message', (message) => program.texts.push(`${message.to} ${message.text()}`));
    return program;
  }

  get drops() {
    return this.network.stats()['nats']!.drops;
  }

  /** Writes until somebody has got one: a connection may be up before the other one is. */
  async reaches(other: Program, name = EVERYONE): Promise<void> {
    const before = other.texts.length;
    let sent = Promise.resolve();
    await until(() => {
      sent = sent.then(() => this.network.send(name, 'hello'));
      return other.texts.length > before;
    });
    await sent;
  }
}

describe.skipIf(!hasNatsServer)('over NATS', () => {
  test('a name is a computer in the own domain, or another domain', async () => {
    const { url: servers } = await serve();
    const ann = await Program.join({ servers }, { computerName: 'ann', domain: 'sales' });
    const bob = await Program.join({ servers }, { computerName: 'bob', domain: 'sales' });
    const eve = await Program.join({ servers }, { computerName: 'ann', domain: 'lab' });
    for (const target of ['*', 'ann', 'lab', 'sales', 'nobody']) {
      await bob.network.send(`\\\\${target}\\mailslot\\lobby`, `to ${target}`);
    }
    await until(() => ann.texts.length >= 3 && eve.texts.length >= 1);
    await eve.network.send('\\\\sales\\mailslot\\lobby', 'to sales from lab');
    await until(() => bob.texts.length >= 3 && ann.texts.length >= 4);
    expect(ann.texts).toEqual([
      '\\\\*\\mailslot\\lobby to *',
      '\\\\ANN\\mailslot\\lobby to ann',
      '\\\\SALES\\mailslot\\lobby to sales',
      '\\\\SALES\\mailslot\\lobby to sales from lab',
    ]);
    expect(eve.texts).toEqual(['\\\\LAB\\mailslot\\lobby to lab']);
    expect(bob.texts).toHaveLength(3);
  });

  test('a server that is away is a problem told once, and used when it comes', async () => {
    const port = await freePort();
    const servers = `127.0.0.1:${port}`;
    const [ann, bob] = [await Program.join({ servers }), await Program.join({ servers })];
    await until(() => ann.problems.length > 0);
    expect(ann.problems).toMatchObject([
      { code: 'ERROR_BAD_NETPATH', message: expect.stringContaining(servers) },
    ]);
    expect(ann.network.interfaces()).toEqual([]);
    await ann.network.send(EVERYONE, 'to nobody');
    expect(ann.drops).toEqual({ unsent: 1 });
    await serve('', port);
    await ann.reaches(bob);
    expect(ann.network.interfaces()).toMatchObject([{ name: 'nats', address: servers }]);
    expect([ann.problems.length, bob.problems.length]).toEqual([1, 1]);
  });

  test('a server that restarts is used again, and what was sent meanwhile is lost', async () => {
    const server = await serve();
    const { url: servers } = server;
    const [ann, bob] = [await Program.join({ servers }), await Program.join({ servers })];
    let changes = 0;
    ann.network.on('interfaces', () => changes++);
    await ann.reaches(bob);
    await server.kill();
    await until(() => ann.network.interfaces().length === 0);
    await ann.network.send(EVERYONE, 'lost');
    await server.start();
    await ann.reaches(bob);
    await bob.reaches(ann);
    expect(bob.texts.join()).not.toContain('lost');
    expect(changes).toBe(2);
    expect(ann.problems).toMatchObject([{ code: 'ERROR_BAD_NETPATH' }]);
  });

  test('another server of the cluster takes over from one that is killed', async () => {
    const servers = await startCluster(3);
    for (const server of servers) cleanups.push(() => server.kill());
    const urls = servers.map(({ url }) => url);
    const [first, second, third] = servers;
    const ann = await Program.join({ servers: first!.url });
    const bob = await Program.join({ servers: second!.url });
    await ann.reaches(bob);
    await first!.kill();
    await until(() => ann.network.interfaces().length === 0);
    const failover = performance.now();
    await ann.reaches(bob);
    await bob.reaches(ann);
    expect(performance.now() - failover).toBeLessThan(3000);
    const [{ address } = { address: '' }] = ann.network.interfaces();
    expect(urls.slice(1)).toContain(`nats://${address}`);
    const late = await Program.join({ servers: third!.url });
    await ann.reaches(late);
  });

  test('a server that is silent is left for another one', async () => {
    const [first, second] = await startCluster(2);
    for (const server of [first!, second!]) cleanups.push(() => server.kill());
    const ann = await Program.join({ servers: first!.url });
    const bob = await Program.join({ servers: second!.url });
    await ann.reaches(bob);
    first!.freeze();
    const address = (): string | undefined => ann.network.interfaces()[0]?.address;
    await until(() => second!.url === `nats://${address()}`, 25_000);
    await ann.reaches(bob);
  });

  test('wrong credentials are an error at once, with no second try', async () => {
    const server = await serve('authorization { user: ann, password: right }');
    const joining = Program.join({
      servers: server.url,
      credentials: { user: 'ann', password: 'wrong' },
    });
    await expect(joining).rejects.toMatchObject({
      code: 'ERROR_ACCESS_DENIED',
      message: expect.not.stringContaining('wrong'),
    });
    const { host } = new URL(server.url.replace('nats', 'http'));
    await Program.join({ servers: `nats://ann:right@${host}` });
    // By now a second try would have been told of as well.
    await until(() => server.logged(/authentication error/i) > 0);
    expect(server.logged(/authentication error/i)).toBe(1);
  });

  test('a key or a certificate opens a server that wants one', async () => {
    const key = nkeys.createUser();
    const server = await serve(`authorization { users: [ { nkey: ${key.getPublicKey()} } ] }`);
    const nkeySeed = new TextDecoder().decode(key.getSeed());
    await Program.join({ servers: server.url, credentials: { nkeySeed } });
    const other = new TextDecoder().decode(nkeys.createUser().getSeed());
    await expect(
      Program.join({ servers: server.url, credentials: { nkeySeed: other } }),
    ).rejects.toMatchObject({ code: 'ERROR_ACCESS_DENIED' });
  });

  test('TLS is used where it is wanted, and a server without it, or one of strangers, is not', async () => {
    if (!needs('openssl', spawnSync('openssl', ['version']).status === 0)) return;
    const directory = await mkdtemp(join(tmpdir(), 'mailslot-tls-'));
    cleanups.push(() => rm(directory, { recursive: true }));
    const [certFile, keyFile] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
    const request = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout ${keyFile} -out ${certFile}`;
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    expect(spawnSync('openssl', [...request.split(' '), ...subject]).status).toBe(0);

    const { port } = await serve(`tls { cert_file: "${certFile}", key_file: "${keyFile}" }`);
    const servers = `tls://127.0.0.1:${port}`;
    const tls = { caFile: certFile };
    const [ann, bob] = [await Program.join({ servers, tls }), await Program.join({ servers, tls })];
    await ann.reaches(bob);
    const stranger = await Program.join({ servers });
    await until(() => stranger.problems.length > 0);
    const plain = await Program.join({ servers: (await serve()).url, tls });
    await until(() => plain.problems.length > 0);
    expect(stranger.problems[0]!.message).toContain('certificate');
    expect(plain.problems[0]!.message).toContain('tls');
    expect([stranger, plain].flatMap(({ network }) => network.interfaces())).toEqual([]);
  });

  test('credentials that are refused later are told of, and no storm follows', async () => {
    const server = await serve('authorization { token: old }');
    const ann = await Program.join({ servers: server.url, credentials: { token: 'old' } });
    await server.kill();
    const stricter = await serve('authorization { token: new }', server.port);
    await until(() => ann.problems.some(({ code }) => code === 'ERROR_ACCESS_DENIED'));
    expect(stricter.logged(/authentication error/i)).toBeLessThanOrEqual(2);
  });

  test('a domain is closed to who may not speak in it', async () => {
    const { url } = await serve(`
      authorization {
        users: [
          { user: ann, password: a, permissions: { publish: "mailslot.SALES.>", subscribe: "mailslot.SALES.>" } }
          { user: eve, password: e, permissions: { publish: "mailslot.LAB.>", subscribe: "mailslot.LAB.>" } }
        ]
      }`);
    const as = (user: string) => ({ servers: url, credentials: { user, password: user[0]! } });
    const ann = await Program.join(as('ann'), { domain: 'sales', computerName: 'ann' });
    const bob = await Program.join(as('ann'), { domain: 'sales' });
    const spy = await Program.join(as('eve'), { domain: 'sales' });
    await until(() => spy.problems.length === 3);
    expect(spy.problems[0]).toMatchObject({
      code: 'ERROR_ACCESS_DENIED',
      message: expect.stringContaining('subscribe to mailslot.SALES.all.LOBBY'),
    });
    await spy.network.send(EVERYONE, 'let me in');
    await until(() => spy.drops.unsent === 1 && spy.problems.length === 4);
    // That it stays within the domain is as it should be.
    await bob.network.send('\\\\ann\\mailslot\\lobby', 'hello');
    await until(() => ann.texts.length === 1 && bob.drops.unsent === 1);
    expect(ann.texts).toEqual(['\\\\ANN\\mailslot\\lobby hello']);
    expect([ann.problems, bob.problems]).toEqual([[], []]);
    expect(spy.texts).toEqual([`${EVERYONE} let me in`]);
  });

  test('a message larger than the server takes is refused to its writer', async () => {
    const { url: servers } = await serve('max_payload: 2048');
    const [ann, bob] = [await Program.join({ servers }), await Program.join({ servers })];
    const most = ann.network.maxMessageSize(EVERYONE);
    expect(most).toBe(2048 - 409);
    await expect(ann.network.send(EVERYONE, new Uint8Array(most + 1))).rejects.toMatchObject({
      code: 'ERROR_BAD_NETPATH',
    });
    await ann.network.send(EVERYONE, 'x'.repeat(most));
    await until(() => bob.texts.length === 1);
    expect(ann.problems).toEqual([]);
  });

  test('what strangers publish on our subjects is counted and dropped', async () => {
    const server = await serve();
    const ann = await Program.join({ servers: server.url }, { domain: 'sales' });
    const bob = await Program.join({ servers: server.url }, { domain: 'sales' });
    const stranger = await client(server);
    const frames: Uint8Array[] = [];
    stranger.subscribe('mailslot.SALES.all.LOBBY', {
      callback: (_, { data }) => void frames.push(data.slice()),
    });
    await stranger.flush();
    await bob.network.send(EVERYONE, 'genuine');
    await until(() => frames.length === 1 && ann.texts.length === 1);

    const all = 'mailslot.SALES.all.LOBBY';
    const [frame] = frames;
    stranger.publish(all, 'hello?');
    stranger.publish(all);
    stranger.publish(all, frame!.subarray(0, 20));
    stranger.publish(
      all,
      Uint8Array.from(frame!, (byte, at) => (at === 1 ? 0x20 : byte)),
    );
    // A frame of one slot, or to everyone, where only another may be written to.
    stranger.publish(
      all,
      Uint8Array.from(frame!, (byte, at) => (at === 18 ? 0x4d : byte)),
    );
    stranger.publish(`mailslot.SALES.computer.${ann.network.computerName}.LOBBY`, frame);
    stranger.publish(all, frame);
    await until(() => ann.drops.duplicate === 1);
    expect(ann.drops).toEqual({ malformed: 4, version: 1, elsewhere: 1, duplicate: 1 });
    expect(ann.texts).toHaveLength(1);
    expect(ann.problems).toEqual([]);
  });

  test('a flood of writers that do not wait is cut off, not kept', async () => {
    const { url: servers } = await serve();
    const [ann, bob] = [await Program.join({ servers }), await Program.join({ servers })];
    const everyone = await ann.network.openMailslot(EVERYONE);
    const large = new Uint8Array(60_000);
    await Promise.all(Array.from({ length: 1000 }, () => everyone.write(large)));
    expect(ann.drops.unsent).toBeGreaterThan(0);
    await ann.reaches(bob);
  });

  test('lets a process end that was unreferenced', async () => {
    const { url } = await serve();
    const child = forkSource(new URL('children/nats-idle.ts', import.meta.url), [url]);
    cleanups.push(async () => child.kill('SIGKILL'));
    const ended = once(child, 'exit');
    expect(await once(child, 'message')).toEqual([1, undefined]);
    expect(await ended).toEqual([0, null]);
  });
});
