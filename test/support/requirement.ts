/**
 * Whether a test has what it needs from its surroundings. Where it has not, it says so and is left out; on a CI
 * machine nothing may be missing.
 */
export function needs(what: string, available: boolean): boolean {
  if (available) return true;
  if (process.env['CI'] === 'true')
    throw new Error(`This test needs ${what}, and CI must have it.`);
  console.warn(`skipped: needs ${what}`);
  return false;
}
