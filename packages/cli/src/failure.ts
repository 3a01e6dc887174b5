/** Thrown by a command that did its work, and whose result is bad. The message says what is. */
export class Failure extends Error {
  override readonly name: string = 'Failure';
}
