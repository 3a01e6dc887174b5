import { Agenda } from '@mailslot/core/internal';
import { describe, expect, test } from 'vitest';

import type { Task } from '../src/browser/alarm.ts';
import {
  type Announced,
  KNOWN_MAX,
  NAMES_PER_ADDRESS_MAX,
  NEWCOMERS_MAX,
  PERIOD_MS_MAX,
  Roster,
} from '../src/browser/roster.ts';

const MINUTE_MS = 60_000;

class Scene {
  readonly agenda = new Agenda<Task>();
  readonly roster: Roster;
  changes = 0;
  now = 1;

  constructor(verifySources = true) {
    const changed = (): void => void this.changes++;
    this.roster = new Roster({ agenda: this.agenda, verifySources, changed });
  }

  hear(name: string, announced: Partial<Announced> = {}): void {
    const usual = {
      address: '10.0.0.1',
      serverType: 0x1003,
      version: { major: 6, minor: 1 },
      comment: '',
      periodMs: MINUTE_MS,
    };
    this.roster.hear({ name, ...usual, ...announced }, this.now);
  }

  pass(ms: number): void {
    this.now += ms;
    for (let due = this.agenda.takeDue(this.now); due; due = this.agenda.takeDue(this.now)) {
      due.item(this.now);
    }
  }

  get names(): string[] {
    return Array.from(this.roster.entries(), ({ name }) => name).toSorted();
  }
}

describe('a host', () => {
  test('is listed for three of its periods', () => {
    const scene = new Scene();
    scene.hear('ANN');
    scene.pass(3 * MINUTE_MS - 1);
    expect(scene.names).toEqual(['ANN']);
    scene.pass(1);
    expect(scene.names).toEqual([]);
    expect(scene.changes).toBe(2);
  });

  test('counts anew with every announcement, by the period that it tells', () => {
    const scene = new Scene();
    scene.hear('ANN');
    scene.pass(2 * MINUTE_MS);
    scene.hear('ANN', { periodMs: 2 * MINUTE_MS });
    scene.pass(6 * MINUTE_MS - 1);
    expect(scene.names).toEqual(['ANN']);
    scene.pass(1);
    expect(scene.names).toEqual([]);
  });

  test.each([0, PERIOD_MS_MAX + 1, 0xffff_ffff])(
    'that names a period of %i ms is listed for three of the longest',
    (periodMs) => {
      const scene = new Scene();
      scene.hear('ANN', { periodMs });
      scene.pass(3 * PERIOD_MS_MAX - 1);
      expect(scene.names).toEqual(['ANN']);
      scene.pass(1);
      expect(scene.names).toEqual([]);
    },
  );

  test('is a change only when it says something new', () => {
    const scene = new Scene();
    scene.hear('ANN');
    scene.hear('ANN', { periodMs: 2 * MINUTE_MS });
    expect(scene.changes).toBe(1);
    scene.hear('ANN', { comment: 'new' });
    expect(scene.changes).toBe(2);
  });

  test('leaves at once, if it says so itself', () => {
    const scene = new Scene();
    scene.hear('ANN');
    scene.roster.leave('ANN', '10.0.0.66');
    expect(scene.names).toEqual(['ANN']);
    scene.roster.leave('ANN', '10.0.0.1');
    expect(scene.names).toEqual([]);
  });

  test('leaves by anyone’s word where sources are not verified', () => {
    const scene = new Scene(false);
    scene.hear('ANN');
    scene.roster.leave('ANN', '10.0.0.66');
    expect(scene.names).toEqual([]);
  });

  test('is not replaced by another of its name while it speaks', () => {
    const scene = new Scene();
    scene.hear('ANN', { comment: 'real' });
    scene.pass(MINUTE_MS);
    scene.hear('ANN', { comment: 'forged', address: '10.0.0.66' });
    expect(scene.roster.get('ANN')).toMatchObject({ comment: 'real', address: '10.0.0.1' });
    // It has another address now.
    scene.pass(MINUTE_MS);
    scene.hear('ANN', { comment: 'moved', address: '10.0.0.2' });
    expect(scene.roster.get('ANN')).toMatchObject({ comment: 'moved', address: '10.0.0.2' });
  });
});

describe('forged hosts', () => {
  test('from one address are so many and no more, until it lets others go', () => {
    const scene = new Scene();
    for (let index = 0; index < NAMES_PER_ADDRESS_MAX + 1; index++) scene.hear(`F${index}`);
    expect(scene.roster.size).toBe(NAMES_PER_ADDRESS_MAX);
    expect(scene.roster.get(`F${NAMES_PER_ADDRESS_MAX}`)).toBeUndefined();
    scene.roster.leave('F0', '10.0.0.1');
    scene.hear('G');
    expect(scene.roster.get('G')).toBeDefined();
  });

  test('from everywhere push out each other, not who was there before', () => {
    const scene = new Scene();
    for (let host = 0; host < 100; host++) scene.hear(`PC-${host}`, { address: `10.0.1.${host}` });
    scene.pass(MINUTE_MS);
    for (let host = 0; host < 100; host++) scene.hear(`PC-${host}`, { address: `10.0.1.${host}` });
    for (let index = 0; index < 10_000; index++) scene.hear(`F${index}`, { address: `a${index}` });
    expect(scene.roster.size).toBe(100 + NEWCOMERS_MAX);
    expect(scene.names.filter((name) => name.startsWith('PC-'))).toHaveLength(100);
    expect(scene.agenda.size).toBe(scene.roster.size);
    scene.pass(3 * MINUTE_MS);
    expect(scene.roster.size).toBe(0);
    expect(scene.agenda.size).toBe(0);
  });

  test('that stay are so many and no more', () => {
    const scene = new Scene();
    const hear = (index: number): void => scene.hear(`F${index}`, { address: `a${index}` });
    for (let index = 0; index < KNOWN_MAX + 1; index++) {
      hear(index);
      scene.pass(MINUTE_MS / KNOWN_MAX);
      if (index >= 512) hear(index - 512);
      if (index % 512 === 0) scene.pass(0);
    }
    for (let index = KNOWN_MAX - 511; index < KNOWN_MAX + 1; index++) {
      scene.pass(MINUTE_MS / KNOWN_MAX);
      hear(index);
    }
    expect(scene.roster.size).toBeLessThanOrEqual(KNOWN_MAX + NEWCOMERS_MAX);
    expect(scene.agenda.size).toBe(scene.roster.size);
  });
});
