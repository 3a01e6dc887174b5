/**
 * The Browser protocol of Windows and Samba ([MS-BRWS]): Network Neighborhood. A browser announces this computer, takes
 * part in elections and holds the list of hosts; `listHosts()` asks whoever holds it.
 *
 * @example
 * ```ts
 * import { joinNetwork } from '@mailslot/core';
 * import { netbios } from '@mailslot/core/netbios';
 * import { listHosts, startBrowser } from '@mailslot/discovery/browser';
 *
 * const network = await joinNetwork({ domain: 'WORKGROUP', transports: [netbios()] });
 * console.log(await listHosts(network)); // what `net view` prints
 *
 * const browser = await startBrowser(network, { comment: "Ann's desk" });
 * browser.role$.subscribe((role) => console.log(role)); // potential, then perhaps local-master
 * ```
 *
 * Its frames, one page each, are in docs/frames; docs/browser.md says what it does when.
 *
 * @packageDocumentation
 */

export { Bridge, startBridge, type StartBridgeOptions } from './bridge/bridge.ts';
export type { GuestInfo } from './bridge/guise.ts';
export type { ShownPeer } from './bridge/showcase.ts';
export type {
  BrowseClient,
  BrowseEntry,
  BrowseList,
  BrowseQuery,
  BrowseVersion,
} from './browse-list.ts';
export { Browser, startBrowser, type StartBrowserOptions } from './browser.ts';
export type { BrowserDropReason, BrowserRole, BrowserStats } from './effects.ts';
export type { Domain, Host } from './host.ts';
export { listHosts, type ListHostsOptions } from './list-hosts.ts';
export type { Ambition, BrowserOptions } from './options.ts';
export type { BrowseListing } from './rap/rap-client.ts';
export {
  rapBrowseClient,
  readBrowseList,
  type ReadBrowseListOptions,
} from './rap/read-browse-list.ts';
export { serveBrowseList, type ServeBrowseListOptions } from './rap/serve-browse-list.ts';
export { ALL_SERVERS, SERVER_TYPE, serverTypeNames } from './server-type.ts';
export { type BrowserTimers, type Delay, FAST_TIMERS, WINDOWS_TIMERS } from './timers.ts';
