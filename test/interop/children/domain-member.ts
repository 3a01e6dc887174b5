/** A program that looks for domain controllers. */

import { joinNetwork } from '@mailslot/core';
import { netbios } from '@mailslot/core/netbios';
import { findDomainControllers } from '@mailslot/services';

import { serve } from '../../support/remote-service.ts';

export interface MemberOptions {
  readonly computerName: string;
  readonly domain: string;
}

export type MemberActions = Awaited<ReturnType<typeof actions>>;

async function actions(options: MemberOptions) {
  const network = await joinNetwork({ ...options, transports: [netbios()] });
  return { find: (domain?: string) => findDomainControllers(network, domain) };
}

serve(actions);
