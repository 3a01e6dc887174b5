/** Players of the web lobby: a program and a browser for each, meeting on the loopback interface. */

import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

import { open } from './chromium.ts';
import { Program } from './program.ts';
import { until } from './real-time.ts';

const MAIN = 'packages/examples/lobby-web/dist/src/main.js';

/** Programs that find each other, and no others. */
export class LobbyTown {
  readonly #browser: Browser;
  /** Theirs, and nobody else's. */
  readonly port: string = String(randomInt(20_000, 30_000));
  readonly #state = mkdtempSync(join(tmpdir(), 'mailslot-lobby-'));

  constructor(browser: Browser) {
    this.#browser = browser;
    onTestFinished(() => rmSync(this.#state, { recursive: true }));
  }

  /** Starts a program, and opens the page that it tells of. */
  async player(name: string, options: BrowserContextOptions = {}): Promise<LobbyPlayer> {
    const place = ['--interface', 'loopback', '--port', this.port, '--state', this.#state];
    const program = new Program(MAIN, ['--name', name, ...place]);
    onTestFinished(() => program[Symbol.asyncDispose]());
    const [, url = ''] = await program.prints(/Open (http\S+)$/);
    const page = await open(this.#browser, url, options);
    onTestFinished(() => page.context().close());
    return new LobbyPlayer(program, url, page);
  }
}

export class LobbyPlayer {
  readonly program: Program;
  readonly url: string;
  readonly page: Page;

  constructor(program: Program, url: string, page: Page) {
    this.program = program;
    this.url = url;
    this.page = page;
  }

  /** The rooms on the page, as they are read. */
  async rooms(): Promise<string[]> {
    const texts = await this.page.locator('.room .about').allInnerTexts();
    return texts.map((text) => text.replace(/\n+/, ': '));
  }

  async sees(text: string): Promise<void> {
    await this.page.locator('#status', { hasText: text }).waitFor();
  }

  async seesRooms(...rooms: string[]): Promise<void> {
    await until(async () => (await this.rooms()).join() === rooms.join());
  }

  async host(title: string): Promise<void> {
    await this.page.getByLabel('Open a room').fill(title);
    await this.page.getByRole('button', { name: 'Open' }).click();
    await this.sees('Waiting for a guest');
  }

  async join(title: string): Promise<void> {
    await this.page.getByRole('button', { name: `Join ${title}` }).click();
  }

  async play(column: number): Promise<void> {
    await this.page.getByRole('button', { name: `Column ${column}, ` }).click();
  }

  async discs(): Promise<number> {
    return this.page.locator('.cell[data-side]').count();
  }
}

/** Moves one after the other, each once the one before is seen on both pages. */
export async function playAll(
  players: readonly [LobbyPlayer, LobbyPlayer],
  columns: readonly number[],
): Promise<void> {
  const before = await players[0].discs();
  for (const [move, column] of columns.entries()) {
    await players[(before + move) % 2]!.play(column);
    for (const player of players) {
      await until(async () => (await player.discs()) === before + move + 1);
    }
  }
}
