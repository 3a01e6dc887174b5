import { describe, expect, test } from 'vitest';

import { refuseForeign, refuseStranger } from '../src/gate.ts';

const PORT = 4711;

describe('a request', () => {
  test.each(['127.0.0.1:4711', 'localhost:4711', '[::1]:4711', '192.168.1.5:4711'])(
    'is heard if it names the server %s',
    (host) => expect(refuseForeign({ host }, PORT)).toBeUndefined(),
  );

  test.each([
    undefined,
    '',
    'evil.example:4711',
    '127.0.0.1.evil.example:4711',
    '127.0.0.1',
    '127.0.0.1:4712',
    '127.0.0.1:4711:4711',
    'localhost.:4711',
    '[evil.example]:4711',
  ])('is refused if it names the server %s', (host) => {
    expect(refuseForeign({ ...(host !== undefined && { host }) }, PORT)).toBe(421);
  });

  const host = `127.0.0.1:${PORT}`;

  test.each(['http://evil.example', 'null', 'https://127.0.0.1:4711', 'http://127.0.0.1:4712'])(
    'is refused if it comes from %s',
    (origin) => expect(refuseForeign({ host, origin }, PORT)).toBe(403),
  );

  test('is heard if it comes from the page itself', () => {
    const own = { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' };
    expect(refuseForeign(own, PORT)).toBeUndefined();
  });

  test.each(['cross-site', 'same-site'])('of a page that is %s is refused', (site) => {
    expect(refuseForeign({ host, 'sec-fetch-site': site }, PORT)).toBe(403);
  });

  test('is heard if somebody followed a link', () => {
    const link = { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' };
    expect(refuseForeign(link, PORT)).toBeUndefined();
  });
});

test('only the token itself is taken for it', () => {
  expect(refuseStranger('right', 'right')).toBeUndefined();
  for (const wrong of [undefined, null, '', 'Right', 'right ', 'righ']) {
    expect(refuseStranger(wrong, 'right')).toBe(401);
  }
});
