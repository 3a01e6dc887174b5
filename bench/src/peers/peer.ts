/** One peer, in a process of its own: obeys peer-process.ts, and tells it what it sees and when. */

import { monotonicMs } from './clock.ts';
import type { Order, Report, Sighting, Task } from './peer-process.ts';
import type { Info, Membership, Sight } from './system.ts';
import { loadSystem } from './systems.ts';

/** Sightings are told together, so that telling one does not delay the next. */
const REPORT_DELAY_MS = 50;

const { systemName, identity }: Task = JSON.parse(process.argv[2]!);
const seen: Sighting[] = [];
let membership: Membership | undefined;

const report = (message: Report): void => void process.send?.(message);

function tellSightings(): void {
  report({ type: 'saw', sightings: seen.splice(0) });
}

function note(type: Sighting['type'], name: string, info?: Info): void {
  const at = monotonicMs();
  if (seen.length === 0) setTimeout(tellSightings, REPORT_DELAY_MS);
  seen.push({ type, name, at, ...(info && { revision: info.revision }) });
}

const sight: Sight = {
  up: (name, info) => note('up', name, info),
  update: (name, info) => note('update', name, info),
  down: (name) => note('down', name),
};

const obey: Record<Order['order'], (revision: string) => void | Promise<void>> = {
  async join(revision) {
    const at = monotonicMs();
    const joining = system.join(identity, { revision }, sight);
    report({ type: 'began', at });
    membership = await joining;
  },
  async update(revision) {
    const at = membership?.update && monotonicMs();
    const updating = membership?.update?.({ revision });
    report({ type: 'began', ...(at && { at }) });
    await updating;
  },
  async close() {
    const at = monotonicMs();
    const closing = membership?.close();
    report({ type: 'began', at });
    await closing;
    tellSightings();
    // The last report is on its way when that is closed.
    process.disconnect();
    process.exit();
  },
};

const system = await loadSystem(systemName);
await system.prepare?.(identity);
process.on('message', ({ order, revision }: Order) => void obey[order](revision));
process.once('disconnect', () => process.exit());
report({ type: 'ready' });
