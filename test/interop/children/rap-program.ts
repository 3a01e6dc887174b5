/** A program that shows a browse list, or reads one, on a host of its own. */

import {
  type BrowseEntry,
  readBrowseList,
  type ReadBrowseListOptions,
  serveBrowseList,
} from '@mailslot/discovery/browser';

import { serve } from '../../support/remote-service.ts';

let servers: readonly BrowseEntry[] = [];

const actions = {
  async show(shown: {
    readonly computerName: string;
    readonly domain: string;
    readonly domains: readonly BrowseEntry[];
  }) {
    const { computerName, domain, domains } = shown;
    const standing = 'master' as const;
    const list = { domain, standing, servers: () => servers, domains: () => domains };
    await serveBrowseList({ list, computerName, host: '0.0.0.0' });
  },
  /** The hosts that are shown from now on. */
  list(hosts: readonly BrowseEntry[]) {
    servers = hosts;
  },
  read: (options: ReadBrowseListOptions) => readBrowseList(options),
};

export type RapActions = typeof actions;

serve(async () => actions);
