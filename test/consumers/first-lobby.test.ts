/** Follows docs/first-lobby.md to the letter: its commands, its file, what is typed, and what it says will be seen. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import { type CodeBlock, codeBlocks } from '../support/code-blocks.ts';
import { hasNamespaces, type Host, NamespaceLan } from '../support/lan.ts';
import { until } from '../support/real-time.ts';
import { Registry } from '../support/registry.ts';
import { needs } from '../support/requirement.ts';

const run = promisify(execFile);

/** A terminal in which one command is run. */
class Terminal {
  readonly command: string;
  #lines: string[] = [];
  #child!: ChildProcess;
  readonly #start: () => ChildProcess;

  constructor(host: Host, cwd: string, command: string) {
    this.command = command;
    const [program, ...args] = host.command('sh', '-c', `exec ${command}`);
    this.#start = () => spawn(program, args, { cwd, stdio: ['pipe', 'pipe', 'inherit'] });
    this.start();
  }

  start(): void {
    this.#child = this.#start();
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#lines.push(...text.split('\n').filter(Boolean));
    });
  }

  /** Waits for a line that was not looked for yet, and forgets all before it. */
  async shows(line: string): Promise<void> {
    await until(() => this.#lines.includes(line), 20_000);
    this.#lines = this.#lines.slice(this.#lines.indexOf(line) + 1);
  }

  type(text: string): void {
    this.#child.stdin!.write(text);
  }

  end(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/** What a mark such as `terminal=ann` says. */
function mark(block: CodeBlock, name: string): string | undefined {
  return new RegExp(`\\b${name}=(\\S+)`).exec(block.marks)?.[1];
}

const AVAILABLE = needs('root and iproute2, for network namespaces', hasNamespaces());

test.runIf(AVAILABLE)('the first lobby is there when the guide has been followed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mailslot-first-lobby-'));
  await mkdir(join(folder, 'tarballs'));
  await using registry = await Registry.start(join(folder, 'tarballs'));
  await using lan = new NamespaceLan();
  const computer = lan.host();
  await computer.connect(lan.bridge(), 'eth0', ['192.168.1.4/24']);
  const project = join(folder, 'first-lobby');
  const terminals = new Map<string, Terminal>();
  let steps = 0;

  const follow = async (block: CodeBlock): Promise<void> => {
    const { language, code } = block;
    const file = mark(block, 'file');
    const [started, typist, leaver, victim] = ['terminal', 'type', 'leave', 'crash'].map((name) =>
      mark(block, name),
    );
    if (file !== undefined) return writeFile(join(project, file), code);
    if (typist !== undefined) return terminals.get(typist)!.type(code);
    if (leaver !== undefined) return terminals.get(leaver)!.end('SIGINT');
    if (victim !== undefined) {
      const terminal = terminals.get(victim)!;
      terminal.start();
      await terminal.shows('Ann is here');
      return terminal.end('SIGKILL');
    }
    if (language === 'text') return terminals.get(started!)!.shows(code.trim());
    if (started !== undefined) {
      terminals.set(started, new Terminal(computer, project, code.trim()));
      return;
    }
    await run('sh', ['-ec', code], { cwd: folder, env: await asking(registry, folder) });
  };

  try {
    for (const block of codeBlocks('docs/first-lobby.md')) {
      await follow(block);
      steps++;
    }
    expect(steps).toBeGreaterThan(10);
  } finally {
    for (const terminal of terminals.values()) terminal.end('SIGKILL');
    await rm(folder, { recursive: true });
  }
});

/** An environment in which npm asks a registry of ours for the scope `@mailslot`, and its own one for all else. */
async function asking(registry: Registry, folder: string): Promise<NodeJS.ProcessEnv> {
  const { stdout } = await run('npm', ['config', 'get', 'userconfig'], { cwd: folder });
  const own = await readFile(stdout.trim(), 'utf8').catch(() => '');
  const file = join(folder, 'npmrc');
  await writeFile(file, `${own}\n@mailslot:registry=${registry.url}\n`);
  return { ...process.env, npm_config_userconfig: file };
}
