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

import { classicResultOf } from '../classic-result.ts';

import type { Command } from '../command.ts';
import { joinFor, whereabouts } from '../join.ts';
import { payloadJson } from '../payload.ts';
import { PRESENCE_SLOT, presenceJson } from '../presence-json.ts';
import type { Result, Session } from '../session.ts';
import { showStats } from '../stats/show-stats.ts';
import { trafficLine } from '../traffic-line.ts';

export const monitor: Command = {
  name: 'monitor',
  operands: [],
  summary: 'decode all mailslot traffic',
  details:
    'Shows every message on the network that reaches this computer, of all domains and mailslots, and says what ' +
    'presence messages mean. A message that comes by two ways is shown twice. With --transport netbios it shows what ' +
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
  const { output, options } = session;
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
  let leftOut = 0;
  const show = (result: () => Result): void => {
    if (output.isBehind) leftOut++;
    else void session.report(result());
  };
  const untap = switchboard.tap((datagram) => {
    // Of those the transport itself tells more.
    if (datagram.source.transport === 'netbios') return;
    show(() => resultOf(datagram, network, explainService));
  });
  const ignore = netbiosOf(network)?.overhear((datagram) => {
    const { address: source } = datagram.source;
    const write = {
      ...datagram,
      time: Date.now(),
      interface: datagram.subnet.interface.name,
      source,
    };
    show(() => classicResultOf(write, explainService));
  });
  session.begin(`Monitoring ${whereabouts(network)}. Ctrl-C ends.`);
  await session.ended;
  untap();
  ignore?.();
  if (leftOut > 0) output.note(`${leftOut} messages were left out: the output is read too slowly.`);
}

function resultOf(datagram: Datagram, network: Network, explainService: typeof explain): Result {
  const now = Date.now();
  const { source, station, sequence, from, address, slot, data, relayed } = datagram;
  const to = `\\\\${scopeOf(address, network)}\\mailslot\\${slot}`;
  const isPresence = slot === PRESENCE_SLOT;
  const service = isPresence ? undefined : explainService(slot, data);
  return {
    json: () => ({
      time: new Date(now).toISOString(),
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
    text: (paint) =>
      trafficLine(
        { now, source: source.address ?? source.id, to, from, data, relayed },
        isPresence ? describeMessage(data) : service?.words,
        paint,
      ),
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
