/** Thrown for a command line that cannot be carried out as it stands. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}
