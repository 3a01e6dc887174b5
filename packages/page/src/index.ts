/**
 * A page for the person at this computer, served by the program that it belongs to. The program says what there is to
 * see, as an RxJS stream of states, and does what the page asks for; pages of other origins can do neither.
 *
 * @example
 * ```ts
 * import { servePage } from '@mailslot/page';
 *
 * const page = await servePage({ directories: [new URL('./page/', import.meta.url)], state$: lobby.peers$ });
 * console.log(`Open ${page.url}`);
 * ```
 *
 * @packageDocumentation
 */

export { type Page, type PageOptions, servePage } from './serve-page.ts';
