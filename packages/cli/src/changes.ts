/** What is different between two lists. */

export type Change = 'up' | 'update' | 'down';

/** By name: who has gone, and then who has come or is not as before. Entries are compared by what they are as JSON. */
export function* changesBetween<Entry>(
  before: ReadonlyMap<string, Entry>,
  after: ReadonlyMap<string, Entry>,
): IterableIterator<[Change, Entry]> {
  for (const [name, entry] of before) if (!after.has(name)) yield ['down', entry];
  for (const [name, entry] of after) {
    const known = before.get(name);
    if (known === undefined) yield ['up', entry];
    else if (JSON.stringify(known) !== JSON.stringify(entry)) yield ['update', entry];
  }
}
