/** The dashboard as people use it: the program, peers in processes of their own, on loopback, and a real browser. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { discover } from '@mailslot/discovery';
import { servePage } from '@mailslot/page';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { BehaviorSubject } from 'rxjs';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import {
  expectAccessible,
  hasChromium,
  launchChromium,
  open,
  screenshot,
} from '../support/chromium.ts';
import { CliNetwork, type CliProcess } from '../support/cli.ts';
import { OFFICE } from '../support/office-picture.ts';
import { until } from '../support/real-time.ts';

/** Markup, and a sign that turns round what follows it. */
const HOSTILE = '<img src=x onerror=alert(1)>\u202egpj.exe';

/** Where the files of its page are, as written and as compiled. */
function pages(kind: 'src' | 'dist'): URL {
  return new URL(`../../packages/cli/${kind}/page/`, import.meta.url);
}

let browser: Browser;

/** A network, its dashboard and a page of it. */
class Control {
  readonly network: CliNetwork;
  readonly program: CliProcess;
  readonly url: string;

  static async start(...services: readonly string[]): Promise<Control> {
    const network = await CliNetwork.create();
    onTestFinished(() => network[Symbol.asyncDispose]());
    const computer = ['--computer', 'CONTROL'];
    const program = await network.run('dashboard', ...services, ...computer, '--json').begun();
    return new Control(network, program, program.objects[0].url);
  }

  private constructor(network: CliNetwork, program: CliProcess, url: string) {
    this.network = network;
    this.program = program;
    this.url = url;
  }

  announce(service: string, name: string, ...more: readonly string[]): Promise<CliProcess> {
    return this.network.run('announce', service, '--name', name, ...more).begun();
  }

  async look(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await open(browser, this.url, {
      viewport: { width: 1280, height: 960 },
      ...options,
    });
    onTestFinished(() => page.context().close());
    return page;
  }
}

/** Waits until a peer is in a state. */
async function sees(page: Page, name: string, state: string): Promise<void> {
  await page.getByRole('row', { name }).filter({ hasText: state }).waitFor();
}

