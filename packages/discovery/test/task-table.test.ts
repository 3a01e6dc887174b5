import { Agenda } from '@mailslot/core/internal';
import { describe, expect, test } from 'vitest';

import { type Task, TaskTable } from '../src/presence/task-table.ts';

function run(agenda: Agenda<Task>, now: number): void {
  for (let due = agenda.takeDue(now); due; due = agenda.takeDue(now)) due.item(now);
}

function nothing(): void {}

describe('a task table', () => {
  test('runs a task once, when it is due, and is then free for the key', () => {
    const agenda = new Agenda<Task>();
    const table = new TaskTable(agenda, 1);
    const ran: string[] = [];
    expect(table.schedule('a', 10, (now) => ran.push(`a at ${now}`))).toBe(true);
    run(agenda, 9);
    expect(table.has('a')).toBe(true);
    run(agenda, 12);
    run(agenda, 20);
    expect(ran).toEqual(['a at 12']);
    expect(table.has('a')).toBe(false);
  });

  test('puts a new task in place of the one with the same key', () => {
    const agenda = new Agenda<Task>();
    const table = new TaskTable(agenda, 1);
    const ran: string[] = [];
    table.schedule('a', 10, () => ran.push('first'));
    expect(table.schedule('a', 20, () => ran.push('second'))).toBe(true);
    expect(agenda.size).toBe(1);
    run(agenda, 20);
    expect(ran).toEqual(['second']);
  });

  test('takes as many keys as its limit, and refuses one more', () => {
    const agenda = new Agenda<Task>();
    const table = new TaskTable(agenda, 2);
    expect(table.schedule('a', 1, nothing)).toBe(true);
    expect(table.schedule('b', 1, nothing)).toBe(true);
    expect(table.schedule('c', 1, nothing)).toBe(false);
    expect(agenda.size).toBe(2);
    table.cancel('a');
    expect(table.schedule('c', 1, nothing)).toBe(true);
  });

  test('leaves nothing on the agenda that was cancelled, and nothing of others is lost', () => {
    const agenda = new Agenda<Task>();
    const [table, other] = [new TaskTable(agenda, 9), new TaskTable(agenda, 9)];
    const ran: string[] = [];
    for (const key of ['a', 'b', 'c']) table.schedule(key, 1, () => ran.push(key));
    other.schedule('a', 1, () => ran.push('other'));
    table.cancel('b');
    table.cancel('nobody');
    table.clear();
    run(agenda, 1);
    expect(ran).toEqual(['other']);
  });

  test('lets a task plan the next one under its own key', () => {
    const agenda = new Agenda<Task>();
    const table = new TaskTable(agenda, 1);
    const ran: number[] = [];
    const again = (now: number): void => {
      ran.push(now);
      if (ran.length < 3) table.schedule('a', now + 10, again);
    };
    table.schedule('a', 10, again);
    for (const now of [10, 20, 30, 40]) run(agenda, now);
    expect(ran).toEqual([10, 20, 30]);
  });
});
