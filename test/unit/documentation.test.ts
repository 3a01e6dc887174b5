/** What the documentation claims about itself and about the packages. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

import { describe, expect, test } from 'vitest';

import { pages, readPage, ROOT } from '../support/code-blocks.ts';
import { tableRows } from '../support/markdown-table.ts';

/** A page's text without its blocks of code, in which nothing is a link. */
function prose(page: string): string {
  return readPage(page).replaceAll(/^( *)```[^]*?^\1```$/gm, '');
}

/** The anchors that GitHub and the site give a page's headings. */
function anchors(page: string): Set<string> {
  const seen = new Map<string, number>();
  const slugs = Array.from(prose(page).matchAll(/^#{1,6} (.+)$/gm), ([, heading = '']) => {
    const slug = heading
      .toLowerCase()
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
  return new Set(slugs);
}

/** Links of a page to other pages, files and headings of this repository. */
function links(page: string): readonly string[] {
  const text = prose(page).replaceAll(/`[^`\n]*`/g, '');
  return Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, target]) => target!).filter(
    (target) => !/^[a-z]+:/.test(target),
  );
}

describe.each(pages())('%s', (page) => {
  test('leads only to what is there', () => {
    const broken = links(page).filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target =
        path === '' ? page : normalize(join(dirname(page), path)).replaceAll('\\', '/');
      if (!existsSync(join(ROOT, target))) return true;
      return anchor !== undefined && target.endsWith('.md') && !anchors(target).has(anchor);
    });
    expect(broken).toEqual([]);
  });
});

test('docs/README.md leads to every page, once', () => {
  const listed = links('docs/README.md').filter((link) => link.endsWith('.md'));
  const there = pages().flatMap((page) => /^docs\/([\w/-]+\.md)$/.exec(page)?.[1] ?? []);
  expect(listed.toSorted()).toEqual(there.filter((page) => page !== 'README.md').toSorted());
});

describe('docs/options.md', () => {
  /** The interfaces that it describes, and where they are. */
  const SOURCES: Readonly<Record<string, string>> = {
    NetworkOptions: 'core/src/network.ts',
    MailslotOptions: 'core/src/mailslot.ts',
    ReadOptions: 'core/src/mailslot.ts',
    LocalOptions: 'core/src/transports/local/local.ts',
    UdpOptions: 'core/src/transports/udp/options.ts',
    NetbiosOptions: 'core/src/transports/netbios/options.ts',
    NatsOptions: 'core/src/transports/nats/options.ts',
    WatchOptions: 'discovery/src/discover.ts',
    DiscoverOptions: 'discovery/src/discover.ts',
    SecurityOptions: 'discovery/src/security.ts',
    Tuning: 'discovery/src/presence/tuning.ts',
    StartRelayOptions: 'discovery/src/relay/relay.ts',
    WaitForOptions: 'discovery/src/watcher.ts',
  };

  test.each(Object.entries(SOURCES))('lists every option of %s', (name, file) => {
    const source = readFileSync(join(ROOT, 'packages', file), 'utf8');
    const [declaration = ''] = new RegExp(`^export interface ${name}\\b[^]*?^}`, 'm').exec(source)!;
    const options = Array.from(
      declaration.matchAll(/^ {2}readonly (\w+)\??:/gm),
      ([, each]) => each!,
    );
    const [, section = ''] = readPage('docs/options.md').split(
      new RegExp(`^## .*\\b${name}$`, 'm'),
    );
    const listed = tableRows(section, 'option').map(([cell]) => cell!.replaceAll('`', ''));
    expect(listed).toEqual(options);
  });
});

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

const manifest = (directory: string): Manifest =>
  JSON.parse(readFileSync(join(ROOT, directory, 'package.json'), 'utf8'));

const PACKAGES = ['core', 'discovery', 'services', 'page', 'cli', 'examples'];

describe('docs/architecture.md', () => {
  test('draws all packages, each above all that it depends on', () => {
    const floors = readPage('docs/architecture.md')
      .split('\n')
      .map((line) => Array.from(line.matchAll(/│ packages\/(\w+)/g), ([, name]) => name!))
      .filter((floor) => floor.length > 0);
    expect(floors.flat().toSorted()).toEqual(PACKAGES.toSorted());
    const floorOf = (name: string): number => floors.findIndex((floor) => floor.includes(name));
    const directories = new Map(PACKAGES.map((name) => [manifest(`packages/${name}`).name, name]));
    const upwards = PACKAGES.flatMap((name) =>
      Object.keys(manifest(`packages/${name}`).dependencies ?? {}).filter((dependency) => {
        const below = directories.get(dependency);
        return below !== undefined && floorOf(below) <= floorOf(name);
      }),
    );
    expect(upwards).toEqual([]);
  });
});

describe('CONTRIBUTING.md', () => {
  test('has every command', () => {
    const listed = tableRows(readPage('CONTRIBUTING.md'), 'command').flatMap(([command = '']) =>
      Array.from(command.matchAll(/`(?:npx pnpm )?([\w:]+)`/g), ([, name]) => name!),
    );
    const scripts = Object.keys(manifest('.').scripts ?? {});
    expect(listed.toSorted()).toEqual(scripts.toSorted());
  });

  test('says what each package depends on', () => {
    for (const [directory = '', , dependsOn = ''] of tableRows(
      readPage('CONTRIBUTING.md'),
      'package',
    )) {
      const { dependencies = {} } = manifest(directory.replaceAll('`', ''));
      for (const dependency of Object.keys(dependencies)) {
        expect(`${directory}: ${dependsOn}`).toContain(dependency.replace('@mailslot/', ''));
      }
    }
  });
});

test('packages/examples/README.md has every example', () => {
  const { scripts = {} } = manifest('.');
  const readme = readPage('packages/examples/README.md');
  const examples = Object.entries(scripts).flatMap(([name, command]) =>
    command.includes('packages/examples/dist') ? [name] : [],
  );
  expect(examples.filter((name) => !readme.includes(`npx pnpm ${name}`))).toEqual([]);
});
