/** NATS servers for tests: real ones, on loopback, ended with the test. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { needs } from './requirement.ts';
import { until } from './real-time.ts';

/** Whether there is such a server on this machine: Debian's package nats-server. */
export const hasNatsServer: boolean = needs(
  'nats-server',
  spawnSync('nats-server', ['--version']).status === 0,
);

export class NatsServer implements AsyncDisposable {
  readonly port: number;
  readonly #config: string;
  #process: ChildProcess | undefined;
  #log = '';

  private constructor(port: number, config: string) {
    this.port = port;
    this.#config = config;
  }

  /** Starts one, with so much more in its configuration. */
  static async start(more = '', port?: number): Promise<NatsServer> {
    const own = port ?? (await freePort());
    const server = new NatsServer(own, `host: 127.0.0.1\nport: ${own}\n${more}`);
    await server.start();
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** How often its log has such a line. */
  logged(pattern: RegExp): number {
    return this.#log.split('\n').filter((line) => pattern.test(line)).length;
  }

  /** Starts it, or starts it again. */
  async start(): Promise<void> {
    const directory = await mkdtemp(join(tmpdir(), 'mailslot-nats-'));
    const file = join(directory, 'server.conf');
    await writeFile(file, this.#config);
    this.#log = '';
    this.#process = spawn('nats-server', ['-c', file, '-D'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process.stderr!.setEncoding('utf8').on('data', (text: string) => (this.#log += text));
    await until(() => this.#log.includes('Server is ready') || this.#process!.exitCode !== null);
    await rm(directory, { recursive: true });
    if (this.#process.exitCode !== null) throw new Error(`nats-server: ${this.#log}`);
  }

  /** Its connections stay open, and nothing comes from them any more. */
  freeze(): void {
    this.#process!.kill('SIGSTOP');
  }

  async kill(): Promise<void> {
    const server = this.#process;
    this.#process = undefined;
    if (server === undefined || server.exitCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

/** So many servers that know each other. */
export async function startCluster(size: number): Promise<readonly NatsServer[]> {
  const ports: number[] = [];
  for (let made = 0; made < size; made++) ports.push(await freePort());
  const routes = ports.map((port) => `nats-route://127.0.0.1:${port}`).join(', ');
  const servers: NatsServer[] = [];
  for (const port of ports) {
    const cluster = `name: test, listen: "127.0.0.1:${port}", routes: [${routes}]`;
    servers.push(await NatsServer.start(`server_name: n${port}\ncluster { ${cluster} }`));
  }
  await until(() => servers.every((one) => one.logged(/Route connection created/) >= size - 1));
  return servers;
}

/** A port of loopback that nobody has. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port was given.');
  return address.port;
}
