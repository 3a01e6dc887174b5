/** The other side of a `RemoteProgram`: what its script calls. */

export interface Call {
  readonly call: number;
  readonly action: string;
  readonly args: readonly unknown[];
}

export type Report =
  | { readonly kind: 'done'; readonly call: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly call: number; readonly error: string }
  | { readonly kind: 'event'; readonly event: unknown };

/**
 * Offers actions to the test, once `prepare` has made them from what the test gave to `RemoteProgram.start()`. The
 * process ends with the test, or if it cannot be prepared. Arguments and results are copied, as by `structuredClone`.
 */
export function serve(
  prepare: (options: any) => Promise<Readonly<Record<string, (...args: any[]) => unknown>>>,
): void {
  process.once('disconnect', () => process.exit());
  void offer(prepare);
}

async function offer(prepare: Parameters<typeof serve>[0]): Promise<void> {
  try {
    const actions = await prepare(JSON.parse(process.argv[2]!));
    process.on('message', (call: Call) => void answer(actions, call));
    report({ kind: 'done', call: 0, value: undefined });
  } catch (error) {
    report({ kind: 'failed', call: 0, error: String(error) });
  }
}

async function answer(
  actions: Readonly<Record<string, (...args: any[]) => unknown>>,
  { call, action, args }: Call,
): Promise<void> {
  try {
    report({ kind: 'done', call, value: await actions[action]!(...args) });
  } catch (error) {
    report({ kind: 'failed', call, error: String(error) });
  }
}

/** Tells the test what happened. */
export function tell(event: unknown): void {
  report({ kind: 'event', event });
}

function report(report: Report): void {
  if (process.connected) process.send!(report);
}
