/** A program that looks for domain controllers, or says that it is one. */

import { joinNetwork } from '@mailslot/core';
import { netbios } from '@mailslot/core/netbios';
import { answerLogonRequests, findDomainControllers } from '@mailslot/services';

import { serve } from '../../support/remote-service.ts';

export interface MemberOptions {
  readonly computerName: string;
  readonly domain: string;
}

export type MemberActions = Awaited<ReturnType<typeof actions>>;

async function actions(options: MemberOptions) {
  const network = await joinNetwork({ ...options, transports: [netbios()] });
  return {
    find: (domain?: string, userName?: string) =>
      findDomainControllers(network, domain, userName === undefined ? {} : { userName }),
    async control(domain: string, known: string) {
      await answerLogonRequests(network, { domain, knows: (userName) => userName === known });
    },
  };
}

serve(actions);
