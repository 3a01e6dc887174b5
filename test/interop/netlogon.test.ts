/** Domain controllers are found where Samba is one, as Windows NT knew them. */

import { expect, test } from 'vitest';

import { RemoteProgram } from '../support/remote-program.ts';
import { needsSamba, SambaLan, WORKGROUP } from '../support/samba.ts';
import type { MemberActions, MemberOptions } from './children/domain-member.ts';

const SCRIPT = new URL('children/domain-member.ts', import.meta.url);

/** Where nmbd is a controller of a domain of Windows NT. */
const CONTROLLER = {
  'server role': 'classic primary domain controller',
  'preferred master': 'yes',
};

const able = needsSamba();

test.runIf(able)('Samba’s domain controllers answer; other hosts do not', async () => {
  await using lan = new SambaLan();
  const controller = await lan.samba({ name: 'DC1', config: CONTROLLER });
  await lan.samba({ name: 'FILES' });
  const options: MemberOptions = { computerName: 'ANN-PC', domain: WORKGROUP };
  const member = await RemoteProgram.start<MemberActions>(SCRIPT, options, (await lan.host()).host);
  try {
    await expect
      .poll(() => member.call('find'), { timeout: 60_000, interval: 500 })
      .toEqual([
        {
          name: 'DC1',
          domain: WORKGROUP,
          address: controller.address,
          outcome: 'logon',
          dnsDomain: '',
          dnsHost: '',
          site: '',
        },
      ]);
    expect(await member.call('find', 'NOWHERE')).toEqual([]);
  } finally {
    await member.kill();
  }
});

test.runIf(able)(
  'ours answer as well, whether they know an account, and Samba finds them',
  async () => {
    await using lan = new SambaLan();
    const asker = await lan.samba({ name: 'FILES' });
    const start = async (computerName: string): Promise<RemoteProgram<MemberActions>> => {
      const options: MemberOptions = { computerName, domain: WORKGROUP };
      return RemoteProgram.start<MemberActions>(SCRIPT, options, (await lan.host()).host);
    };
    await using controller = await start('DC2');
    await using member = await start('ANN-PC');
    await controller.call('control', 'OFFICE', 'ANN-PC$');
    const found = { name: 'DC2', domain: 'OFFICE' };
    expect(await member.call('find', 'OFFICE')).toMatchObject([{ ...found, outcome: 'logon' }]);
    expect(await member.call('find', 'OFFICE', 'BOB$')).toMatchObject([
      { ...found, outcome: 'unknown-user' },
    ]);
    expect(await asker.run('net', 'lookup', 'dsgetdcname', 'OFFICE')).toMatch(/DC2/);
  },
);
