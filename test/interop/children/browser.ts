/** A program that takes part as a browser on a classic network, and lists hosts. */

import { joinNetwork, type Network } from '@mailslot/core';
import { netbios, type NetbiosOptions } from '@mailslot/core/netbios';
import { netbiosOf, NetbiosName } from '@mailslot/core/netbios/internal';
import {
  type Browser,
  listHosts,
  startBrowser,
  type StartBrowserOptions,
} from '@mailslot/discovery/browser';

import { serve, tell } from '../../support/remote-service.ts';

export interface BrowserProgramOptions {
  readonly computerName: string;
  readonly domain: string;
  readonly netbios?: NetbiosOptions;
  /** Undefined: it takes no part, and only lists. */
  readonly browser?: StartBrowserOptions;
}

export type BrowserEvent =
  | { readonly what: 'role'; readonly role: string }
  | { readonly what: 'problem'; readonly message: string };

export type BrowserActions = ReturnType<typeof actions>;

function actions(network: Network, browser: Browser | undefined) {
  const transport = netbiosOf(network)!;
  return {
    role: () => browser?.role,
    hosts: () => browser?.hosts,
    domains: () => browser?.domains,
    masters: () => browser?.masters,
    list: (domain: string = network.domain) => listHosts(network, { domain }),
    update: (comment: string) => browser?.update({ comment }),
    owns: (name: string) =>
      transport.subnets.some(({ names }) => names.owns(NetbiosName.parse(name))),
    stats: () => browser?.stats(),
    closeBrowser: () => browser?.close(),
    close: () => network.close(),
  };
}

serve(async (options: BrowserProgramOptions) => {
  const { computerName, domain } = options;
  const transports = [netbios(options.netbios)];
  const network = await joinNetwork({ computerName, domain, transports });
  network.on('problem', ({ message }) => tell({ what: 'problem', message }));
  if (options.browser === undefined) return actions(network, undefined);
  const browser = await startBrowser(network, options.browser);
  browser.role$.subscribe((role) => tell({ what: 'role', role }));
  browser.problems$.subscribe(({ message }) => tell({ what: 'problem', message }));
  return actions(network, browser);
});
