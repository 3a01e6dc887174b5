/** How a peer fared, as a bar that ends now. */

import type { PicturedPeer } from '../dashboard/picture.ts';
import { svg } from './dom.ts';
import { age, stateWord } from './words.ts';

const WIDTH = 300;
const HEIGHT = 16;

/** What is shorter is drawn so wide, or nobody would see it. */
const WIDTH_MIN = 2;

export function timeline({ spans, name }: PicturedPeer, now: number, windowMs: number): SVGElement {
  const start = now - windowMs;
  const bars = spans.map(({ state, since }, at) => {
    const until = spans[at + 1]?.since ?? now;
    const x = (Math.max(0, since - start) / windowMs) * WIDTH;
    const end = (Math.max(0, until - start) / windowMs) * WIDTH;
    const width = Math.max(WIDTH_MIN, end - x);
    const isLow = state !== 'up';
    const height = isLow ? HEIGHT / 2 : HEIGHT;
    return svg('rect', { x, y: HEIGHT - height, width, height, class: state });
  });
  const words = spans.map(
    ({ state, since }) => `${stateWord(state)} since ${age(now - since)} ago`,
  );
  return svg(
    'svg',
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: 'none',
      class: 'timeline',
      role: 'img',
      'aria-label': `${name}: ${words.join(', then ')}`,
    },
    ...bars,
  );
}
