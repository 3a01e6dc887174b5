/** Every block of code in the documentation is run by a test, or says why not. */

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import {
  allCodeBlocks,
  codeBlocks,
  FOLLOWED_ELSEWHERE,
  pages,
  readPage,
  ROOT,
  titleOf,
} from '../support/code-blocks.ts';

const blocks = allCodeBlocks();

/** What a block may need that no test has, and what is held of such blocks instead. */
const NEEDS: Readonly<Record<string, RegExp>> = {
  // PowerShell, and settings that it makes.
  windows: /^(?:Set-Smb|New-NetFirewallRule|HKLM\\)/,
  // It changes the computer that it runs on.
  administrator: /^(?:sudo |ufw |apt-get |$)/,
  // Packages come from there; test/consumers installs the same ones from tarballs.
  registry: /^npm install (?:--global )?(?:@mailslot\/\w+|mailslot|@nats-io\/transport-node)\b/,
  // It is this test that it would start; CI runs both.
  itself: /^npx pnpm (?:test|demo)\b/,
  // Scripts of a page: test/live/lobby-web drives one in a browser.
  browser: /^(?:const token = location|new EventSource|const headers =|await fetch)/,
  // It runs the tests of whoever reads the page.
  'your-tests': /^SEED=\d+ npx vitest run /,
  // A server elsewhere, or its configuration: test/live/nats.test.ts and lan-bridges.test.ts start servers with the like.
  'nats-server':
    /^(?:authorization \{|nats-server |apt-get | {2,}\S|\}|$|mailslot \w+ tanks --transport nats|mailslot bridge --from udp --to nats|npm install --global mailslot @nats)/,
};

/** Pages whose blocks of bytes are decoded, and encoded again, by a test of the code that does so. */
const BYTES: Readonly<Record<string, string>> = {
  'docs/frames': 'packages/discovery/test/browser-frames.test.ts',
  'docs/security.md': 'packages/discovery/test/security-page.test.ts',
  'docs/wire-echo.md': 'packages/core/test/echo.test.ts',
  'docs/wire-nats.md': 'packages/core/test/nats-messages.test.ts',
  'docs/wire-presence.md': 'packages/discovery/test/wire-presence.test.ts',
  'docs/wire-responder.md': 'packages/services/test/responder.test.ts',
  'docs/wire-udp.md': 'packages/core/test/udp-frame.test.ts',
};

/** TypeScript and shell are run by test/live/code-blocks.test.ts; pictures and output are for the eye. */
const LANGUAGES = new Set(['ts', 'js', 'sh', 'powershell', 'hex', 'text']);

test('every block says what language it is in', () => {
  expect(blocks.filter(({ language }) => !LANGUAGES.has(language)).map(titleOf)).toEqual([]);
});

test('no fence is missed', () => {
  const missed = pages().filter((page) => {
    const fences = readPage(page).match(/^\s*```/gm) ?? [];
    return fences.length !== 2 * codeBlocks(page).length;
  });
  expect(missed).toEqual([]);
});

test('a block that is not run names a reason, and has it', () => {
  const idle = blocks.filter(
    (block) => block.needs !== undefined || block.language === 'powershell',
  );
  const unfounded = idle.filter(({ needs = '', code }) => {
    const pattern = NEEDS[needs];
    return (
      pattern === undefined ||
      !code
        .trimEnd()
        .split('\n')
        .every((line) => pattern.test(line))
    );
  });
  expect(unfounded.map(titleOf)).toEqual([]);
  expect(Object.keys(NEEDS).filter((need) => !idle.some(({ needs }) => needs === need))).toEqual(
    [],
  );
});

test('JavaScript is run, as a part of its page', () => {
  const idle = blocks.filter(
    ({ language, needs, page }) =>
      language === 'js' && needs === undefined && FOLLOWED_ELSEWHERE[page] === undefined,
  );
  expect(idle.map(titleOf)).toEqual([]);
});

test('a page that is followed as a whole is followed by a test', () => {
  for (const [page, file] of Object.entries(FOLLOWED_ELSEWHERE)) {
    expect([file, readPage(file)]).toEqual([file, expect.stringContaining(page)]);
  }
});

test('bytes are read by the test of what they are bytes of', () => {
  const shown = blocks
    .filter(({ language }) => language === 'hex')
    .map(({ page }) => page.replace(/^docs\/frames\/.*/, 'docs/frames'));
  expect([...new Set(shown)].toSorted()).toEqual(Object.keys(BYTES));
  for (const [page, file] of Object.entries(BYTES)) {
    const name = page.slice(page.lastIndexOf('/') + 1);
    expect([file, readPage(file)]).toEqual([file, expect.stringContaining(name)]);
  }
});

test('all TypeScript fits the types', { timeout: 120_000 }, async () => {
  // A place from which imports lead to the packages, and which no other tool looks at.
  mkdirSync(join(ROOT, 'test/node_modules'), { recursive: true });
  const directory = mkdtempSync(join(ROOT, 'test/node_modules/.blocks-'));
  try {
    for (const { page, line, given, code, language } of blocks) {
      if (language !== 'ts' || FOLLOWED_ELSEWHERE[page] !== undefined) continue;
      const file = `${page.replaceAll(/\W/g, '-')}-${line}.ts`;
      writeFileSync(join(directory, file), `${given}\n${code}\nexport {};\n`);
    }
    const compilerOptions = {
      // What users have.
      strict: true,
      exactOptionalPropertyTypes: false,
      noEmit: true,
      target: 'es2023',
      lib: ['es2023', 'esnext.disposable'],
      module: 'nodenext',
      types: ['node'],
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      customConditions: ['@mailslot/source'],
    };
    writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
    writeFileSync(
      join(directory, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, include: ['*.ts'] }),
    );
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const run = promisify(execFile)(process.execPath, [tsc, '-p', directory]);
    const { stdout } = await run.catch((error: { stdout: string }) => error);
    expect(stdout).toBe('');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
