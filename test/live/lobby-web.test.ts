/** The web lobby as people use it: a program and a real browser for each player, meeting on the loopback interface. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { udp } from '@mailslot/core';
import { createIdentity, discover, presets } from '@mailslot/discovery';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import {
  expectAccessible,
  hasChromium,
  launchChromium,
  open,
  REBOUND_NAME,
  screenshot,
} from '../support/chromium.ts';
import { until } from '../support/real-time.ts';
import { type LobbyPlayer, LobbyTown, playAll } from '../support/web-lobby.ts';

/** What `presets.lobby()` promises of a crash, and what a busy machine may add until a page shows it. */
const CRASH_MS_MAX = 1000 + 500;

let browser: Browser;

function trio(town: LobbyTown): Promise<[LobbyPlayer, LobbyPlayer, LobbyPlayer]> {
  return Promise.all([town.player('Ann'), town.player('Bob'), town.player('Cleo')]);
}

describe.runIf(hasChromium)('the web lobby', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    browser = await launchChromium();
  }, 60_000);

  afterAll(() => browser?.close());

  test('shows rooms as they open, fill and vanish, and a game from its first move to a rematch', async () => {
    const town = new LobbyTown(browser);
    const [ann, bob, cleo] = await trio(town);
    await screenshot(cleo.page, '1-no-rooms');

    await ann.host('Dunes');
    await Promise.all(
      [bob, cleo].map((player) => player.seesRooms('Dunes: Ann waits for somebody')),
    );
    await screenshot(cleo.page, '2-a-room');
    await bob.join('Dunes');
    await ann.sees('You begin.');
    await bob.sees('Ann begins.');
    await cleo.seesRooms('Dunes: Ann and Bob');
    expect(await cleo.page.getByRole('button', { name: 'Join' }).count()).toBe(0);
    await screenshot(cleo.page, '3-full');

    await bob.page.getByLabel('Say something').fill('Good luck! <b>not bold</b>');
    await bob.page.keyboard.press('Enter');
    await ann.page.getByRole('log').getByText('Good luck! <b>not bold</b>').waitFor();
    await playAll([ann, bob], [4, 4, 3, 5, 3, 3]);
    await ann.sees('Your turn: Bob played column 3.');
    await screenshot(ann.page, '4-playing');
    await playAll([ann, bob], [5, 4, 4, 5, 4, 4, 5, 5, 5, 2, 3, 2, 2]);
    await ann.sees('You win!');
    await bob.sees('Ann wins.');
    for (const { page } of [ann, bob]) expect(await page.locator('.cell.won').count()).toBe(4);
    await expectAccessible(bob.page);
    await screenshot(bob.page, '5-over');

    await ann.page.getByRole('button', { name: 'Play again' }).click();
    await bob.sees('Ann wants another round.');
    await bob.page.getByRole('button', { name: 'Play again' }).click();
    await bob.sees('You begin.');
    await ann.sees('Bob begins.');
    expect(await ann.discs()).toBe(0);
  });

  test('takes a room off all lists when its host is killed, and goes on when the host is back', async () => {
    const town = new LobbyTown(browser);
    const [ann, bob, cleo] = await trio(town);
    await ann.host('Dunes');
    await bob.seesRooms('Dunes: Ann waits for somebody');
    await bob.join('Dunes');
    await ann.sees('You begin.');
    await playAll([ann, bob], [4, 4, 3]);
    await cleo.seesRooms('Dunes: Ann and Bob');

    const start = performance.now();
    ann.program.signal('SIGKILL');
    await Promise.all([bob, cleo].map((player) => player.seesRooms()));
    const tookMs = performance.now() - start;
    console.log(`A killed host was off both other pages after ${Math.round(tookMs)} ms.`);
    expect(tookMs).toBeLessThan(CRASH_MS_MAX);
    await bob.sees('Ann is away; the seat is kept.');
    await ann.page.getByText('Your program does not answer.').waitFor();
    await screenshot(bob.page, '6-away');
    await bob.play(5);

    const again = await town.player('Ann');
    await again.sees('Your turn: Bob played column 5.');
    await bob.sees('Ann’s turn.');
    expect([await again.discs(), await bob.discs()]).toEqual([4, 4]);
    await cleo.seesRooms('Dunes: Ann and Bob');
  });

  test.each(['light', 'dark'] as const)(
    'can be used without a mouse and by ear, %s',
    async (colorScheme) => {
      const town = new LobbyTown(browser);
      const ann = await town.player('Ann', { colorScheme });
      const bob = await town.player('Bob', {
        colorScheme,
        viewport: { width: 390, height: 844 },
      });
      await expectAccessible(ann.page);
      const { keyboard } = ann.page;
      await ann.page.getByLabel('Open a room').focus();
      await keyboard.type('Dunes');
      await keyboard.press('Enter');
      await ann.sees('Waiting for a guest');
      await bob.seesRooms('Dunes: Ann waits for somebody');
      await bob.page.getByRole('button', { name: 'Join Dunes, opened by Ann' }).press('Enter');
      await ann.sees('You begin.');
      await ann.page.getByRole('button', { name: 'Column 1, empty' }).focus();
      await keyboard.press('ArrowRight');
      await keyboard.press('4');
      await keyboard.press('Enter');
      await ann.page.getByRole('button', { name: 'Column 4, from the bottom: Ann' }).waitFor();
      await bob.sees('Your turn: Ann played column 4.');
      await bob.page.getByLabel('Say something').fill('Nice one.');
      await bob.page.keyboard.press('Enter');
      await ann.page.getByRole('log').getByText('Nice one.').waitFor();
      for (const { page } of [ann, bob]) await expectAccessible(page);
      await screenshot(ann.page, `7-${colorScheme}`);
      await screenshot(bob.page, `8-${colorScheme}-narrow`);
    },
  );

  test('shows names and titles of others as text, whatever they are', async () => {
    const town = new LobbyTown(browser);
    const mallory = await town.player('<img src=x onerror=alert(1)>');
    const ann = await town.player('Ann');
    const alarms: string[] = [];
    ann.page.on('dialog', (dialog) => void alarms.push(dialog.message()));
    // What the name would load if it were markup.
    ann.page.on('request', (request) => {
      if (request.url().endsWith('/x')) alarms.push(request.url());
    });
    await mallory.host('"><script>alert(2)</script>');
    await ann.seesRooms(
      '"><script>alert(2)</script>: <img src=x onerror=alert(1)> waits for somebody',
    );
    expect(await ann.page.locator('.room img, .room script').count()).toBe(0);
    expect(alarms).toEqual([]);
  });

  test('shows what a modified program announces as unknown, and refuses what it plays', async () => {
    const town = new LobbyTown(browser);
    const ann = await town.player('Ann');
    await ann.host('Dunes');
    const transports = [udp({ interfaces: ['loopback'], port: Number(town.port) })];
    const mallory = await discover('connect-four', {
      name: 'Mallory',
      identity: createIdentity(),
      info: { type: 'player', room: { title: 'Win a prize', seats: -1 }, at: null },
      tuning: presets.lobby(),
      transports,
    });
    onTestFinished(() => mallory.close());
    const unknown = 'Unknown room: Mallory announces what cannot be read, or cannot be true';
    await ann.seesRooms('Dunes: Ann waits for somebody', unknown);
    await screenshot(ann.page, '9-unknown');

    const [peer] = await mallory.waitFor(1);
    const { room } = peer!.info as { room: { id: string } };
    const at = { host: peer!.key, room: room.id, sitting: 's' };
    await mallory.update({ type: 'player', room: null, at });
    await ann.sees('You begin.');
    // It is not her turn, and her second disc would come before Ann's first.
    const disc = { seen: 0, act: { type: 'drop', column: 3 } };
    const letter = { sitting: 's', from: 0, entries: [disc, disc], acknowledged: 0 };
    await mallory.send(peer!, JSON.stringify(letter));
    await ann.sees('Mallory’s program did what the rules forbid.');
    expect(await ann.discs()).toBe(0);
  });

  test('cannot be driven, nor read, by a page of another origin', async () => {
    const town = new LobbyTown(browser);
    const ann = await town.player('Ann');
    const evil = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<title>evil</title>');
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void evil.close());
    await until(() => evil.listening);
    const page = await open(browser, `http://127.0.0.1:${(evil.address() as AddressInfo).port}/`);
    onTestFinished(() => page.context().close());
    const { origin, hash } = new URL(ann.url);
    // It has even got hold of the token.
    const token = hash.slice(1);
    const tries = await page.evaluate(
      async ([origin, token]) => {
        const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
        const body = JSON.stringify({ type: 'host', title: 'Trap' });
        const command = (init: RequestInit): Promise<string> =>
          fetch(`${origin}/command`, { method: 'POST', body, ...init }).then(
            ({ type, status }) => `${type} ${status}`,
            () => 'failed',
          );
        const stream = new Promise<string>((resolve) => {
          const events = new EventSource(`${origin}/state?token=${token}`);
          events.addEventListener('message', () => resolve('read'));
          events.addEventListener('error', () => resolve('failed'));
        });
        return Promise.all([command({ headers }), command({ mode: 'no-cors' }), stream]);
      },
      [origin, token],
    );
    expect(tries).toEqual(['failed', 'failed', 'failed']);
    await ann.host('Mine');
    await ann.seesRooms('Mine: Ann waits for somebody');
  });

  test('does not answer to a name that was made to lead to it', async () => {
    const ann = await new LobbyTown(browser).player('Ann');
    const { port, hash } = new URL(ann.url);
    const page = await ann.page.context().newPage();
    const answer = await page.goto(`http://${REBOUND_NAME}:${port}/${hash}`);
    expect(answer!.status()).toBe(421);
  });
});
