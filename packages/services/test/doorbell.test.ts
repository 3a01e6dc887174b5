import { joinNetwork } from '@mailslot/core';
import { createDoorbell, ringDoorbell } from '@mailslot/services';
import { describe, expect, test } from 'vitest';

const BELL = '\\\\.\\mailslot\\53cb31a0\\UnimodemNotifyTSP';

describe('a doorbell', () => {
  test('pulls at the start, at each ring, and once for all rings that came meanwhile', async () => {
    await using network = await joinNetwork({ transports: [] });
    const pulls: number[][] = [];
    let finish: (() => void) | undefined;
    await using bell = await createDoorbell(network, BELL, {
      pull(contexts) {
        pulls.push([...contexts]);
        return new Promise<void>((resolve) => (finish = resolve));
      },
    });
    expect(pulls).toEqual([[]]);
    for (const context of [1, 2, 1, 4_294_967_295]) await ringDoorbell(network, BELL, context);
    await expect.poll(() => bell.stats().rings).toBe(4);
    expect(pulls).toHaveLength(1);
    finish?.();
    await expect.poll(() => pulls.length).toBe(2);
    expect(pulls[1]).toEqual([1, 2, 4_294_967_295]);
    finish?.();
    await ringDoorbell(network, BELL, 9);
    await expect.poll(() => pulls.at(-1)).toEqual([9]);
    finish?.();
  });

  test('takes nothing else for a ring', async () => {
    await using network = await joinNetwork({ transports: [] });
    await using bell = await createDoorbell(network, BELL, { pull() {} });
    for (const data of ['', 'ring', '\u0001\u0000\u0000\u0000']) await network.send(BELL, data);
    await expect.poll(() => bell.stats()).toEqual({ rings: 0, pulls: 1, foreign: 3 });
  });

  test('that nobody has hung up cannot be rung', async () => {
    await using network = await joinNetwork({ transports: [] });
    await expect(ringDoorbell(network, BELL)).rejects.toMatchObject({
      code: 'ERROR_FILE_NOT_FOUND',
    });
  });
});
