/** What users install: the packed tarballs, in an empty project, by `import` and by `require()`. */

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const PACKAGES = [
  '@mailslot/core',
  '@mailslot/discovery',
  '@mailslot/services',
  '@mailslot/page',
  'mailslot',
];
/** Packing five packages and installing six dependencies from a registry. */
const INSTALL_MS_MAX = 180_000;

let project: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'mailslot-packages-'));
  for (const name of PACKAGES) {
    await run('npx', ['pnpm', '--filter', name, 'pack', '--pack-destination', project], {
      cwd: root,
    });
  }
  const tarballs = (await readdir(project)).filter((file) => file.endsWith('.tgz'));
  await writeFile(join(project, 'package.json'), '{ "private": true }');
  await run('npm', ['install', '--no-audit', '--no-fund', ...tarballs.map((file) => `./${file}`)], {
    cwd: project,
  });
}, INSTALL_MS_MAX);

afterAll(() => rm(project, { recursive: true, force: true }));

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

async function runScript(file: string, source: string): Promise<string> {
  await writeFile(join(project, file), source);
  const { stdout } = await run(process.execPath, [file], { cwd: project });
  return stdout.trim();
}

describe('the packed packages in an empty project', () => {
  test('work by import', async () => {
    const imports = IMPORTS.map(([names, from]) => `import { ${names} } from '${from}';`);
    expect(await runScript('user.mjs', imports.join('\n') + USE)).toBe(
      '\\\\.\\mailslot\\lobby Bob Ann',
    );
  });

  test('work by require()', async () => {
    const requires = IMPORTS.map(([names, from]) => `const { ${names} } = require('${from}');`);
    const source = `${requires.join('\n')}\n(async () => {${USE}})();`;
    expect(await runScript('user.cjs', source)).toBe('\\\\.\\mailslot\\lobby Bob Ann');
  });

  test('bring the mailslot program', async () => {
    const { stdout } = await run('npx', ['--no-install', 'mailslot', '--help'], { cwd: project });
    expect(stdout).toContain('mailslot listen');
  });

  test('bring the page of the dashboard, without what only its compiler needs', async () => {
    const files = await readdir(join(project, 'node_modules/mailslot'), { recursive: true });
    expect(files).toEqual(
      expect.arrayContaining(['src/page/index.html', 'src/page/style.css', 'dist/page/main.js']),
    );
    expect(files.filter((file) => /page.*(\.d\.ts|tsconfig|tsbuildinfo)/.test(file))).toEqual([]);
  });

  test('work without NATS, and say what is missing where it is asked for', async () => {
    const source = `import('@mailslot/core/nats').catch(({ message }) => console.log(message));`;
    expect(await runScript('nats.mjs', source)).toMatch(
      /^Cannot find package '@nats-io\/transport-node'/,
    );
    const peers = run(
      'npx',
      ['--no-install', 'mailslot', 'peers', 'tanks', '--nats', 'localhost'],
      {
        cwd: project,
      },
    );
    await expect(peers).rejects.toMatchObject({
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
