/** What users install: the packed packages in empty projects, by other installers, compilers, bundlers and Nodes. */

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { PACKAGES } from '../support/packed.ts';
import { Registry } from '../support/registry.ts';
import {
  fillToolbox,
  nodeOf,
  NODES,
  tscOf,
  TYPES,
  TYPESCRIPTS,
  YARN_SCRIPT,
} from '../support/toolbox.ts';

const run = promisify(execFile);

const USE = `
  const slot = (await (await joinNetwork({ transports: [] })).createMailslot('lobby'));
  const lan = new Lan();
  const ann = await discover('tanks', { name: 'Ann', network: await lan.join('ANN') });
  const bob = await discover('tanks', { name: 'Bob', network: await lan.join('BOB') });
  await lan.clock.advanceAsync(100);
  console.log(slot.name, ann.peers[0].name, bob.peers[0].name);
  process.exit();`;

const IMPORTS: readonly (readonly [names: string, from: string])[] = [
  ['joinNetwork', '@mailslot/core'],
  ['Lan', '@mailslot/core/testing'],
  ['discover', '@mailslot/discovery'],
];

const imports = IMPORTS.map(([names, from]) => `import { ${names} } from '${from}';`).join('\n');
const requires = IMPORTS.map(([names, from]) => `const { ${names} } = require('${from}');`);
const BY_IMPORT = `${imports}\n${USE}`;
const BY_REQUIRE = `${requires.join('\n')}\n(async () => {${USE}})();`;

/** What both print. */
const PRINTED = '\\\\.\\mailslot\\lobby Bob Ann';

/** Everything that a program may import, used with its types. */
const TYPED = `
import { joinNetwork, MailslotError, type Message, udp } from '@mailslot/core';
import { netbios } from '@mailslot/core/netbios';
import { Lan, VirtualClock } from '@mailslot/core/testing';
import { discover, type Lobby, presets } from '@mailslot/discovery';
import { listHosts } from '@mailslot/discovery/browser';
import { netSend } from '@mailslot/services';
import { run } from 'mailslot';

export async function use(): Promise<void> {
  const network = await joinNetwork({ transports: [udp({ port: 4000 }), netbios()] });
  const slot = await network.createMailslot('lobby');
  slot.on('message', (message: Message) => console.log(message.text().length));
  const lobby: Lobby<unknown> = await discover('tanks', { network, tuning: presets.lobby() });
  lobby.peers$.subscribe((peers) => peers.map((peer) => peer.name.length));
  const [host] = await listHosts(network);
  await netSend(network, host?.name ?? '*', 'Tea is ready.');
  if (new Error() instanceof MailslotError) new Lan({ seed: 1 }).clock satisfies VirtualClock;
  const { stdin, stdout, stderr } = process;
  await run({ argv: [], stdin, stdout, stderr, signal: AbortSignal.abort() });
}

// @ts-expect-error The types are really there: none of them is any.
await discover(4711);
`;

let directory: string;
let registry: Registry;
/** The project that npm installed, for everything that does not depend on who installs. */
let project: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mailslot-consumers-'));
  const tarballs = join(directory, 'tarballs');
  await mkdir(tarballs);
  [registry] = await Promise.all([Registry.start(tarballs), fillToolbox()]);
  project = await emptyProject('npm');
  await run('npm', ['install', '--no-audit', '--no-fund', ...wanted()], { cwd: project });
});

