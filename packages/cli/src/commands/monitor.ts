import type { Network } from '@mailslot/core';
import {
  type Address,
  type Datagram,
  domainTag,
  slotPath,
  switchboardOf,
} from '@mailslot/core/internal';
import { netbiosOf } from '@mailslot/core/netbios/internal';
import { describeMessage } from '@mailslot/discovery/internal';
import type { explain } from '@mailslot/services/internal';

import { classicSighting } from '../classic-sighting.ts';
import type { Command } from '../command.ts';
import { joinFor, whereabouts } from '../join.ts';
import { payloadJson } from '../payload.ts';
import { PRESENCE_SLOT, presenceJson } from '../presence-json.ts';
import type { Session } from '../session.ts';
import { resultOf, type Sighting } from '../sighting.ts';
import { showStats } from '../stats/show-stats.ts';
import { isInteractive, showLive } from '../terminal/live-view.ts';
import { TrafficLog } from '../traffic-log.ts';

export const monitor: Command = {
  name: 'monitor',
  topic: 'what goes on',
  operands: [],
  summary: 'decode all mailslot traffic',
  details:
    'Shows every message on the network that reaches this computer, of all domains and mailslots, and says what ' +
    'presence messages mean; on a terminal as a list to move through, else as lines. A message that comes by two ways is ' +
    'shown twice. With --transport netbios it shows what ' +
    'Windows and Samba computers say to all, and what browsers, domain controllers and other services mean. With --read ' +
    'it shows what of that is in a capture of tcpdump or Wireshark, and touches no network. With --stats it shows how ' +
    'much passes, every second: messages of each transport, datagrams of each interface, and why any were dropped.',
  examples: [
    'mailslot monitor',
    "mailslot monitor --json | jq 'select(.presence)'",
    'mailslot monitor --transport netbios',
    'mailslot monitor --read office.pcapng',
    'mailslot monitor --stats',
  ],
  options: ['read', 'stats'],
  lasting: true,
  run: runMonitor,
};

async function runMonitor(session: Session): Promise<void> {
  const { options } = session;
  if (options.read !== undefined) {
    const { readTraffic } = await import('../capture/read-traffic.ts');
    return readTraffic(session, options.read);
  }
  if (options.stats) return showStats(session);
  // Loaded only now: other commands need not wait for it.
  const { explain: explainService } = await import('@mailslot/services/internal');
  await using network = await joinFor(session, 'network');
  const switchboard = switchboardOf(network);
  // A station that listens to nothing hears nothing.
  await switchboard.subscribe(slotPath(PRESENCE_SLOT), () => {});
  const sink = isInteractive(session) ? new TrafficLog(whereabouts(network)) : new Lines(session);
  const untap = switchboard.tap((datagram) => {
    // Of those the transport itself tells more.
    if (datagram.source.transport === 'netbios') return;
    sink.take(() => sightingOf(datagram, network, explainService));
  });
  const ignore = netbiosOf(network)?.overhear((datagram) => {
    const { address: source } = datagram.source;
    const name = datagram.subnet.interface.name;
    const write = { ...datagram, time: Date.now(), interface: name, source };
    sink.take(() => classicSighting(write, explainService));
  });
  session.begin(`Monitoring ${whereabouts(network)}. Ctrl-C ends.`);
  if (sink instanceof TrafficLog) await showLive(session, sink);
  else await session.ended;
  untap();
  ignore?.();
  if (sink instanceof Lines) sink.end();
}

/** Everything as lines, unless they are read too slowly. */
class Lines {
  readonly #session: Session;
  #leftOut = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  take(sighting: () => Sighting): void {
    if (this.#session.output.isBehind) this.#leftOut++;
    else void this.#session.report(resultOf(sighting()));
  }

  end(): void {
    if (this.#leftOut === 0) return;
    this.#session.output.note(
      `${this.#leftOut} messages were left out: the output is read too slowly.`,
    );
  }
}

function sightingOf(
  datagram: Datagram,
  network: Network,
  explainService: typeof explain,
): Sighting {
  const time = Date.now();
  const { source, station, sequence, from, address, slot, data, relayed } = datagram;
  const to = `\\\\${scopeOf(address, network)}\\mailslot\\${slot}`;
  const isPresence = slot === PRESENCE_SLOT;
  const service = isPresence ? undefined : explainService(slot, data);
  return {
    time,
    source: source.address ?? source.id,
    to,
    from,
    data,
    relayed,
    words: () => (isPresence ? describeMessage(data) : service?.words),
    json: () => ({
      time: new Date(time).toISOString(),
      transport: source.transport,
      source: source.address,
      interfaces: source.interfaces,
      station: hexOf(station),
      sequence,
      relayed,
      from,
      to,
      slot,
      ...payloadJson(data),
      presence: isPresence ? presenceJson(data) : undefined,
      service: service?.fields,
    }),
  };
}

function hexOf(station: string): string {
  return Buffer.from(station, 'latin1').toString('hex');
}

/** Of another domain a datagram has only the tag. */
function scopeOf(address: Address, { domain }: Network): string {
  switch (address.kind) {
    case 'domain':
      return address.tag === domainTag(domain)
        ? '*'
        : `#${address.tag.toString(16).padStart(8, '0')}`;
    case 'name':
      return address.name;
    case 'direct':
      return '.';
    case 'station':
      return hexOf(address.station);
  }
}
