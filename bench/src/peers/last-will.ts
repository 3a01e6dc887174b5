/** What must not outlive this program. */

const wills = new Set<() => void>();

process.on('exit', () => {
  for (const execute of Array.from(wills).toReversed()) execute();
});

/** Returns a function that runs `will` once; if nobody calls it, that is done when the process exits. */
export function lastWill(will: () => void): () => void {
  const execute = (): void => {
    if (wills.delete(execute)) will();
  };
  wills.add(execute);
  return execute;
}

/** From now on Ctrl-C and its like end the process in the orderly way. */
export function exitOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(1));
  }
}
