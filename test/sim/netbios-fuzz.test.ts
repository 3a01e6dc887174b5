/** Whatever comes at the ports of NetBIOS: nothing is thrown, little is answered, and the station gets over it. */

import { expect, test } from 'vitest';

import { fuzzNetbios } from '../support/netbios-fuzz.ts';
import { fuzzServices } from '../support/service-fuzz.ts';
import { fuzzSessionClients, fuzzSessionServers } from '../support/session-fuzz.ts';

test.each([1, 2, 3, 4])('the classic transport takes any packet, with seed %i', async (seed) => {
  const { inputs, messages, malformed } = await fuzzNetbios(seed, 10_000);
  expect(malformed).toBeGreaterThan(inputs / 20);
  expect(messages).toBeGreaterThan(inputs / 100);
});

test.each([1, 2])('the answering ends of sessions take any packet, with seed %i', (seed) => {
  const { sessions, broken, answers } = fuzzSessionServers(seed, 10_000);
  expect(broken).toBeGreaterThan(sessions / 5);
  expect(broken).toBeLessThan(sessions);
  expect(answers).toBeGreaterThan(sessions);
});

test.each([1, 2])('the asking ends of sessions take any answer, with seed %i', (seed) => {
  const { sessions, broken, answers } = fuzzSessionClients(seed, 10_000);
  expect(broken).toBeGreaterThan(sessions / 5);
  expect(broken).toBeLessThan(sessions);
  expect(answers).toBeGreaterThan(sessions);
});

test.each([1, 2])('what is said of services is read or refused, with seed %i', (seed) => {
  const { inputs, malformed } = fuzzServices(seed, 10_000);
  expect(malformed).toBeGreaterThan(inputs / 10);
  expect(malformed).toBeLessThan(inputs);
});
