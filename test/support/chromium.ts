/** A real browser, if there is one on this machine: Debian's package chromium, or Chrome where it usually is. */

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import axe, { type AxeResults } from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

import { needs } from './requirement.ts';

const executablePath = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find((path) => existsSync(path));

export const hasChromium: boolean = needs('chromium', executablePath !== undefined);

/** Not committed: to be looked at, and kept by whoever runs the tests. */
const SCREENSHOTS = fileURLToPath(new URL('../screenshots/', import.meta.url));

/** Of the kinds of findings of axe, those that keep somebody from using the page. */
const SERIOUS: ReadonlySet<unknown> = new Set(['serious', 'critical']);

/** A name that somebody has made to lead to this computer, as in an attack by DNS rebinding. */
export const REBOUND_NAME = 'rebound.test';

/** The sandbox of Chromium does not work as root, and it opens only pages of ours. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: executablePath!,
    args: ['--no-sandbox', `--host-resolver-rules=MAP ${REBOUND_NAME} 127.0.0.1`],
  });
}

/** A page as a person has it who has opened that address: with a browser of its own. */
export async function open(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1180, height: 900 }, ...options });
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

export async function screenshot(page: Page, name: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({
    path: join(SCREENSHOTS, `${name}.png`),
    fullPage: true,
    animations: 'disabled',
  });
}

/** Fails if somebody who cannot see well, or has no mouse, could not use the page as it is now. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  const findings = violations
    .filter(({ impact }) => SERIOUS.has(impact))
    .flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`));
  expect(findings).toEqual([]);
}
