/** The lab itself: that Samba is really there, and really gone afterwards. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { needsSamba, runOn, SambaLan, WORKGROUP } from '../support/samba.ts';

const able = needsSamba();

describe.runIf(able)('a LAN with Samba', () => {
  let lan: SambaLan;
  beforeEach(() => {
    lan = new SambaLan();
  });
  afterEach(() => lan[Symbol.asyncDispose]());

  test('has hosts that find one another by name', async () => {
    const [ann, bob] = [await lan.samba({ name: 'ANN-PC' }), await lan.samba({ name: 'BOB-PC' })];
    expect(await bob.run('nmblookup', '-B', lan.broadcastAddress, 'ANN-PC')).toContain(
      `${ann.address} ANN-PC<00>`,
    );
    expect(await ann.run('nmblookup', '-A', bob.address)).toMatch(
      new RegExp(`${WORKGROUP} +<00> - <GROUP>`),
    );
  });

  test('leaves nothing behind when a host is stopped', async () => {
    const ann = await lan.samba({ smbd: true });
    const processes = (): string => ann.host.run('sh', '-c', `ip netns pids ${ann.host.name}`);
    await ann.stop();
    const other = await lan.host();
    expect(await runOn(other.host, 'nmblookup', '-A', ann.address)).toContain('No reply');
    // The shell and the program that asks are the only ones.
    expect(processes().trim().split('\n').length).toBeLessThanOrEqual(2);
  });
});
