/** What calls end in, for tests. */

import { expect } from 'vitest';

import { type Mailslot, MailslotError, type MailslotErrorCode } from '@mailslot/core';

/** The code of the MailslotError that a call ends in. Whatever it is, its message is a sentence that helps. */
export async function codeOf(call: () => unknown): Promise<MailslotErrorCode> {
  const error = await failureOf(call);
  expect(error.message.length).toBeGreaterThan(20);
  expect(error.message).toMatch(/\.$/);
  expect(error.errno).toBeGreaterThan(0);
  return error.code;
}

async function failureOf(call: () => unknown): Promise<MailslotError> {
  try {
    await call();
  } catch (error) {
    if (error instanceof MailslotError) return error;
    throw error;
  }
  throw new Error('The call succeeded.');
}

/** Takes every message that waits in a slot, as text. */
export async function takeAll(slot: Mailslot): Promise<string[]> {
  const texts: string[] = [];
  while (slot.info().messageCount > 0) texts.push((await slot.read()).text());
  return texts;
}

/** What became uncaught exceptions during a call and the turn of the event loop after it. */
export async function uncaughtDuring(call: () => unknown): Promise<unknown[]> {
  const uncaught: unknown[] = [];
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => uncaught.push(error));
  try {
    await call();
    await new Promise((resolve) => void setImmediate(resolve));
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const other of others) process.on('uncaughtException', other);
  }
  return uncaught;
}