afterAll(async () => {
  await registry?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

async function emptyProject(name: string): Promise<string> {
  const path = join(directory, name);
  await mkdir(path);
  await writeFile(join(path, 'package.json'), '{ "private": true }');
  await writeFile(join(path, '.npmrc'), `@mailslot:registry=${registry.url}\n`);
  await writeFile(join(path, 'user.mjs'), BY_IMPORT);
  await writeFile(join(path, 'user.cjs'), BY_REQUIRE);
  return path;
}

/** What to ask an installer for: by name where the scope tells whom to ask, else as a file. */
function wanted(): readonly string[] {
  return PACKAGES.map((name) =>
    name.startsWith('@') ? name : `${name}@file:${registry.tarballs.get(name)}`,
  );
}

/** Runs a script of a project; resolves with what it printed. */
async function output(path: string, command: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(command, args, { cwd: path });
  return stdout.trim();
}

describe('installed by', () => {
  test('npm they are used by import and by require()', async () => {
    expect(await output(project, process.execPath, 'user.mjs')).toBe(PRINTED);
    expect(await output(project, process.execPath, 'user.cjs')).toBe(PRINTED);
  });

  test('pnpm they are used by import and by require()', async () => {
    const path = await emptyProject('pnpm');
    await run('npx', ['--yes', 'pnpm', 'add', '--ignore-workspace', ...wanted()], { cwd: path });
    expect(await output(path, process.execPath, 'user.mjs')).toBe(PRINTED);
    expect(await output(path, process.execPath, 'user.cjs')).toBe(PRINTED);
  });

  test('yarn, with node_modules, they are used by import and by require()', async () => {
    const yarn = await installByYarn('yarn', 'node-modules');
    expect(await yarn('node', 'user.mjs')).toBe(PRINTED);
    expect(await yarn('node', 'user.cjs')).toBe(PRINTED);
  });

  // To require() ES modules from its archives, Plug'n'Play needs a newer Node than 20: that is not promised.
  test("yarn, by Plug'n'Play, they are used by import", async () => {
    const yarn = await installByYarn('yarn-pnp', 'pnp');
    expect(await yarn('node', 'user.mjs')).toBe(PRINTED);
  });
});

/** Installs by yarn; resolves with a way to run it. */
async function installByYarn(
  name: string,
  nodeLinker: 'node-modules' | 'pnp',
): Promise<(...args: string[]) => Promise<string>> {
  const path = await emptyProject(name);
  const { stdout: mirror } = await run('npm', ['config', 'get', 'registry'], { cwd: path });
  const settings = {
    nodeLinker,
    npmRegistryServer: mirror.trim(),
    npmScopes: { mailslot: { npmRegistryServer: registry.url } },
    unsafeHttpWhitelist: ['127.0.0.1'],
    enableImmutableInstalls: false,
    enableTelemetry: false,
    npmMinimalAgeGate: 0,
  };
  // JSON is YAML.
  await writeFile(join(path, '.yarnrc.yml'), JSON.stringify(settings));
  await writeFile(join(path, 'yarn.lock'), '');
  const yarn = (...args: string[]): Promise<string> =>
    output(path, process.execPath, YARN_SCRIPT, ...args);
  await yarn('add', ...wanted());
  return yarn;
}

describe.each(NODES)('on Node %s', (version) => {
  test('they are used by import and by require()', async () => {
    expect(await output(project, nodeOf(version), '--version')).toBe(`v${version}`);
    expect(await output(project, nodeOf(version), 'user.mjs')).toBe(PRINTED);
    expect(await output(project, nodeOf(version), 'user.cjs')).toBe(PRINTED);
  });
});

describe.each(TYPESCRIPTS)('TypeScript %s', (version) => {
  test.each([
    ['nodenext', 'nodenext', ['user.ts', 'user.cts']],
    ['esnext', 'bundler', ['user.ts']],
  ])('knows their types with module %s, resolution %s, in %j', async (...settings) => {
    const [module, resolution, files] = settings;
    const path = join(project, `typescript-${version}-${resolution}`);
    await mkdir(path);
    await writeFile(join(path, 'package.json'), '{ "type": "module" }');
    await writeFile(join(path, 'user.ts'), TYPED);
    // A CommonJS module cannot wait at its top.
    await writeFile(join(path, 'user.cts'), TYPED.replace('await discover(4', 'void discover(4'));
    const compilerOptions = {
      module,
      moduleResolution: resolution,
      target: 'es2022',
      lib: ['es2023', 'esnext.disposable'],
      typeRoots: [TYPES],
      types: ['node'],
      strict: true,
      noEmit: true,
    };
    await writeFile(join(path, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    const { stdout } = await run(process.execPath, [tscOf(version), '-p', path], {
      cwd: project,
    }).catch((error: { stdout: string }) => error);
    expect(stdout).toBe('');
  });
});

test('bundled into one file, they need nothing beside it', async () => {
  const outfile = join(directory, 'bundled.mjs');
  await build({
    entryPoints: [join(project, 'user.mjs')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile,
    logLevel: 'silent',
  });
  for (const version of [NODES[0]!, NODES.at(-1)!]) {
    expect(await output(directory, nodeOf(version), outfile)).toBe(PRINTED);
  }
});

/** Runs the program that came with the packages. */
function mailslot(...args: string[]): Promise<{ stdout: string }> {
  return run('npx', ['--no-install', 'mailslot', ...args], { cwd: project });
}

describe('the packages', () => {
  test('bring the mailslot program', async () => {
    const { stdout } = await mailslot('--help');
    expect(stdout).toContain('mailslot listen');
  });

  test('work without NATS, and say what is missing where it is asked for', async () => {
    const source = `import('@mailslot/core/nats').catch(({ message }) => console.log(message));`;
    await writeFile(join(project, 'nats.mjs'), source);
    expect(await output(project, process.execPath, 'nats.mjs')).toMatch(
      /^Cannot find package '@nats-io\/transport-node'/,
    );
    await expect(mailslot('peers', 'tanks', '--nats', 'localhost')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('npm install --global @nats-io/transport-node'),
    });
  });

  test('install nothing but what they use', async () => {
    const installed = await readdir(join(project, 'node_modules'));
    expect(installed.filter((name) => !name.startsWith('.')).toSorted()).toEqual([
      '@mailslot',
      '@standard-schema',
      'eventemitter3',
      'iconv-lite',
      'lru-cache',
      'mailslot',
      'nanoid',
      'rxjs',
      'safer-buffer',
      'tslib',
    ]);
  });
});
