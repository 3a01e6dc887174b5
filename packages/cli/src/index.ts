/**
 * The program `mailslot`, to be run from within another one.
 *
 * @packageDocumentation
 */

export type { Environment } from './environment.ts';
export { type ExitStatus, run } from './program.ts';
