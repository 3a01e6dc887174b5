/**
 * Ours beside other systems of discovery, with real processes on hosts of their own: `npx pnpm bench:peers`.
 *
 * Hosts are network namespaces on one bridge that nothing leads out of. They and all that runs on them are gone when
 * this program ends, however it ends.
 */

import { loadavg } from 'node:os';

import { parseCommandLine, type Request, USAGE } from './command-line.ts';
import { installCompared } from './compared.ts';
import { removeLeftovers } from './lan.ts';
import { exitOnSignals } from './last-will.ts';
import { Results } from './results.ts';
import { hostsOf, runScenario, type ScenarioName } from './scenarios.ts';
import { missingFor, type SystemName } from './systems.ts';
import { tableOf } from './table.ts';

exitOnSignals();
const request = requestOrExit();
const results = new Results(request.file);
const loadBefore = load();
await measure(request);
console.log(tableOf(results.all));
console.error(`\nload average ${loadBefore} before, ${load()} after`);

function requestOrExit(): Request {
  try {
    return parseCommandLine(process.argv.slice(2));
  } catch (error) {
    console.error(`${String(error)}\n\n${USAGE}`);
    process.exit(2);
  }
}

async function measure({ systems, scenarios, hosts, minutes }: Request): Promise<void> {
  if (systems.length === 0) return;
  removeLeftovers();
  installCompared();
  for (const system of systems) {
    const missing = missingFor(system);
    if (missing !== undefined) {
      console.error(`${system} is left out: apt-get install ${missing}`);
      continue;
    }
    for (const scenario of scenarios) {
      const sizes = hostsOf(scenario).filter((size) => hosts.includes(size));
      for (const size of sizes) await measureOne(system, scenario, size, minutes);
    }
  }
}

/** One that fails does not stop the others, which may have hours behind them. */
async function measureOne(
  system: SystemName,
  scenario: ScenarioName,
  hosts: number,
  minutes: number,
): Promise<void> {
  const before = load();
  console.error(`${system} ${scenario} N = ${hosts}, load average ${before}`);
  try {
    const figures = await runScenario(scenario, system, hosts, { minutes });
    const date = new Date().toISOString();
    results.add({ system, scenario, hosts, date, load: [before, load()], figures });
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  }
}

/** The load average of the machine over a minute: others may use it too. */
function load(): number {
  return loadavg()[0]!;
}