describe.runIf(hasChromium)('the dashboard', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    browser = await launchChromium();
  }, 60_000);

  afterAll(() => browser?.close());

  test('shows who is there, who watches whom, who is killed and who says goodbye', async () => {
    const control = await Control.start('tanks');
    const page = await control.look();
    await page.getByText('Nobody is here yet.').waitFor();
    await screenshot(page, 'dashboard-1-empty');
    const info = ['--port', '4711', '--info', '{"map":"dunes","seats":4}'];
    const [ann, bob] = [
      await control.announce('tanks', 'Ann', ...info),
      await control.announce('tanks', 'Bob'),
      await control.announce('tanks', 'Cleo', '--port', '4712'),
    ];
    await page.getByRole('heading', { name: '3 peers are here' }).waitFor();
    for (const name of ['Ann', 'Bob', 'Cleo']) await sees(page, name, 'here');
    expect(await page.locator('.map .peer.up').count()).toBe(3);
    expect(await page.locator('.map .arrow').count()).toBe(6);
    const where = page.getByRole('row', { name: 'Ann' }).locator('.where');
    await where.filter({ hasText: /^127\.0\.0\.1:4711by lo, multicast/ }).waitFor();
    await screenshot(page, 'dashboard-2-three-peers');

    await bob.stop();
    await sees(page, 'Bob', 'fell silent');
    expect(await page.locator('.map .peer.down').count()).toBe(1);
    ann.signal('SIGTERM');
    await sees(page, 'Ann', 'said goodbye');
    await page.getByRole('heading', { name: '1 peer is here, 2 gone lately' }).waitFor();
    await screenshot(page, 'dashboard-3-two-gone');

    control.program.signal('SIGTERM');
    expect(await control.program.exited).toBe(0);
    await page.getByText('The program has ended, or cannot be reached.').waitFor();
  });

  test('finds services by itself, and says what it cannot read', async () => {
    const control = await Control.start();
    await control.announce('chess', 'Dan');
    await control.announce('bank', 'Eve', '--secret', 'correct horse battery');
    const page = await control.look();
    await sees(page, 'Dan', 'here');
    await page.getByText('1 peer speaks here, with a secret or signatures.').waitFor();
  });

  test('shows names of strangers as text', async () => {
    const control = await Control.start('tanks');
    const page = await control.look();
    const alarms: string[] = [];
    page.on('dialog', (dialog) => void alarms.push(dialog.message()));
    // What the name would load if it were markup, and anything from elsewhere.
    page.on('request', (request) => {
      const { origin, pathname } = new URL(request.url());
      if (origin !== new URL(control.url).origin || pathname === '/x') alarms.push(request.url());
    });
    await control.announce('tanks', HOSTILE, '--info', JSON.stringify(`</script>${HOSTILE}`));
    const shown = HOSTILE.replace('\u202e', '\\u{202e}');
    await page.getByRole('button', { name: shown }).click();
    expect(await page.locator('.peers bdi').first().textContent()).toBe(shown);
    await page.getByText('</script><img').waitFor();
    expect(await page.locator('.service img, .service script').count()).toBe(0);
    await screenshot(page, 'dashboard-4-hostile');
    expect(alarms).toEqual([]);
  });

  test.each(['light', 'dark'] as const)(
    'can be used by keyboard and by ear, %s',
    async (colorScheme) => {
      const control = await Control.start('tanks');
      for (const name of ['Ann', 'Bob', 'Cleo', 'Dan', 'Eve'])
        await control.announce('tanks', name);
      const gone = await control.announce('tanks', 'Fay');
      const page = await control.look({ colorScheme });
      await sees(page, 'Fay', 'here');
      await gone.stop();
      await sees(page, 'Fay', 'gone');
      await page.getByRole('button', { name: 'Ann' }).press('Enter');
      await page.getByText('Watched by').waitFor();
      expect(await page.locator('.map .peer.selected').count()).toBe(1);
      await expectAccessible(page);
      await screenshot(page, `dashboard-5-${colorScheme}`);
      await page.setViewportSize({ width: 390, height: 844 });
      await expectAccessible(page);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
      await screenshot(page, `dashboard-6-${colorScheme}-narrow`);
    },
  );

  test('stays readable with forty peers', async () => {
    const control = await Control.start('tanks');
    await using network = await control.network.join();
    for (let n = 1; n <= 40; n++) await discover('tanks', { network, name: `Player ${n}` });
    const page = await control.look();
    await page.getByRole('heading', { name: '40 peers are here' }).waitFor();
    await page.getByText('Select one of 40 peers').waitFor();
    await screenshot(page, 'dashboard-7-crowd');
  });

  test('shows an office: several interfaces, silence, losses, Windows', async () => {
    await using served = await servePage({
      directories: [pages('src'), pages('dist')],
      state$: new BehaviorSubject(OFFICE),
    });
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await open(browser, served.url, {
        viewport: { width: 1280, height: 960 },
        colorScheme,
      });
      onTestFinished(() => page.context().close());
      await page
        .getByRole('heading', { name: '6 peers are here, 1 silent, 1 gone lately' })
        .waitFor();
      expect(await page.locator('.map .interface').count()).toBe(2);
      await page.getByRole('row', { name: 'queue-full' }).getByText('17').waitFor();
      await page.getByRole('row', { name: 'FILESERVER' }).waitFor();
      await page.getByText('4 % of what is said to all is lost').waitFor();
      await expectAccessible(page);
      await screenshot(page, `dashboard-8-office-${colorScheme}`);
    }
  });

  test('cannot be read by a page of another origin, nor under another name', async () => {
    const control = await Control.start('tanks');
    const evil = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<title>evil</title>');
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void evil.close());
    await until(() => evil.listening);
    const page = await open(browser, `http://127.0.0.1:${(evil.address() as AddressInfo).port}/`);
    onTestFinished(() => page.context().close());
    const { origin, hash, port } = new URL(control.url);
    // It has even got hold of the token.
    const stream = await page.evaluate(`new Promise((resolve) => {
      const events = new EventSource('${origin}/state?token=${hash.slice(1)}');
      events.addEventListener('message', () => resolve('read'));
      events.addEventListener('error', () => resolve('failed'));
    })`);
    expect(stream).toBe('failed');
    const statusWith = async (headers: Record<string, string>): Promise<number> => {
      const { request } = await import('node:http');
      return new Promise((resolve, reject) => {
        const asked = request(
          { host: '127.0.0.1', port, path: '/', headers, agent: false },
          (answer) => {
            answer.destroy();
            resolve(answer.statusCode!);
          },
        );
        asked.on('error', reject).end();
      });
    };
    expect(await statusWith({ origin: 'http://evil.example' })).toBe(403);
    expect(await statusWith({ host: `evil.example:${port}` })).toBe(421);
    expect(await statusWith({})).toBe(200);
  });
});
