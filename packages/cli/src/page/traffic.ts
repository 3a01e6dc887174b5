/** Datagrams a second, as a curve for each transport; and what was dropped, with reasons. */

import type { Picture, PicturedTraffic } from '../dashboard/picture.ts';
import { html, svg } from './dom.ts';
import { dropWords } from './words.ts';

const WIDTH = 600;
const HEIGHT = 120;

/** Below that a curve would make a mountain of single datagrams. */
const SCALE_MIN = 10;

/** So many seconds are averaged for the number beside a curve. */
const RATE_SECONDS = 5;

export function trafficCharts({ traffic, windowMs }: Picture): HTMLElement[] {
  const all = Math.max(
    SCALE_MIN,
    ...traffic.flatMap(({ received, sent }) => [...received, ...sent]),
  );
  return traffic.map((one) => {
    const received = rateOf(one.received);
    const sent = rateOf(one.sent);
    const words = `${one.transport}: ${received} received and ${sent} sent a second`;
    return html(
      'figure',
      { class: 'traffic' },
      html(
        'figcaption',
        {},
        html('b', {}, one.transport),
        html('span', { class: 'received' }, `${received} received`),
        html('span', { class: 'sent' }, `${sent} sent`),
        html('span', { class: 'scale' }, `top: ${all} a second`),
      ),
      svg(
        'svg',
        {
          viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
          preserveAspectRatio: 'none',
          role: 'img',
          'aria-label': words,
        },
        svg('path', { d: curve(one.received, all, windowMs, true), class: 'area' }),
        svg('path', { d: curve(one.received, all, windowMs, false), class: 'received' }),
        svg('path', { d: curve(one.sent, all, windowMs, false), class: 'sent' }),
      ),
    );
  });
}

/** Of all transports together. */
export function totalRate(traffic: readonly PicturedTraffic[]): number {
  const rates = traffic.map(({ received, sent }) => rateOf(received) + rateOf(sent));
  return Math.round(rates.reduce((sum, rate) => sum + rate, 0) * 10) / 10;
}

function rateOf(samples: readonly number[]): number {
  const recent = samples.slice(-RATE_SECONDS);
  const sum = recent.reduce((all, sample) => all + sample, 0);
  return recent.length === 0 ? 0 : Math.round((sum / recent.length) * 10) / 10;
}

/** The newest sample at the right; `closed` down to the bottom. */
function curve(samples: readonly number[], top: number, windowMs: number, closed: boolean): string {
  const step = WIDTH / (windowMs / 1000 - 1);
  const start = WIDTH - (samples.length - 1) * step;
  const points = samples.map((sample, at) => {
    const y = HEIGHT - 2 - (sample / top) * (HEIGHT - 8);
    return `${(start + at * step).toFixed(1)},${y.toFixed(1)}`;
  });
  if (points.length === 0) return 'M0,0';
  const line = `M${points.join('L')}`;
  return closed ? `${line}L${WIDTH},${HEIGHT}L${start.toFixed(1)},${HEIGHT}Z` : line;
}

interface Drop {
  readonly layer: string;
  readonly reason: string;
  readonly count: number;
  readonly meaning: string;
  readonly isLoss: boolean;
}

export function dropsOf({ traffic, services }: Picture): readonly Drop[] {
  const layers = [
    ...traffic.map(({ transport, drops }) => [transport, drops] as const),
    ...services.map(({ id, name, drops }) => [name ?? `service ${id}`, drops] as const),
  ];
  return layers
    .flatMap(([layer, drops]) =>
      Object.entries(drops).map(([reason, count]) => ({
        layer,
        reason,
        count,
        ...dropWords(reason),
      })),
    )
    .toSorted((a, b) => Number(b.isLoss) - Number(a.isLoss) || b.count - a.count);
}

export function dropTables(drops: readonly Drop[]): HTMLElement[] {
  const lost = drops.filter(({ isLoss }) => isLoss);
  const others = drops.filter(({ isLoss }) => !isLoss);
  const none = html('p', { class: 'good' }, 'Nothing was lost.');
  return [
    lost.length > 0 ? dropTable('Lost or refused', lost) : none,
    ...(others.length > 0 ? [dropTable('Not for this program, and no loss', others)] : []),
  ];
}

function dropTable(title: string, drops: readonly Drop[]): HTMLElement {
  const most = Math.max(...drops.map(({ count }) => count));
  const rows = drops.map(({ layer, reason, count, meaning }) => {
    const bar = svg(
      'svg',
      {
        viewBox: '0 0 100 8',
        preserveAspectRatio: 'none',
        class: 'drop-bar',
        'aria-hidden': 'true',
      },
      svg('rect', { width: (count / most) * 100, height: 8 }),
    );
    return html(
      'tr',
      {},
      html('th', { scope: 'row' }, reason),
      html('td', { class: 'count' }, count.toLocaleString('en')),
      html('td', { class: 'meaning' }, bar, `${meaning} (${layer})`),
    );
  });
  return html('table', { class: 'drops' }, html('caption', {}, title), html('tbody', {}, ...rows));
}
