/**
 * The formats, for sister packages and for tests. What it shows may change with any release.
 *
 * @packageDocumentation
 */

export { CODE_PAGE_DEFAULT, type OemText, oemTextOf } from './code-page.ts';
