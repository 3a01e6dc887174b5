/** The bridge between the LAN and a NATS server, and so between LANs. */

import type { RelayStats } from '@mailslot/discovery';

import { defined } from './defined.ts';
import { transportOf, whereabouts } from './join.ts';
import { reportPresence } from './presence-result.ts';
import type { Session } from './session.ts';
import { UsageError } from './usage-error.ts';

export async function runLanBridge(service: string, session: Session): Promise<void> {
  const { options, output, signal } = session;
  if (options.nats.length === 0) throw new UsageError('--to nats needs a server: --nats URL.');
  // Loaded only now: RxJS takes a tenth of a second, which other commands need not wait for.
  const { startRelay } = await import('@mailslot/discovery');
  await using relay = await startRelay(service, {
    ...defined({ computerName: options.computer, domain: options.domain }),
    lan: await transportOf('udp', options),
    beyond: await transportOf('nats', options),
    signal,
  });
  relay.network.on('problem', ({ message, code }) => output.note(`${message} (${code})`));
  session.begin(`Bridging ${service} ${whereabouts(relay.network)}. Ctrl-C ends.`);
  await reportPresence(relay.bridges, session);
  const stats = relay.stats();
  await session.record({ time: new Date().toISOString(), type: 'passed', ...stats });
  output.note(summaryOf(stats));
}

function summaryOf({ toLan, toBeyond, stations }: RelayStats): string {
  return (
    `Passed ${toBeyond.messages} messages of ${stations.lan} programs from the LAN, ` +
    `and ${toLan.messages} of ${stations.beyond} beyond to it.`
  );
}
