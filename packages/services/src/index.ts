/**
 * The services that made mailslots known: NET SEND, the Alerter, and the rest of the family.
 *
 * @packageDocumentation
 */

export type { CodePage } from './code-page.ts';
