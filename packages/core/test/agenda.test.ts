import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Agenda, type Entry } from '@mailslot/core/internal';

function drain(agenda: Agenda<string>, now = Infinity): string[] {
  const items: string[] = [];
  for (let due = agenda.takeDue(now); due; due = agenda.takeDue(now)) items.push(due.item);
  return items;
}

describe('an agenda', () => {
  test('gives out what is due by now, earliest first, and nothing later', () => {
    const agenda = new Agenda<string>();
    for (const at of [30, 10, 20]) agenda.add(at, `at ${at}`);
    expect(agenda.nextAt).toBe(10);
    expect(drain(agenda, 9)).toEqual([]);
    expect(drain(agenda, 20)).toEqual(['at 10', 'at 20']);
    expect(agenda).toMatchObject({ size: 1, nextAt: 30 });
  });

  test('serves in the order of arrival what is due at the same time', () => {
    const agenda = new Agenda<string>();
    for (const item of ['a', 'b', 'c', 'd', 'e']) agenda.add(5, item);
    expect(drain(agenda)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('is never due when it is empty', () => {
    const agenda = new Agenda<string>();
    expect(agenda.nextAt).toBe(Infinity);
    expect(agenda.takeDue(Infinity)).toBeUndefined();
  });

  test('forgets what is cancelled; cancelling what has left does nothing', () => {
    const agenda = new Agenda<string>();
    const [first, second] = [agenda.add(1, 'first'), agenda.add(2, 'second')];
    agenda.cancel(first);
    agenda.cancel(first);
    expect(agenda.takeDue(2)).toBe(second);
    agenda.add(3, 'third');
    agenda.cancel(second);
    expect(drain(agenda)).toEqual(['third']);
  });

  test('an entry of a cleared agenda cancels nothing that came after', () => {
    const agenda = new Agenda<string>();
    const old = agenda.add(1, 'old');
    agenda.clear();
    agenda.add(1, 'new');
    agenda.cancel(old);
    expect(drain(agenda)).toEqual(['new']);
  });
});

/** Mostly additions, so that the heap grows some levels deep. */
const action = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('add' as const), at: fc.nat(100) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('take' as const), now: fc.nat(100) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('cancel' as const), which: fc.nat() }),
  },
);

test('it behaves as a list kept sorted', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200, size: 'max' }), (actions) => {
      const agenda = new Agenda<number>();
      const everAdded: Entry<number>[] = [];
      let model: Entry<number>[] = [];
      for (const each of actions) {
        let due: Entry<number> | undefined;
        let taken: Entry<number> | undefined;
        if (each.kind === 'add') {
          const entry = agenda.add(each.at, everAdded.length);
          everAdded.push(entry);
          model.push(entry);
          model.sort((a, b) => a.at - b.at || a.item - b.item);
        } else if (each.kind === 'take') {
          if (model[0] !== undefined && model[0].at <= each.now) due = model.shift();
          taken = agenda.takeDue(each.now);
        } else if (everAdded.length > 0) {
          const entry = everAdded[each.which % everAdded.length]!;
          agenda.cancel(entry);
          model = model.filter((other) => other !== entry);
        }
        expect(taken).toBe(due);
        expect(agenda.size).toBe(model.length);
        expect(agenda.nextAt).toBe(model[0]?.at ?? Infinity);
      }
    }),
  );
});
