import { expect, test } from 'vitest';

import { Signers } from '../src/presence/signers.ts';

const ann = new Uint8Array(32).fill(1);
const bob = new Uint8Array(32).fill(2);

test('the life of each identity is remembered by what its key says, whatever array holds that', () => {
  const signers = new Signers();
  signers.set(ann, 'first');
  signers.set(bob, 'other');
  expect(signers.get(ann.slice())).toBe('first');
  expect(signers.get(bob)).toBe('other');
  expect(signers.get(new Uint8Array(32))).toBeUndefined();
});

test('the next life takes the place of the one before', () => {
  const signers = new Signers();
  signers.set(ann, 'first');
  signers.set(ann, 'second');
  expect(signers.get(ann)).toBe('second');
});

test('a life that has ended is forgotten, but not the one after it', () => {
  const signers = new Signers();
  signers.set(ann, 'first');
  signers.set(ann, 'second');
  signers.delete(ann, 'first');
  expect(signers.get(ann)).toBe('second');
  signers.delete(ann, 'second');
  expect(signers.get(ann)).toBeUndefined();
});
